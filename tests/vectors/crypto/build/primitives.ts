import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import {
  concatBytes,
  derivePersonKeys,
  DOMAIN,
  encode,
  fromHex,
  hash,
  linkOf,
  nobleBackend,
  recoveryCodeOf,
  sealBox,
  signTagged,
  toHex,
  utf8,
} from '#crypto';
import { GROUP_ORDER, reduceScalar, scalarToBytes } from '../../../../crypto/scalar.ts';
import { bytesOf, deterministic } from '../../../unit/crypto/cast.ts';
import { drawsOf } from '../operations/fields.ts';
import { CaseList, flipped, hexOf, textHex } from './case-list.ts';
import { addEncodingEdges } from './primitive-edges.ts';

const LE = (value: bigint) => toHex(Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n)));
const P = 2n ** 255n - 19n;

export function encodingCases(): CaseList {
  const list = new CaseList('encoding');
  list.is('frame', 'empty', { parts: [] }, '');
  list.is('frame', 'one empty part', { parts: [''] }, '00000000');
  list.is('frame', 'two parts', { parts: ['61', '6263'] }, '0000000161000000026263');
  for (const parts of [[], [''], ['61', '6263'], ['6162', '63']]) {
    const label = `${parts.length} parts ${parts.join('.')}`;
    list.ok('hash', label, { tag: DOMAIN.message, parts });
    list.ok('prf', label, { tag: DOMAIN.message, key: hexOf('key'), parts });
    list.ok('hash-to-scalar', label, { tag: DOMAIN.message, parts });
    list.ok('kdf', label, { tag: DOMAIN.message, secret: hexOf('secret'), parts, length: 88 });
  }
  list.ok('hash', 'another tag', { tag: DOMAIN.chain, parts: ['61', '6263'] });
  const values: Record<string, unknown> = {
    zero: 0,
    'an integer of two bytes': 256,
    'a safe integer': Number.MAX_SAFE_INTEGER,
    'a negative integer': -1,
    text: 'é',
    bytes: Uint8Array.of(1, 2),
    'a map sorted by length then bytes': { bb: 1, a: 2, c: 3 },
    'a link': linkOf('raw', utf8('a')),
    'null in a list': [null, true, false],
    'a float': 1.5,
  };
  for (const [label, value] of Object.entries(values)) {
    const bytes = toHex(encode(value));
    list.is('cbor-decode', label, { bytes, bytesMax: 64 }, bytes);
  }
  const refused: Record<string, string> = {
    'an integer longer than needed': '1800',
    'a map out of order': 'a26262620161610a',
    'a key twice': 'a2616101616102',
    'an integer as a key': 'a10101',
    'an indefinite list': '9fff',
    'an indefinite text': '7f6161ff',
    'a short float': 'f93e00',
    'not a number': 'fb7ff8000000000000',
    undefined: 'f7',
    'a tag that is no link': 'c001',
    'a link without its zero': 'd82a4101',
    'bytes after the end': '0000',
    'cut off': '6261',
    nothing: '',
    'text that is not UTF-8': '61ff',
    'a reserved value': 'f8ff',
  };
  for (const [label, bytes] of Object.entries(refused))
    list.bad('cbor-decode', label, { bytes, bytesMax: 64 }, 'encoding');
  list.bad('cbor-decode', 'more bytes than allowed', { bytes: '4101', bytesMax: 1 }, 'encoding');
  const link = linkOf('raw', utf8('a'));
  list.ok('link-parse', 'raw', { link: link.toString() });
  list.ok('link-parse', 'dag-cbor', { link: linkOf('dag-cbor', encode(1)).toString() });
  const links: Record<string, string> = {
    'upper case': link.toString().toUpperCase(),
    'base 58': 'zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA',
    'version 0': 'QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n',
    'another codec (dag-pb)': 'bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
    'cut off': link.toString().slice(0, -1),
    empty: '',
    'longer than 128': `b${'a'.repeat(128)}`,
  };
  for (const [label, text] of Object.entries(links)) list.bad('link-parse', label, { link: text }, 'encoding');
  const root = bytesOf('vector root');
  const code = recoveryCodeOf(root);
  list.is('recovery-code', 'a root', { root: toHex(root) }, code);
  list.bad('recovery-code', 'a short root', { root: '00' }, 'key-invalid');
  const forms: Record<string, string> = {
    'as written': code,
    'lower case without hyphens': code.toLowerCase().replaceAll('-', ''),
    'spaces, O for 0 and L for 1': code.replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l'),
  };
  for (const [label, text] of Object.entries(forms)) list.is('recovery-root', label, { code: text }, toHex(root));
  const last = code.endsWith('0') ? '1' : '0';
  const wrong: Record<string, string> = {
    'a wrong letter': `${code.slice(0, -1)}${last}`,
    'two letters swapped': `${code[1]}${code[0]}${code.slice(2)}`,
    'a letter short': code.slice(0, -1),
    'a letter more': `${code}0`,
    'a letter outside the alphabet': `U${code.slice(1)}`,
    empty: '',
  };
  for (const [label, text] of Object.entries(wrong))
    list.bad('recovery-root', label, { code: text }, 'recovery-code-invalid');
  addEncodingEdges(list);
  return list;
}

export function groupCases(): CaseList {
  const list = new CaseList('group');
  const generator = toHex(nobleBackend.group.generator);
  const element = toHex(nobleBackend.group.multiplyBase(bytesScalar('element')));
  const refused: Record<string, string> = {
    'the identity': '00'.repeat(32),
    'the field prime': LE(P),
    'above the field prime': LE(P + 2n),
    'a negative element': LE(1n),
    'no square': '26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371',
    'a set top bit': `${generator.slice(0, 62)}${(Number.parseInt(generator.slice(62), 16) | 128).toString(16)}`,
    'too short': generator.slice(2),
    'too long': `${generator}00`,
    empty: '',
  };
  list.is('element-valid', 'the generator', { element: generator }, true);
  list.is('element-valid', 'another element', { element }, true);
  for (const [label, one] of Object.entries(refused)) {
    list.is('element-valid', label, { element: one }, false);
    list.bad('multiply', label, { scalar: LE(5n), element: one }, 'point-invalid');
  }
  const scalars: Record<string, string> = {
    one: LE(1n),
    'l - 1': LE(GROUP_ORDER - 1n),
    some: toHex(bytesScalar('some')),
  };
  for (const [label, scalar] of Object.entries(scalars)) {
    list.ok('multiply', `scalar ${label}`, { scalar, element });
    list.ok('multiply-base', `scalar ${label}`, { scalar });
  }
  const badScalars: Record<string, string> = {
    zero: LE(0n),
    l: LE(GROUP_ORDER),
    'l + 1': LE(GROUP_ORDER + 1n),
    '2^256 - 1': 'ff'.repeat(32),
    'too short': '01',
  };
  for (const [label, scalar] of Object.entries(badScalars)) {
    list.bad('multiply', `scalar ${label}`, { scalar, element }, 'scalar-invalid');
    list.bad('multiply-base', `scalar ${label}`, { scalar }, 'scalar-invalid');
  }
  return list;
}

function bytesScalar(label: string): Uint8Array {
  return scalarToBytes(bytesToNumberLE(bytesOf(label)));
}

/** A signature that holds times the cofactor only: the key has a torsion part. */
function torsionSignature(tag: (typeof DOMAIN)[keyof typeof DOMAIN], message: Uint8Array) {
  const { Point } = ed25519;
  const torsion = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa');
  const [a, r] = [11n, 13n];
  const [A, R] = [Point.BASE.multiply(a).add(torsion), Point.BASE.multiply(r)];
  const k = reduceScalar(bytesToNumberLE(sha512(concatBytes(R.toBytes(), A.toBytes(), hash(tag, message)))));
  if (k % 8n === 0n) throw new Error('this message has a challenge that hides the torsion');
  return { key: A.toHex(), signature: toHex(R.toBytes()) + LE(reduceScalar(r + k * a)) };
}

export function signatureCases(): CaseList {
  const list = new CaseList('signature');
  const tag = DOMAIN.message;
  const pair = nobleBackend.signatures.keyPair(bytesOf('sign seed'));
  const message = utf8('a message');
  const signature = toHex(signTagged(nobleBackend, tag, message, pair.secretKey));
  const good = { tag, message: toHex(message), signature, key: toHex(pair.publicKey) };
  for (const [label, text] of Object.entries({ empty: '', 'a message': 'a message', long: 'x'.repeat(300) })) {
    list.ok('sign', label, { tag, message: textHex(text), seed: hexOf('sign seed') });
  }
  list.bad('sign', 'a short seed', { tag, message: '', seed: '01' }, 'key-invalid');
  list.is('verify', 'true', good, true);
  const s = bytesToNumberLE(fromHex(signature.slice(64)));
  const smallOrder = ['01'.padEnd(64, '0'), LE(P - 1n), '00'.repeat(32), 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'];
  const changes: Record<string, object> = {
    'another message': { message: '' },
    'another tag': { tag: DOMAIN.chain },
    'another key': { key: hexOf('no key') },
    'R flipped': { signature: flipped(signature, 0) },
    'S flipped': { signature: flipped(signature, 32) },
    'S + l': { signature: signature.slice(0, 64) + LE(s + GROUP_ORDER) },
    'S = l': { signature: signature.slice(0, 64) + LE(GROUP_ORDER) },
    'too short': { signature: signature.slice(2) },
    'too long': { signature: `${signature}00` },
    'a short key': { key: good.key.slice(2) },
    'a key that is not canonical': { key: LE(P + 3n) },
    'R that is not canonical': { signature: LE(P + 3n) + signature.slice(64) },
    'true times the cofactor only': torsionSignature(tag, message),
  };
  for (const [i, key] of smallOrder.entries()) {
    changes[`a key of small order ${i}`] = { key, signature: key + LE(0n) };
    changes[`R of small order ${i}`] = { signature: key + signature.slice(64) };
  }
  for (const [label, change] of Object.entries(changes)) list.is('verify', label, { ...good, ...change }, false);
  return list;
}

export function boxCases(): CaseList {
  const list = new CaseList('box');
  const sender = derivePersonKeys(nobleBackend, bytesOf('vector sender'));
  const recipient = derivePersonKeys(nobleBackend, bytesOf('vector recipient'));
  const stranger = derivePersonKeys(nobleBackend, bytesOf('vector stranger'));
  const init = {
    sender: { id: sender.id, secretKey: sender.sign.secretKey },
    recipientSeal: recipient.seal.publicKey,
    context: utf8('vector context'),
  };
  const sealing = (plaintext: string) => ({
    senderId: toHex(sender.id),
    senderSeed: toHex(sender.sign.secretKey),
    recipient: toHex(recipient.seal.publicKey),
    context: textHex('vector context'),
    plaintext,
    random: drawsOf(deterministic(nobleBackend, `box ${plaintext}`), (backend) => backend.random(64)),
  });
  list.ok('box-seal', 'a text', sealing(textHex('vector plaintext')));
  list.ok('box-seal', 'nothing', sealing(''));
  const low = `${toHex(recipient.seal.publicKey).slice(0, -64)}${'00'.repeat(32)}`;
  list.bad('box-seal', 'an X25519 key of low order', { ...sealing(''), recipient: low }, 'key-invalid');
  const unreduced = `ffff${toHex(recipient.seal.publicKey).slice(4)}`;
  list.bad('box-seal', 'an ML-KEM coefficient above the modulus', { ...sealing(''), recipient: unreduced }, 'key-invalid');
  list.bad('box-seal', 'a short key', { ...sealing(''), recipient: low.slice(2) }, 'key-invalid');
  list.bad('box-seal', 'a short signing seed', { ...sealing(''), senderSeed: '00' }, 'key-invalid');
  const box = toHex(sealBox(deterministic(nobleBackend, 'box'), { ...init, plaintext: utf8('vector plaintext') }));
  const forged = sealBox(deterministic(nobleBackend, 'forged'), {
    ...init,
    sender: { id: sender.id, secretKey: stranger.sign.secretKey },
    plaintext: utf8('vector plaintext'),
  });
  const good = {
    senderKey: toHex(sender.sign.publicKey),
    senderId: toHex(sender.id),
    recipientSeed: toHex(recipient.seal.secretKey),
    context: textHex('vector context'),
    box,
  };
  list.is('box-open', 'a text', good, textHex('vector plaintext'));
  const changes: Record<string, object> = {
    'another version': { box: `02${box.slice(2)}` },
    'the ML-KEM capsule flipped': { box: flipped(box, 1) },
    'the X25519 capsule flipped': { box: flipped(box, 1120) },
    'the commitment flipped': { box: flipped(box, 1121) },
    'the signature flipped': { box: flipped(box, 1153) },
    'the AEAD tag flipped': { box: flipped(box, -1) },
    'cut off': { box: box.slice(0, -2) },
    'a byte more': { box: `${box}00` },
    'shorter than any box': { box: box.slice(0, 2400) },
    empty: { box: '' },
    'another context': { context: textHex('another context') },
    'another sender id': { senderId: toHex(stranger.id) },
    'another sender key': { senderKey: toHex(stranger.sign.publicKey) },
    'another recipient': { recipientSeed: toHex(stranger.seal.secretKey) },
    'signed by another than the sender': { box: toHex(forged) },
  };
  for (const [label, change] of Object.entries(changes))
    list.bad('box-open', label, { ...good, ...change }, 'open-failed');
  return list;
}

