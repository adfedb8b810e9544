import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { argon2id } from '@noble/hashes/argon2.js';
import {
  decode,
  deriveCompartment,
  derivePersonKeys,
  DOMAIN,
  encode,
  kdf,
  laneIndexKey,
  nobleBackend,
  toHex,
  utf8,
} from '#crypto';
import { bytesOf, deterministic } from '../../../unit/crypto/cast.ts';
import { drawsOf } from '../operations/fields.ts';
import { CaseList, flipped, hexOf } from './case-list.ts';
import { addKeyEdges } from './primitive-edges.ts';
import { addCompartmentEdges, addKeystoreEdges, addSearchEdges } from './text-edges.ts';

export function keyCases(): CaseList {
  const list = new CaseList('keys');
  const root = bytesOf('vector root');
  const random = drawsOf(deterministic(nobleBackend, 'person'), (backend) => derivePersonKeys(backend, root));
  list.ok('person-keys', 'a person', { root: toHex(root), random });
  list.bad('person-keys', 'a short root', { root: '00', random }, 'key-invalid');
  list.ok('node-keys', 'a node', { root: toHex(root) });
  list.bad('node-keys', 'a long root', { root: `${toHex(root)}00` }, 'key-invalid');
  const { publicKeys } = derivePersonKeys(deterministic(nobleBackend, 'person'), root);
  const other = derivePersonKeys(deterministic(nobleBackend, 'other'), bytesOf('other root')).publicKeys;
  const [seal, possession] = [toHex(publicKeys.seal), toHex(publicKeys.possession)];
  const good = { sign: toHex(publicKeys.sign), seal, delegate: toHex(publicKeys.delegate), possession };
  list.is('public-keys-verify', 'a person', good, true);
  const changes: Record<string, object> = {
    'a signing key of small order': { sign: '01'.padEnd(64, '0') },
    'a signing key that is not canonical': { sign: 'ff'.repeat(32) },
    'another signing key': { sign: toHex(other.sign) },
    'an ML-KEM coefficient above the modulus': { seal: `ffff${seal.slice(4)}` },
    'an X25519 key of low order': { seal: `${seal.slice(0, -64)}${'00'.repeat(32)}` },
    'another seal key': { seal: toHex(other.seal) },
    'a short seal key': { seal: seal.slice(2) },
    'the identity to delegate to': { delegate: '00'.repeat(32) },
    'the delegation key of another': { delegate: toHex(other.delegate) },
    'the proof of another': { possession: toHex(other.possession) },
    'a challenge flipped': { possession: flipped(possession, 0) },
    'a response flipped': { possession: flipped(possession, 32) },
    'a challenge of zero': { possession: `${'00'.repeat(32)}${possession.slice(64)}` },
    'a short proof': { possession: possession.slice(2) },
  };
  for (const [label, change] of Object.entries(changes))
    list.is('public-keys-verify', label, { ...good, ...change }, false);
  addKeyEdges(list);
  return list;
}

export function compartmentCases(): CaseList {
  const list = new CaseList('compartment');
  const seed = hexOf('vector generation seed');
  const name = { category: 'laboratory', generation: 0, period: '2026-11' };
  const good: Record<string, object> = {
    'a month': name,
    'another month': { ...name, period: '2026-10' },
    'a year': { ...name, period: '2019' },
    'all time': { ...name, category: 'emergency', period: 'all' },
    'the next generation': { ...name, generation: 1 },
    'the last generation': { ...name, generation: 2 ** 32 - 1 },
    'the longest category': { ...name, category: 'a'.repeat(64) },
  };
  for (const [label, one] of Object.entries(good)) list.ok('compartment', label, { seed, ...one });
  const bad: Record<string, object> = {
    'upper case': { category: 'Laboratory' },
    'no category': { category: '' },
    'a category of 65 letters': { category: 'a'.repeat(65) },
    'a negative generation': { generation: -1 },
    'half a generation': { generation: 0.5 },
    'a generation above 2^32 - 1': { generation: 2 ** 32 },
    'month 13': { period: '2026-13' },
    'month 0': { period: '2026-00' },
    'a short year': { period: '206' },
    'a day': { period: '2026-11-01' },
    'no period': { period: '' },
  };
  for (const [label, change] of Object.entries(bad))
    list.bad('compartment', label, { seed, ...name, ...change }, 'input-invalid');
  list.bad('compartment', 'a short seed', { ...name, seed: seed.slice(2) }, 'key-invalid');
  const { A, kappa, ix } = deriveCompartment(nobleBackend, bytesOf('vector generation seed'), name);
  const compartment = { ...name, A: toHex(A), kappa: toHex(kappa), ix: toHex(ix) };
  const kit = { compartment, writer: hexOf('vector writer'), serial: 1 };
  list.ok('writer-kit', 'a writer', kit);
  list.ok('writer-kit', 'another writer', { ...kit, writer: hexOf('another writer') });
  list.bad('writer-kit', 'a short writer id', { ...kit, writer: '00' }, 'input-invalid');
  list.bad('writer-kit', 'a negative serial', { ...kit, serial: -1 }, 'input-invalid');
  const noElement = { ...compartment, A: '00'.repeat(32) };
  list.bad('writer-kit', 'a key that is no element', { ...kit, compartment: noElement }, 'point-invalid');
  addCompartmentEdges(list, kit);
  return list;
}

export function searchCases(): CaseList {
  const list = new CaseList('search');
  const forms: [text: string, normal: string][] = [
    ['*', '*'],
    ['LOINC:4548-4', 'loinc:4548-4'],
    [' Blood \t Pressure ', 'blood pressure'],
    ['http://loinc.org|4548-4', 'loinc:4548-4'],
    ['urn:oid:2.16.840.1.113883.6.96|44054006', 'snomed:44054006'],
    ['http://snomed.info/sct|44054006', 'snomed:44054006'],
    ['SCT:44054006', 'snomed:44054006'],
    ['http://www.nlm.nih.gov/research/umls/rxnorm|860975', 'rxnorm:860975'],
    ['http://hl7.org/fhir/sid/icd-10-cm|E11.9', 'icd-10-cm:e11.9'],
    ['http://unitsofmeasure.org|mg/dL', 'ucum:mg/dl'],
    ['ﬁbrosis', 'fibrosis'],
    ['Ａ１ｃ', 'a1c'],
    ['so\u00ADft\u200Bhyphen', 'softhyphen'],
    ['Ärzte', 'ärzte'],
    ['A\u0308rzte', 'ärzte'],
    ['8867-4>=100', '8867-4>=100'],
  ];
  for (const [text, normal] of forms) list.is('normalise', JSON.stringify(text), { text }, normal);
  const wrong: Record<string, string> = {
    nothing: '',
    'white space': ' \t\n',
    'formatting characters only': '\u200B\u00AD',
    'more than 256 bytes': 'ä'.repeat(129),
    'far too long': 'a'.repeat(5000),
  };
  for (const [label, text] of Object.entries(wrong)) list.bad('normalise', label, { text }, 'input-invalid');
  const ixLane = toHex(laneIndexKey(bytesOf('vector ix'), bytesOf('vector writer')));
  for (const keyword of ['*', 'loinc:4548-4', ' Blood  Pressure ']) {
    for (const n of [0, 1, 4_294_967_296]) list.ok('search-tag', `${keyword} ${n}`, { ixLane, keyword, n });
  }
  list.bad('search-tag', 'a negative counter', { ixLane, keyword: '*', n: -1 }, 'input-invalid');
  list.bad('search-tag', 'a counter above 2^53', { ixLane, keyword: '*', n: 2 ** 53 }, 'input-invalid');
  list.bad('search-tag', 'no keyword', { ixLane, keyword: ' ', n: 0 }, 'input-invalid');
  addSearchEdges(list);
  return list;
}

/** What `wrapRoot` makes of fixed salt, computed here from SCHEME 7. */
function wrapped(name: 'argon2id' | 'scrypt', salt: Uint8Array, root = bytesOf('vector root'), written: string = name): Uint8Array {
  const password = utf8('correct horse');
  const stretched =
    name === 'argon2id'
      ? argon2id(password, salt, { m: 19 * 1024, t: 2, p: 1, dkLen: 32 })
      : scrypt(password, salt, { N: 2 ** 17, r: 8, p: 1, dkLen: 32 });
  const output = kdf(DOMAIN.keystore, stretched, [utf8(written)], 88);
  const box = xchacha20poly1305(output.subarray(0, 32), output.subarray(32, 56)).encrypt(root);
  return encode({ version: 1, kdf: written, salt, commitment: output.slice(56), box });
}

export function keystoreCases(): CaseList {
  const list = new CaseList('keystore');
  const passphrase = 'correct horse';
  const salt = bytesOf('salt').slice(0, 16);
  const file = wrapped('argon2id', salt);
  const good = { wrapped: toHex(file), passphrase };
  list.is('keystore-unwrap', 'argon2id', good, hexOf('vector root'));
  list.is('keystore-unwrap', 'scrypt', { ...good, wrapped: toHex(wrapped('scrypt', salt)) }, hexOf('vector root'));
  const wide = { ...good, passphrase: 'correct hor\u{FF53}e' };
  list.is('keystore-unwrap', 'a wide letter', wide, hexOf('vector root'));
  const map = decode(file, 512) as Record<string, unknown>;
  const without = (field: string) => Object.fromEntries(Object.entries(map).filter(([key]) => key !== field));
  const changes: Record<string, object> = {
    'version 2': { ...map, version: 2 },
    'an unknown function': { ...map, kdf: 'pbkdf2' },
    'a short salt': { ...map, salt: salt.slice(1) },
    'a field more': { ...map, memory: 1 },
    'no commitment': without('commitment'),
  };
  for (const [label, value] of Object.entries(changes))
    list.bad('keystore-unwrap', label, { ...good, wrapped: toHex(encode(value)) }, 'open-failed');
  list.bad('keystore-unwrap', 'a wrong passphrase', { ...good, passphrase: 'wrong' }, 'open-failed');
  list.bad('keystore-unwrap', 'an empty passphrase', { ...good, passphrase: '' }, 'open-failed');
  list.bad('keystore-unwrap', 'the box flipped', { ...good, wrapped: flippedBox(map) }, 'open-failed');
  list.bad('keystore-unwrap', 'cut off', { ...good, wrapped: good.wrapped.slice(0, -2) }, 'open-failed');
  addKeystoreEdges(list, (saltOf, root, written) => wrapped('argon2id', saltOf, root, written));
  const another = toHex(wrapped('scrypt', salt, bytesOf('vector root'), 'scrypt2'));
  list.bad('keystore-unwrap', 'scrypt under another name, all else fitting', { ...good, wrapped: another }, 'open-failed');
  return list;
}

function flippedBox(map: Record<string, unknown>): string {
  const box = Uint8Array.from(map['box'] as Uint8Array);
  box[0] = (box[0] ?? 0) ^ 1;
  return toHex(encode({ ...map, box }));
}
