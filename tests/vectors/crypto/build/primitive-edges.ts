import { createOPRF } from '@noble/curves/abstract/oprf.js';
import { ed25519, ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { CID } from 'multiformats/cid';
import * as digest from 'multiformats/hashes/digest';
import { derivePersonKeys, DOMAIN, encode, fromHex, linkOf, nobleBackend, recoveryCodeOf, toHex, utf8 } from '#crypto';
import { blindIdentity, deriveIdentityKeys } from '#crypto/identity';
import { frame } from '../../../../crypto/hash.ts';
import { prove } from '../../../../crypto/schnorr.ts';
import { bytesOf, deterministic } from '../../../unit/crypto/cast.ts';
import { hexAll } from '../operations/fields.ts';
import { plusOrder, type CaseList } from './case-list.ts';

const foreign = (codec: number, hashCode: number, length: number): CID =>
  CID.createV1(codec, digest.create(hashCode, new Uint8Array(length).fill(17)));

/** Links of forms that nobody follows, by what is wrong with them. */
const FOREIGN: Readonly<Record<string, CID>> = {
  'version 0': CID.createV0(digest.create(0x12, new Uint8Array(32).fill(17)) as Parameters<typeof CID.createV0>[0]),
  'another codec': foreign(0x70, 0x12, 32),
  'another hash of 32 bytes': foreign(0x55, 0x16, 32),
  'a hash of 31 bytes': foreign(0x55, 0x12, 31),
  'the content itself': foreign(0x55, 0, 1),
};

export function addEncodingEdges(list: CaseList): void {
  const good: Record<string, string> = {
    'the largest integer': '1bffffffffffffffff',
    'the smallest integer': '3bffffffffffffffff',
    'the integer 2^53': '1b0020000000000000',
    'a float of 2^53': 'fb4340000000000000',
    'a float of 10^300': 'fb7e37e43c8800759c',
    'the smallest float': 'fb0000000000000001',
    'an empty key': 'a16001',
    'a link to dag-cbor': toHex(encode(linkOf('dag-cbor', utf8('a')))),
    'the head of a link inside bytes': toHex(encode([fromHex('d82a5823'), linkOf('raw', utf8('a'))])),
    'text with U+FEFF inside': '6461efbbbf',
    '64 lists in each other': `${'81'.repeat(64)}00`,
  };
  for (const [label, bytes] of Object.entries(good)) list.is('cbor-decode', label, { bytes, bytesMax: 256 }, bytes);
  const bad: Record<string, string> = {
    'a float of one': 'fb3ff0000000000000',
    'a float of minus zero': 'fb8000000000000000',
    'a float of zero': 'fb0000000000000000',
    'a float of 2^53 - 1': 'fb433fffffffffffff',
    'a float of minus (2^53 - 1)': 'fbc33fffffffffffff',
    'a float of 32 bits': 'fa3fc00000',
    infinity: 'fb7ff0000000000000',
    'minus infinity': 'fbfff0000000000000',
    'a big integer by its tag': 'c24101',
    'an integer of two bytes in four': '1a00000100',
    'a short length in two bytes': `590001${'00'}`,
    'a length beyond the end': '5bffffffffffffffff00',
    'a list of more than there is': '9bffffffffffffffff00',
    'a surrogate in UTF-8': '63eda080',
    'text that begins with U+FEFF': '63efbbbf',
    'long text that begins with U+FEFF': `78c8efbbbf${'61'.repeat(197)}`,
    'keys of one length out of order': 'a2616201616101',
    'a long key before a short one': 'a2626161016162f6',
    'bytes as a key': 'a1416101',
    'a tag around a link': `d82a${toHex(encode(linkOf('raw', utf8('a'))))}`,
    'a text as a link': 'd82a6100',
    'the tag of a link in three bytes': `d9002a${toHex(encode(linkOf('raw', utf8('a')))).slice(4)}`,
    'a break': 'ff',
    'the simple value 0': 'e0',
    'an indefinite map': 'bfff',
    'indefinite bytes': '5f4161ff',
  };
  for (const [label, cid] of Object.entries(FOREIGN)) bad[`a link with ${label}`] = toHex(encode({ a: [cid] }));
  for (const [label, bytes] of Object.entries(bad)) list.bad('cbor-decode', label, { bytes, bytesMax: 256 }, 'encoding');
  list.is('cbor-decode', 'as many bytes as allowed', { bytes: '4101', bytesMax: 2 }, '4101');
  for (const [label, cid] of Object.entries(FOREIGN)) list.bad('link-parse', `a link with ${label}`, { link: cid.toString() }, 'encoding');
  const link = linkOf('raw', utf8('a')).toString();
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const last = alphabet[alphabet.indexOf(link.at(-1) ?? 'a') ^ 1] ?? 'a';
  const links: Record<string, string> = {
    'a bit that stands for nothing': `${link.slice(0, -1)}${last}`,
    'one letter in upper case': `${link.slice(0, -1)}${(link.at(-1) ?? '').toUpperCase()}`,
    'a letter more': `${link}a`,
    padding: `${link}======`,
    'white space behind': `${link} `,
    'a scheme before': `ipfs://${link}`,
  };
  for (const [label, text] of Object.entries(links)) if (text !== link) list.bad('link-parse', label, { link: text }, 'encoding');
  addRecovery(list);
}

function addRecovery(list: CaseList): void {
  const root = bytesOf('vector root');
  const code = recoveryCodeOf(root);
  const good: Record<string, string> = {
    'other white space': code.replaceAll('-', '\u00A0').replace('\u00A0', '\u2003').replace('\u00A0', '\u3000').replace('\u00A0', '\uFEFF\t\r\n'),
    'I for 1': code.replaceAll('1', 'I'),
    'as long as can be': code + ' '.repeat(224 - code.length),
  };
  for (const [label, text] of Object.entries(good)) list.is('recovery-root', label, { code: text }, toHex(root));
  const bad: Record<string, string> = {
    'longer than can be': code + ' '.repeat(225 - code.length),
    'a long s for an S': code.replace('S', '\u017F'),
    'a dotless i for a 1': code.replace('1', '\u0131'),
    'a wide letter': code.replace(/[A-Z]/, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
    'a wide digit': code.replace(/\d/, (digit) => String.fromCodePoint(digit.charCodeAt(0) + 0xfee0)),
    'another hyphen': code.replace('-', '\u2010'),
    'a next line': code.replace('-', '\u0085'),
    'no checksum': code.slice(0, 64),
    'a zero before it': `0${code}`,
    'the zero left out that it begins with': recoveryCodeOf(root.map((byte, i) => (i === 0 ? 0 : byte))).slice(1),
  };
  for (const [label, text] of Object.entries(bad)) {
    if (text === code) throw new TypeError(`${label}: the code has no such letter`);
    list.bad('recovery-root', label, { code: text }, 'recovery-code-invalid');
  }
}

/** A y below the prime that no point has, and that is of no small order. */
function noPoint(): Uint8Array {
  for (let first = 2; ; first++) {
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? first : 0));
    try {
      ed25519.Point.fromBytes(bytes, false);
    } catch {
      return bytes;
    }
  }
}

export function addKeyEdges(list: CaseList): void {
  const { publicKeys } = derivePersonKeys(deterministic(nobleBackend, 'person'), bytesOf('vector root'));
  const { sign, seal, delegate, possession } = publicKeys;
  const good = { sign: toHex(sign), seal: toHex(seal), delegate: toHex(delegate), possession: toHex(possession) };
  const changes: Record<string, object> = {
    'the challenge with l added': { possession: toHex(plusOrder(possession, 0)) },
    'the response with l added': { possession: toHex(plusOrder(possession, 32)) },
    'a byte more of proof': { possession: `${good.possession}00` },
    'a long seal key': { seal: `${good.seal}00` },
    'the last ML-KEM coefficient above the modulus': { seal: `${good.seal.slice(0, 2 * 1151)}ff${good.seal.slice(2 * 1151 + 2)}` },
    'no element to delegate to': { delegate: 'ff'.repeat(32) },
  };
  for (const [label, change] of Object.entries(changes)) list.is('public-keys-verify', label, { ...good, ...change }, false);
  // The proof covers the other keys, so a wrong one needs a proof of its own: these are true but for the key.
  const nothing = noPoint();
  list.is('public-keys-verify', 'a signing key that is no point, with its proof', provenWith(nothing, seal), false);
  list.is('public-keys-verify', 'a signing key of small order, with its proof', provenWith(fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'), seal), false);
  list.is('public-keys-verify', 'a signing key above the prime, with its proof', provenWith(abovePrime(), seal), false);
  const low = Uint8Array.of(...seal.subarray(0, -32), ...new Uint8Array(32));
  list.is('public-keys-verify', 'an X25519 key of low order, with its proof', provenWith(sign, low), false);
  const above = Uint8Array.from(seal, (byte, i) => (i < 2 ? 255 : byte));
  list.is('public-keys-verify', 'an ML-KEM coefficient above the modulus, with its proof', provenWith(sign, above), false);
  list.is('public-keys-verify', 'these keys, with their proof', provenWith(sign, seal), true);
}

/** The y of a point that is of no small order, with the field prime added. */
function abovePrime(): Uint8Array {
  const prime = 2n ** 255n - 19n;
  for (let y = 2n; y < 19n; y++) {
    const [small, large] = [y, y + prime].map((value) => Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n)));
    try {
      ed25519.Point.fromBytes(small ?? new Uint8Array(), false);
    } catch {
      continue;
    }
    return large ?? new Uint8Array();
  }
  throw new TypeError('some y below 19 is that of a point');
}

/** The example's keys with these two in the place of its own, and a proof over them. */
function provenWith(sign: Uint8Array, seal: Uint8Array): object {
  const { delegate } = derivePersonKeys(deterministic(nobleBackend, 'person'), bytesOf('vector root'));
  const context = { tag: DOMAIN.possession, statement: frame(sign, seal) };
  const claims = [{ witness: delegate.secret, pairs: [{ image: delegate.public }] }];
  const possession = prove(deterministic(nobleBackend, 'possession'), context, claims);
  return { sign: toHex(sign), seal: toHex(seal), delegate: toHex(delegate.public), possession: toHex(possession) };
}

const VOPRF = createOPRF({
  name: 'ristretto255-SHA512',
  Point: ristretto255.Point,
  hash: sha512,
  hashToGroup: ristretto255_hasher.hashToCurve,
  hashToScalar: ristretto255_hasher.hashToScalar,
}).voprf;

/** Evaluations that hold but for their number, and proofs with another encoding of their scalars. */
export function addIdentityEdges(list: CaseList): void {
  const keys = deriveIdentityKeys(bytesOf('institution root'));
  const evaluation = (count: number) => {
    const items = Array.from({ length: count }, (_, i) => blindIdentity(deterministic(nobleBackend, `blind ${i}`), bytesOf(`input ${i}`)));
    const backend = deterministic(nobleBackend, 'evaluation');
    const random = (length = 32): Uint8Array => backend.random(length);
    const blinded = items.map((item) => item.blinded);
    const { evaluated, proof } = VOPRF.blindEvaluateBatch(keys.secretKey, keys.publicKey, blinded, random);
    return {
      items: items.map((item) => ({ input: toHex(item.input), blind: toHex(item.blind), blinded: toHex(item.blinded) })),
      evaluated: hexAll(evaluated),
      proof: toHex(proof),
      publicKey: toHex(keys.publicKey),
    };
  };
  const [one, two] = [evaluation(1), evaluation(2)];
  list.ok('identity-tags', 'one input', one);
  const proof = fromHex(two.proof);
  const bad: Record<string, object> = {
    'three inputs, all true': evaluation(3),
    'no input': { ...two, items: [], evaluated: [] },
    'two evaluations for one': { ...two, items: two.items.slice(0, 1) },
    'the challenge with l added': { ...two, proof: toHex(plusOrder(proof, 0)) },
    'the response with l added': { ...two, proof: toHex(plusOrder(proof, 32)) },
    'a byte more of proof': { ...two, proof: `${two.proof}00` },
    'no element': { ...two, evaluated: [two.evaluated[0], 'ff'.repeat(32)] },
    'the identity': { ...two, evaluated: [two.evaluated[0], '00'.repeat(32)] },
    'no element as a key': { ...two, publicKey: 'ff'.repeat(32) },
    'the proof of one input': { ...two, proof: one.proof },
  };
  for (const [label, input] of Object.entries(bad)) list.bad('identity-tags', label, input, 'evaluation-invalid');
}
