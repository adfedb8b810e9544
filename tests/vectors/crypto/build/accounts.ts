import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { argon2id } from '@noble/hashes/argon2.js';
import { concatBytes, DOMAIN, encode, hash, kdf, prf, toHex, utf8 } from '#crypto';
import { bytesOf } from '../../../unit/crypto/cast.ts';
import { CaseList, flipped, hexOf } from './case-list.ts';
import { addAccountEdges, addDraftEdges } from './text-edges.ts';

const [chain, node] = [bytesOf('vector chain'), bytesOf('vector node')];
const account = Uint8Array.of(...bytesOf('vector root'), ...bytesOf('vector person'));
const place = { chain: toHex(chain), node: toHex(node) };

interface Secrets {
  readonly lookup: Uint8Array;
  readonly key: Uint8Array;
}

/** SCHEME 7, computed here without the code that it is asked of. */
function secretsOf(secret: Uint8Array, way: string): Secrets {
  const output = kdf(DOMAIN.account, secret, [utf8(way)], 64);
  return { lookup: output.slice(0, 32), key: output.slice(32, 64) };
}

function fromPassphrase(name: string, passphrase: string): Secrets {
  const salt = hash(DOMAIN.account, utf8('salt'), chain, node, utf8(name));
  return secretsOf(argon2id(utf8(passphrase), salt, { m: 19 * 1024, t: 2, p: 1, dkLen: 32 }), 'passphrase');
}

function fieldsOf(secrets: Secrets, plaintext: Uint8Array): Record<string, unknown> {
  const nonce = bytesOf('vector nonce').slice(0, 24);
  const output = kdf(DOMAIN.account, secrets.key, [utf8('box'), secrets.lookup, nonce], 64);
  const box = xchacha20poly1305(output.slice(0, 32), nonce, secrets.lookup).encrypt(plaintext);
  return { version: 1, nonce, commitment: output.slice(32), box };
}

const inHex = ({ lookup, key }: Secrets) => ({ lookup: toHex(lookup), key: toHex(key) });

function addSecrets(list: CaseList): void {
  const maria = inHex(fromPassphrase('maria muster', 'correct horse'));
  const typed = { ...place, name: 'maria muster', passphrase: 'correct horse' };
  list.is('account-passphrase', 'name and passphrase', typed, maria);
  list.is('account-passphrase', 'capitals and spaces about the name', { ...typed, name: '  Maria MUSTER ' }, maria);
  const wide = { ...typed, name: '\u{FF2D}aria muster', passphrase: 'correct hor\u{FF53}e' };
  list.is('account-passphrase', 'wide letters in both', wide, maria);
  const accent = inHex(fromPassphrase('ren\u00E9', 'sch\u00F6n'));
  const apart = { ...place, name: 'rene\u0301', passphrase: 'scho\u0308n' };
  list.is('account-passphrase', 'accents written apart', apart, accent);
  list.bad('account-passphrase', 'no passphrase', { ...typed, passphrase: '' }, 'input-invalid');
  list.bad('account-passphrase', '1025 bytes', { ...typed, passphrase: 'a'.repeat(1025) }, 'input-invalid');
  addAccountEdges(list, place);
  list.is('account-passkey-salt', 'a node', place, toHex(hash(DOMAIN.account, utf8('passkey-salt'), chain, node)));
  const secret = bytesOf('vector secret');
  const input = { secret: toHex(secret) };
  list.is('account-passkey', 'a PRF output', input, inHex(secretsOf(secret, 'passkey')));
  list.bad('account-passkey', 'a short one', { secret: '00' }, 'key-invalid');
  list.is('account-root', 'a root', input, inHex(secretsOf(secret, 'recovery-code')));
  list.bad('account-root', 'a long one', { secret: `${input.secret}00` }, 'key-invalid');
}

function addBoxes(list: CaseList): void {
  const secrets = secretsOf(bytesOf('vector secret'), 'passkey');
  const fields = fieldsOf(secrets, account);
  const good = { ...inHex(secrets), box: toHex(encode(fields)) };
  list.is('account-open', 'root and person', good, { root: hexOf('vector root'), person: hexOf('vector person') });
  const changes: Record<string, object> = {
    'version 2': { ...fields, version: 2 },
    'a field more': { ...fields, memory: 1 },
    'the nonce of another': { ...fields, nonce: bytesOf('other').slice(0, 24) },
    'the commitment of another': { ...fields, commitment: bytesOf('other') },
    'a label': fieldsOf(secrets, utf8('my laptop')),
    'one byte more': fieldsOf(secrets, Uint8Array.of(...account, 0)),
  };
  for (const [label, value] of Object.entries(changes))
    list.bad('account-open', label, { ...good, box: toHex(encode(value)) }, 'open-failed');
  list.bad('account-open', 'another lookup id', { ...good, lookup: hexOf('other') }, 'open-failed');
  list.bad('account-open', 'another key', { ...good, key: hexOf('other') }, 'open-failed');
  list.bad('account-open', 'cut off', { ...good, box: good.box.slice(0, -2) }, 'open-failed');
}

/** A draft of SCHEME 7 with what is in it written by hand: `length` may lie. */
function draftOf(secret: Uint8Array, slot: Uint8Array, length: number, plaintext: Uint8Array): Uint8Array {
  const salt = bytesOf('vector salt');
  const output = kdf(DOMAIN.draft, secret, [utf8('box'), slot, salt], 88);
  const padded = new Uint8Array(1024);
  new DataView(padded.buffer).setUint32(0, length);
  padded.set(plaintext, 4);
  const box = xchacha20poly1305(output.slice(0, 32), output.slice(32, 56)).encrypt(padded);
  return concatBytes(salt, output.slice(56), box);
}

function addDrafts(list: CaseList): void {
  const [root, person] = [bytesOf('vector root'), bytesOf('vector person')];
  const output = kdf(DOMAIN.draft, root, [utf8('place'), person], 64);
  const [owner, secret] = [output.slice(0, 32), output.slice(32)];
  const keys = { owner: toHex(owner), secret: toHex(secret) };
  list.is('draft-keys', 'a person', { root: toHex(root), person: toHex(person) }, keys);
  const slot = prf(DOMAIN.draft, secret, utf8('note'));
  list.is('draft-slot', 'a form', { secret: toHex(secret), form: 'note' }, toHex(slot));
  const text = utf8('typed, not sent');
  const good = { secret: toHex(secret), slot: toHex(slot) };
  const box = toHex(draftOf(secret, slot, text.length, text));
  list.is('draft-open', 'a text', { ...good, box }, toHex(text));
  list.is('draft-open', 'nothing', { ...good, box: toHex(draftOf(secret, slot, 0, new Uint8Array())) }, '');
  const most = toHex(draftOf(secret, slot, 1021, text));
  list.bad('draft-open', 'a length beyond the padding', { ...good, box: most }, 'open-failed');
  list.bad('draft-open', 'another slot', { ...good, box, slot: hexOf('other') }, 'open-failed');
  list.bad('draft-open', 'another person', { ...good, box, secret: hexOf('other') }, 'open-failed');
  list.bad('draft-open', 'a flipped commitment', { ...good, box: flipped(box, 32) }, 'open-failed');
  list.bad('draft-open', 'a flipped bit', { ...good, box: flipped(box, 64) }, 'open-failed');
  list.bad('draft-open', 'cut off', { ...good, box: box.slice(0, 100) }, 'open-failed');
}

export function accountCases(): CaseList {
  const list = new CaseList('account');
  addSecrets(list);
  addBoxes(list);
  addDrafts(list);
  addDraftEdges(list);
  return list;
}
