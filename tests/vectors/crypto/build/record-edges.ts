import { decode, encode, kdf, linkOf, nobleBackend, prf, signTagged, toHex, utf8, DOMAIN } from '#crypto';
import { sealBody } from '../../../../crypto/record/body.ts';
import { createChunkCipher } from '../../../../crypto/record/chunk-cipher.ts';
import { bodyKey, recordContext, slotContext, slotMask, xorBytes } from '../../../../crypto/record/context.ts';
import { decodeRecordHeader } from '../../../../crypto/record/header.ts';
import { bytesOf } from '../../../unit/crypto/cast.ts';
import { plusOrder, type CaseList, hexOf, textHex } from './case-list.ts';
import { compartmentJson, compartmentNamed, kitJson, RECORD_WRITER, sealedOf, sealing } from './records.ts';

type HeaderMap = Record<string, unknown>;

const bytesIn = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const mapOf = (hex: string) => decode(bytesIn(hex), 4096) as HeaderMap;
const slotsOf = (map: HeaderMap) => map['slots'] as Record<string, Uint8Array>[];
const zeros = (length: number): Uint8Array => new Uint8Array(length);

/** The sealed length of a padded plaintext of 2^30 bytes: below no limit but the one on the sealed length. */
const ABOVE_THE_LIMIT = 1_074_003_968;
const LARGEST = 1_057_222_656;

export async function addHeaderEdges(list: CaseList): Promise<void> {
  const one = mapOf((await sealedOf(sealing('one', [compartmentNamed()], textHex('{"resourceType":"Observation"}')))).header);
  const [slot = {}] = slotsOf(one);
  const slots = (count: number) => ({
    slots: Array.from({ length: count }, (_, i) => ({ ...slot, E: bytesOf(`E ${i}`) })),
    proof: zeros(32 * (1 + count)),
  });
  const list_ = linkOf('dag-cbor', utf8('a list'));
  const good: Record<string, HeaderMap> = {
    'eight slots': slots(8),
    'the last sequence': { sequence: Number.MAX_SAFE_INTEGER },
    'the largest body': { length: LARGEST, body: list_ },
    'a body of two blocks': { length: 1_016_064, body: list_ },
    'a capsule that is no element: verification refuses it': { slots: [{ ...slot, E: zeros(32).fill(255) }] },
  };
  for (const [label, change] of Object.entries(good)) list.ok('header-decode', label, { header: toHex(encode({ ...one, ...change })) });
  const bad: Record<string, HeaderMap> = {
    'no slot, all else fitting': slots(0),
    'nine slots, all else fitting': slots(9),
    'a capsule twice, all else fitting': { slots: [slot, slot], proof: zeros(96) },
    'a body above 2^30': { length: ABOVE_THE_LIMIT, body: list_ },
    'a list of one block': { body: list_ },
    'one raw block of two blocks’ length': { length: 1_016_064 },
    'the bytes of a link as body': { body: linkOf('raw', utf8('a')).bytes },
    'the bytes of a link as the previous header': { previous: list_.bytes },
    'a sequence of 2^53': { sequence: 2n ** 53n },
    'half a sequence': { sequence: 1.5 },
    'half a length': { length: 528.5 },
    'a capsule of 31 bytes': { slots: [{ ...slot, E: zeros(31) }] },
    'a hint of 3 bytes': { slots: [{ ...slot, hint: zeros(3) }] },
    'a slot box of 33 bytes': { slots: [{ ...slot, box: zeros(33) }] },
    'a proof of 63 bytes': { proof: zeros(63) },
    'a signature of 65 bytes': { signature: zeros(65) },
    'a list as a slot': { slots: [[slot['E'], slot['hint'], slot['box']]] },
  };
  for (const field of ['chain', 'record', 'patient', 'commitment', 'writer']) {
    for (const length of [31, 33]) bad[`a ${field} of ${length} bytes`] = { [field]: zeros(length) };
  }
  for (const [label, change] of Object.entries(bad)) list.bad('header-decode', label, { header: toHex(encode({ ...one, ...change })) }, 'encoding');
  const two = mapOf((await sealedOf(sealing('two', [compartmentNamed(), compartmentNamed({ category: 'imaging' })], '00'))).header);
  const key = toHex(RECORD_WRITER.sign.publicKey);
  const signed = (map: HeaderMap): string => {
    const { signature: _, ...unsigned } = map;
    const signature = signTagged(nobleBackend, DOMAIN.recordHeader, encode(unsigned), RECORD_WRITER.sign.secretKey);
    return toHex(encode({ ...unsigned, signature }));
  };
  const proof = two['proof'] as Uint8Array;
  list.is('header-verify', 'two slots', { header: signed(two), key }, true);
  const proofs: Record<string, Uint8Array> = {
    'the challenge with l added': plusOrder(proof, 0),
    'the first response with l added': plusOrder(proof, 32),
    'the second response with l added': plusOrder(proof, 64),
    'the responses swapped': Uint8Array.of(...proof.subarray(0, 32), ...proof.subarray(64), ...proof.subarray(32, 64)),
  };
  for (const [label, changed] of Object.entries(proofs))
    list.is('header-verify', `${label}, signed by the writer`, { header: signed({ ...two, proof: changed }), key }, false);
}

export function addSealEdges(list: CaseList): void {
  const laboratory = compartmentNamed();
  const one = sealing('edges', [laboratory], '61');
  const [kit] = one.kits;
  const eight = Array.from({ length: 8 }, (_, i) => compartmentNamed({ generation: i }));
  list.ok('record-seal', 'eight slots', sealing('eight', eight, ''));
  const alike = sealing('one name', [laboratory, compartmentNamed({ generation: 1 })], '61');
  list.ok('record-seal', 'two compartments of one name', { ...alike, kits: alike.kits.map((other) => ({ ...other, generation: 0 })) });
  const short = '61';
  const bad: Record<string, object> = {
    'a compartment twice under two names': { kits: [kit, { ...kit, generation: 7 }], random: alike.random },
    'a short chain': { chain: short },
    'a short patient': { patient: short },
    'a short writer id': { writer: short, kits: [{ ...kit, writer: short }] },
    'a sequence of 2^53': { sequence: 2 ** 53 },
    'half a sequence': { sequence: 0.5 },
  };
  for (const [label, change] of Object.entries(bad)) list.bad('record-seal', label, { ...one, ...change }, 'input-invalid');
  list.bad('record-seal', 'a kit whose A is no element', { ...one, kits: [{ ...kit, A: 'ff'.repeat(32) }] }, 'point-invalid');
  list.bad('record-seal', 'a short signing seed', { ...one, writerSeed: one.writerSeed.slice(2) }, 'key-invalid');
}

/** A slot that opens, but for its capsule: E = r*G with an r that is not made from sigma. */
function otherCapsule(map: HeaderMap): Record<string, Uint8Array> {
  const laboratory = compartmentNamed();
  const header = decodeRecordHeader(encode(map));
  const context = recordContext(header);
  const binding = slotContext(context, laboratory.A);
  const lane = kitJson(laboratory);
  const [kappaLane, ixLane] = [bytesIn(lane.kappaLane), bytesIn(lane.ixLane)];
  const [slot] = header.slots;
  if (slot === undefined) throw new TypeError('a header has a slot');
  const sigma = xorBytes(slot.box, slotMask(nobleBackend.group.multiply(laboratory.a, slot.E), kappaLane, binding, slot.E));
  if (toHex(bodyKey(sigma, context).commitment) !== toHex(header.commitment)) throw new TypeError('not sigma');
  const E = nobleBackend.group.generator;
  const box = xorBytes(sigma, slotMask(nobleBackend.group.multiply(laboratory.a, E), kappaLane, binding, E));
  return { E, hint: prf(DOMAIN.slotHint, ixLane, E).slice(0, 4), box };
}

export async function addOpenEdges(list: CaseList): Promise<void> {
  const [laboratory, imaging] = [compartmentNamed(), compartmentNamed({ category: 'imaging' })];
  const sealed = await sealedOf(sealing('one', [laboratory], textHex('{"resourceType":"Observation"}')));
  const map = mapOf(sealed.header);
  const owner = (compartment: typeof laboratory) => ({ kind: 'owner', compartment: compartmentJson(compartment) });
  const good = { blocks: sealed.blocks, key: owner(laboratory) };
  const text = textHex('{"resourceType":"Observation"}');
  const header = (change: HeaderMap) => toHex(encode({ ...map, ...change }));
  list.is('record-open', 'opening does not verify: another signature', { ...good, header: header({ signature: zeros(64) }) }, text);
  list.is('record-open', 'opening does not verify: another proof', { ...good, header: header({ proof: zeros(64) }) }, text);
  list.bad('record-open', 'a capsule that is not made from sigma', { ...good, header: header({ slots: [otherCapsule(map)] }) }, 'open-failed');
  list.bad('record-open', 'no block', { ...good, header: sealed.header, blocks: [] }, 'open-failed');
  const both = await sealedOf(sealing('two', [laboratory, imaging], textHex('two slots')));
  const opening = { header: both.header, blocks: both.blocks };
  list.is('record-open', 'through the second slot', { ...opening, key: owner(imaging) }, textHex('two slots'));
  const two = mapOf(both.header);
  const [first = {}, second = {}] = slotsOf(two);
  const E = first['E'] ?? zeros(32);
  const hint = prf(DOMAIN.slotHint, bytesIn(kitJson(imaging).ixLane), E).slice(0, 4);
  const twice = toHex(encode({ ...two, slots: [{ ...first, hint }, second] }));
  list.is('slot-candidates', 'two slots with a fitting hint', { header: twice, ix: toHex(imaging.ix) }, [0, 1]);
  list.is('record-open', 'through the second of two candidates', { ...opening, header: twice, key: owner(imaging) }, textHex('two slots'));
}

/** One raw block of chunks with this padded plaintext, whatever it is. */
async function bodyOf(dek: Uint8Array, padded: Uint8Array) {
  const cipher = await createChunkCipher(dek);
  const sealed = await cipher.seal(padded, 0, true);
  const link = linkOf('raw', sealed).toString();
  return { dek: toHex(dek), body: link, length: sealed.length, blocks: [{ link, bytes: toHex(sealed) }] };
}

const filled = (length: number, plaintext: readonly number[]): Uint8Array => {
  const bytes = zeros(length);
  bytes.set(plaintext);
  return bytes;
};

async function addPaddings(list: CaseList): Promise<void> {
  const dek = kdf(DOMAIN.message, bytesOf('dek'), [], 32);
  const [a, b] = [filled(512, [97, 0x80, 0, 0x80]), filled(512, [...filled(511, []), 0x80])];
  list.is('body-open', 'a mark in the plaintext', await bodyOf(dek, a), '618000');
  list.is('body-open', '511 zeros', await bodyOf(dek, b), '00'.repeat(511));
  const fit = [...zeros(512).fill(97), 0x80];
  list.is('body-open', '512 bytes', await bodyOf(dek, filled(544, fit)), '61'.repeat(512));
  const bad: Record<string, Uint8Array> = {
    'zeros without a mark': zeros(512),
    'no mark at the end': filled(512, [97, 0x80, 1]),
    'more zeros than the plaintext gets': filled(544, [97, 0x80]),
    'twice the zeros that the plaintext gets': filled(1024, fit),
    'one zero for 511 bytes: the next length': filled(544, [...zeros(511).fill(97), 0x80]),
  };
  for (const [label, padded] of Object.entries(bad)) list.bad('body-open', label, await bodyOf(dek, padded), 'open-failed');
  const one = await bodyOf(dek, a);
  list.bad('body-open', 'another key', { ...one, dek: hexOf('another dek') }, 'open-failed');
  list.bad('body-open', 'a block under the link of another', { ...one, blocks: [{ link: one.body, bytes: (await bodyOf(dek, b)).blocks[0]?.bytes }] }, 'open-failed');
}

function addLeaves(list: CaseList): void {
  const leaves = ['first', 'second', 'third'].map((label) => linkOf('raw', utf8(label)));
  const [first, second] = leaves;
  const length = 1_016_064;
  const rooted = (value: unknown) => {
    const root = encode(value);
    return { body: linkOf('dag-cbor', root).toString(), root: toHex(root), length };
  };
  const two = rooted([first, second]);
  list.is('body-leaves', 'two blocks', two, [first, second].map(String));
  const raw = linkOf('raw', utf8('only')).toString();
  list.is('body-leaves', 'one block', { body: raw, root: textHex('only'), length: 528 }, [raw]);
  const bad: Record<string, object> = {
    'a link fewer': rooted([first]),
    'a link more': rooted(leaves),
    'a list in the list': rooted([first, linkOf('dag-cbor', utf8('second'))]),
    'bytes for a link': rooted([first, second?.bytes]),
    'a link for the list': rooted(second),
    'a map for the list': rooted({ a: first, b: second }),
    'a list that is not canonical': (() => {
      const root = Uint8Array.of(0x98, 2, ...encode([first, second]).subarray(1));
      return { body: linkOf('dag-cbor', root).toString(), root: toHex(root), length };
    })(),
    'another root': { ...two, root: rooted([second, first]).root },
    'a raw root': { ...two, body: linkOf('raw', encode([first, second])).toString() },
    'a list for one block': { ...two, length: 528 },
    'a length that no padding gives': { ...two, length: 1_016_065 },
    'another count by the length': { ...two, length: 2_031_616 + 16 * 31 },
  };
  for (const [label, input] of Object.entries(bad)) list.bad('body-leaves', label, input, 'encoding');
}

export async function addBodyEdges(list: CaseList): Promise<void> {
  await addPaddings(list);
  addLeaves(list);
  const valid: [number, boolean][] = [
    [LARGEST, true],
    [ABOVE_THE_LIMIT, false],
    [983_280, true],
    [1_016_064, true],
    [1_016_080, false],
    [-1, false],
    [528.5, false],
  ];
  for (const [length, value] of valid) list.is('body-length-valid', String(length), { length }, value);
  const made = { dek: hexOf('dek'), byte: 97, length: 1_000_000 };
  const three = { ...made, length: 2_000_000 };
  const lengthOf = async (length: number) => {
    const source = (async function* () {
      yield await Promise.resolve(zeros(length));
    })();
    return (await sealBody(bytesOf('dek'), source, () => Promise.resolve())).bodyLength;
  };
  const [all, more] = [await lengthOf(made.length), await lengthOf(three.length)];
  const [block, chunk] = [983_280, 65_552];
  const rest = all - block;
  list.ok('body-open-cut', 'two blocks', { ...made, claimed: all, cut: [block, rest] });
  list.ok('body-open-cut', 'three blocks', { ...three, claimed: more, cut: [block, block, more - 2 * block] });
  const bad: Record<string, object> = {
    'two blocks swapped': { ...made, claimed: all, cut: [block, rest], order: [1, 0] },
    'two whole blocks swapped': { ...three, claimed: more, cut: [block, block, more - 2 * block], order: [1, 0, 2] },
    'a whole block twice': { ...three, claimed: more, cut: [block, block, more - 2 * block], order: [0, 0, 2] },
    'cut a chunk earlier': { ...made, claimed: all, cut: [block - chunk, rest + chunk] },
    'cut a byte earlier': { ...made, claimed: all, cut: [block - 1, rest + 1] },
    'an empty third block': { ...made, claimed: all, cut: [block, rest, 0] },
    'the second block in two': { ...made, claimed: all, cut: [block, rest - 16, 16] },
    'one block of all': { ...made, claimed: all, cut: [all] },
    'a block of another body of the same key': { ...made, claimed: all, cut: [block, rest], served: [97, 98] },
    'ended after the first block': { ...made, claimed: block, cut: [block] },
    'ended after the second block': { ...three, claimed: 1_966_560, cut: [block, block] },
    'a length that no padding gives': { ...made, claimed: all + 16, cut: [block, rest] },
    'the length of another': { ...made, claimed: 1_032_192 + 256, cut: [block, rest] },
  };
  for (const [label, input] of Object.entries(bad)) list.bad('body-open-cut', label, input, 'open-failed');
}

