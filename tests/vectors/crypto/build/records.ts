import {

  decode,
  decodeRecordHeader,
  deriveCompartment,
  derivePersonKeys,
  encode,
  linkOf,
  nobleBackend,
  signTagged,
  DOMAIN,
  toHex,
  utf8,
  writerKit,
  type Compartment,
} from '#crypto';
import { proofContext, type RecordStatement } from '../../../../crypto/record/header.ts';
import { prove } from '../../../../crypto/schnorr.ts';
import { scalarToBytes } from '../../../../crypto/scalar.ts';
import { bytesOf, CHAIN, deterministic } from '../../../unit/crypto/cast.ts';
import { runCase } from '../operations/run.ts';
import { CaseList, flipped, hexOf, textHex } from './case-list.ts';

export const RECORD_WRITER = derivePersonKeys(nobleBackend, bytesOf('vector writer root'));
const STRANGER = derivePersonKeys(nobleBackend, bytesOf('vector stranger'));
const NAME = { category: 'laboratory', generation: 0, period: '2026-11' };

export function compartmentNamed(change: object = {}): Compartment {
  return deriveCompartment(nobleBackend, bytesOf('vector generation seed'), { ...NAME, ...change });
}

export const compartmentJson = ({ name, a, A, kappa, ix }: Compartment) => ({
  ...name,
  a: toHex(a),
  A: toHex(A),
  kappa: toHex(kappa),
  ix: toHex(ix),
});

export const kitJson = (compartment: Compartment, writer: Uint8Array = RECORD_WRITER.id) => {
  const kit = writerKit(nobleBackend, compartment, writer, 1);
  const { A, kappaLane, ixLane } = kit;
  return {
    ...kit.name,
    A: toHex(A),
    kappaLane: toHex(kappaLane),
    ixLane: toHex(ixLane),
    writer: toHex(writer),
  };
};

/** A sealing with draws: 32 bytes for sigma, then 32 a slot for the nonces of the proof. */
export function sealing(label: string, compartments: readonly Compartment[], plaintext: string) {
  const backend = deterministic(nobleBackend, `record ${label}`);
  return {
    chain: toHex(CHAIN),
    record: hexOf(`vector record ${label}`),
    patient: hexOf('vector patient'),
    sequence: 5,
    previous: linkOf('dag-cbor', encode('previous')).toString(),
    writer: toHex(RECORD_WRITER.id),
    writerSeed: toHex(RECORD_WRITER.sign.secretKey),
    kits: compartments.map((compartment) => kitJson(compartment)),
    plaintext,
    random: Array.from({ length: 1 + compartments.length }, () => toHex(backend.random(32))),
  };
}

export interface SealedCase {
  readonly header: string;
  readonly headerLink: string;
  readonly blocks: readonly { readonly link: string; readonly bytes: string }[];
}

export async function sealedOf(input: object): Promise<SealedCase> {
  const result = await runCase(nobleBackend, { op: 'record-seal', in: input });
  if ('error' in result) throw new Error(`sealing failed with ${result.error}`);
  return result.out as SealedCase;
}

export function sealCases(): CaseList {
  const list = new CaseList('record');
  const [laboratory, imaging] = [compartmentNamed(), compartmentNamed({ category: 'imaging' })];
  const one = sealing('one', [laboratory], textHex('{"resourceType":"Observation"}'));
  const { previous: _, ...first } = sealing('first', [laboratory], '');
  list.ok('record-seal', 'one slot, an amendment', one);
  list.ok('record-seal', 'an empty plaintext, no previous version', first);
  list.ok('record-seal', 'two slots', sealing('two', [laboratory, imaging], textHex('two slots')));
  list.ok('record-seal', '511 bytes fill the smallest padding', sealing('511', [laboratory], '61'.repeat(511)));
  list.ok('record-seal', '512 bytes need the next padding', sealing('512', [laboratory], '61'.repeat(512)));
  const nine = Array.from({ length: 9 }, (_slot, i) => compartmentNamed({ generation: i }));
  list.bad('record-seal', 'no slot', { ...one, kits: [] }, 'input-invalid');
  list.bad('record-seal', 'nine slots', { ...one, kits: nine.map((kit) => kitJson(kit)) }, 'input-invalid');
  list.bad('record-seal', 'the kit of another writer', { ...one, kits: [kitJson(laboratory, STRANGER.id)] }, 'input-invalid');
  list.bad('record-seal', 'a compartment twice', { ...one, kits: [...one.kits, ...one.kits] }, 'input-invalid');
  list.bad('record-seal', 'a short record id', { ...one, record: '00' }, 'input-invalid');
  list.bad('record-seal', 'a negative sequence', { ...one, sequence: -1 }, 'input-invalid');
  return list;
}

type HeaderMap = Record<string, unknown>;

/** The header of the 'one slot' case as a map, to change and sign again. */
async function exampleHeader(): Promise<{ sealed: SealedCase; map: HeaderMap; bytes: Uint8Array }> {
  const sealed = await sealedOf(sealing('one', [compartmentNamed()], textHex('{"resourceType":"Observation"}')));
  const bytes = Uint8Array.from(sealed.header.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return { sealed, map: decode(bytes, 4096) as HeaderMap, bytes };
}

export async function headerCases(): Promise<CaseList> {
  const list = new CaseList('header');
  const { sealed, map } = await exampleHeader();
  const two = await sealedOf(sealing('two', [compartmentNamed(), compartmentNamed({ category: 'imaging' })], '00'));
  list.ok('header-decode', 'one slot', { header: sealed.header });
  list.ok('header-decode', 'two slots', { header: two.header });
  const slot = (map['slots'] as HeaderMap[])[0] ?? {};
  const without = (field: string) => Object.fromEntries(Object.entries(map).filter(([key]) => key !== field));
  const many = Array.from({ length: 9 }, (_, i) => ({ ...slot, E: bytesOf(`E ${i}`) }));
  const changes: Record<string, HeaderMap> = {
    'an unknown suite': { ...map, suite: 'phr-mesh/v2' },
    'an older suite': { ...map, suite: 'phr-mesh/v0' },
    'no suite': without('suite'),
    'no proof': without('proof'),
    'a field more': { ...map, extra: 1 },
    'no slot': { ...map, slots: [] },
    'nine slots': { ...map, slots: many },
    'a capsule twice': { ...map, slots: [slot, slot] },
    'a long hint': { ...map, slots: [{ ...slot, hint: new Uint8Array(5) }] },
    'a short box': { ...map, slots: [{ ...slot, box: new Uint8Array(31) }] },
    'a field more in a slot': { ...map, slots: [{ ...slot, category: 'laboratory' }] },
    'a negative sequence': { ...map, sequence: -1 },
    'a length that no padding gives': { ...map, length: 529 },
    'a length of zero': { ...map, length: 0 },
    'a length above 1 GiB': { ...map, length: 1024 ** 3 + 16 },
    'a raw link to the previous header': { ...map, previous: linkOf('raw', utf8('a')) },
    'a proof for two slots': { ...map, proof: new Uint8Array(96) },
    'a short signature': { ...map, signature: new Uint8Array(63) },
    'a text as record id': { ...map, record: 'a' },
    'more than 4096 bytes': { ...map, suite: 'a'.repeat(4096) },
  };
  for (const [label, value] of Object.entries(changes))
    list.bad('header-decode', label, { header: toHex(encode(value)) }, 'encoding');
  list.bad('header-decode', 'a byte after the end', { header: `${sealed.header}00` }, 'encoding');
  list.bad('header-decode', 'cut off', { header: sealed.header.slice(0, -2) }, 'encoding');
  list.bad('header-decode', 'empty', { header: '' }, 'encoding');
  verifyCases(list, sealed, map);
  const ix = (compartment: Compartment) => toHex(compartment.ix);
  const imaging = compartmentNamed({ category: 'imaging' });
  list.is('slot-candidates', 'the only slot', { header: sealed.header, ix: ix(compartmentNamed()) }, [0]);
  list.is('slot-candidates', 'the second slot', { header: two.header, ix: ix(imaging) }, [1]);
  list.is('slot-candidates', 'no slot', { header: sealed.header, ix: ix(imaging) }, []);
  return list;
}

function verifyCases(list: CaseList, sealed: SealedCase, map: HeaderMap): void {
  const key = toHex(RECORD_WRITER.sign.publicKey);
  const signed = (change: HeaderMap): string => {
    const { signature: _, ...unsigned } = { ...map, ...change };
    const signature = signTagged(nobleBackend, DOMAIN.recordHeader, encode(unsigned), RECORD_WRITER.sign.secretKey);
    return toHex(encode({ ...unsigned, signature }));
  };
  const slot = (map['slots'] as HeaderMap[])[0] ?? {};
  const proof = map['proof'] as Uint8Array;
  list.is('header-verify', 'true', { header: sealed.header, key }, true);
  list.is('header-verify', 'signed again as it was', { header: signed({}), key }, true);
  list.is('header-verify', 'another writer key', { header: sealed.header, key: toHex(STRANGER.sign.publicKey) }, false);
  list.is('header-verify', 'the signature flipped', { header: toHex(encode({ ...map, signature: flip(map['signature']) })), key }, false);
  // A proof for a capsule that is k times the one of the record: the junk record of an accomplice.
  const k = scalarToBytes(12_345n);
  const junk = nobleBackend.group.multiply(k, slot['E'] as Uint8Array);
  const statement = { ...decodeRecordHeader(encode(map)), slots: [{ ...slot, E: junk }] } as unknown as RecordStatement;
  const forK = prove(deterministic(nobleBackend, 'junk'), proofContext(statement), [{ witness: k, pairs: [{ image: junk }] }]);
  const changes: Record<string, HeaderMap> = {
    'a multiple of another capsule': { slots: [{ ...slot, E: junk }], proof: forK },
    'another capsule': { slots: [{ ...slot, E: nobleBackend.group.generator }] },
    'the identity as a capsule': { slots: [{ ...slot, E: new Uint8Array(32) }] },
    'no element as a capsule': { slots: [{ ...slot, E: new Uint8Array(32).fill(255) }] },
    'the hint flipped': { slots: [{ ...slot, hint: flip(slot['hint']) }] },
    'the slot box flipped': { slots: [{ ...slot, box: flip(slot['box']) }] },
    'the challenge flipped': { proof: flip(proof) },
    'a challenge of zero': { proof: Uint8Array.from(proof, (byte, i) => (i < 32 ? 0 : byte)) },
    'a response that is not canonical': { proof: Uint8Array.from(proof, (byte, i) => (i < 32 ? byte : 255)) },
    'another chain': { chain: bytesOf('another chain') },
    'another record id': { record: bytesOf('another record') },
    'another patient': { patient: bytesOf('another patient') },
    'another sequence': { sequence: 6 },
    'no previous version': { previous: null },
    'another commitment': { commitment: flip(map['commitment']) },
    'another body': { body: linkOf('raw', utf8('another body')) },
    'another length': { length: 512 + 64 + 16 },
    'another writer id': { writer: STRANGER.id },
  };
  for (const [label, change] of Object.entries(changes))
    list.is('header-verify', `${label}, signed by the writer`, { header: signed(change), key }, false);
}

function flip(value: unknown): Uint8Array {
  const copy = Uint8Array.from(value as Uint8Array);
  copy[0] = (copy[0] ?? 0) ^ 1;
  return copy;
}

export async function openCases(): Promise<CaseList> {
  const list = new CaseList('open');
  const { sealed, map } = await exampleHeader();
  const laboratory = compartmentNamed();
  const plaintext = textHex('{"resourceType":"Observation"}');
  const owner = { kind: 'owner', compartment: compartmentJson(laboratory) };
  const E = ((map['slots'] as HeaderMap[])[0]?.['E'] ?? CHAIN) as Uint8Array;
  const Y = toHex(nobleBackend.group.multiply(laboratory.a, E));
  const converted = { kind: 'converted', compartment: compartmentJson(laboratory), Y };
  const good = { header: sealed.header, blocks: sealed.blocks, key: owner };
  list.is('record-open', 'by the owner', good, plaintext);
  list.is('record-open', 'by a delegate', { ...good, key: converted }, plaintext);
  const [block] = sealed.blocks;
  const bytes = block?.bytes ?? '';
  const changed = (hex: string) => [{ link: block?.link, bytes: hex }];
  const header = (change: HeaderMap) => toHex(encode({ ...map, ...change }));
  const slot = (map['slots'] as HeaderMap[])[0] ?? {};
  const key = (change: object) => ({ ...owner, compartment: { ...owner.compartment, ...change } });
  const changes: Record<string, object> = {
    'another period': { key: { ...owner, compartment: compartmentJson(compartmentNamed({ period: '2026-10' })) } },
    'another generation': { key: { ...owner, compartment: compartmentJson(compartmentNamed({ generation: 1 })) } },
    'another opening scalar': { key: key({ a: toHex(compartmentNamed({ period: '2026-10' }).a) }) },
    'another kappa': { key: key({ kappa: hexOf('no kappa') }) },
    'another search key': { key: key({ ix: hexOf('no ix') }) },
    'another A': { key: key({ A: toHex(nobleBackend.group.generator) }) },
    'another Y': { key: { ...converted, Y: toHex(nobleBackend.group.generator) } },
    'the identity as Y': { key: { ...converted, Y: '00'.repeat(32) } },
    'a body flipped at its start': { blocks: changed(flipped(bytes, 0)) },
    'a body flipped at its end': { blocks: changed(flipped(bytes, -1)) },
    'a body cut off': { blocks: changed(bytes.slice(0, -2)) },
    'a byte more in the body': { blocks: changed(`${bytes}00`) },
    'an empty body': { blocks: changed('') },
    'another commitment': { header: header({ commitment: flip(map['commitment']) }) },
    'another slot box': { header: header({ slots: [{ ...slot, box: flip(slot['box']) }] }) },
    'another hint': { header: header({ slots: [{ ...slot, hint: flip(slot['hint']) }] }) },
    'another writer id': { header: header({ writer: STRANGER.id }) },
    'another sequence': { header: header({ sequence: 6 }) },
    'another patient': { header: header({ patient: bytesOf('another patient') }) },
    'another length': { header: header({ length: 576 + 16 }) },
  };
  for (const [label, change] of Object.entries(changes))
    list.bad('record-open', label, { ...good, ...change }, 'open-failed');
  return list;
}

export function bodyCases(): CaseList {
  const list = new CaseList('body');
  const dek = hexOf('dek');
  for (const length of [0, 511, 512, 65_535, 65_536, 983_039, 983_040, 2_000_000])
    list.ok('body-seal', `${length} bytes`, { dek, length, byte: 97 });
  const padded: [number, number][] = [[0, 512], [1, 512], [512, 512], [513, 544], [1000, 1024], [65_537, 67_584], [1_000_000, 1_015_808]];
  for (const [length, value] of padded) list.is('padme', String(length), { length }, value);
  const lengths: [number, boolean][] = [[528, true], [529, false], [512, false], [0, false], [65_536 + 16, true], [65_536 + 32, false], [1024 ** 3 + 1, false]];
  for (const [length, value] of lengths) list.is('body-length-valid', String(length), { length }, value);
  return list;
}

