import {
  bodyLeaves,
  concatBytes,
  CryptoError,
  decodeRecordHeader,
  linkOf,
  openRecord,
  encode,
  parseLink,
  sealRecord,
  sha256,
  slotCandidates,
  toHex,
  verifyRecordHeader,
  type CID,
  type OpeningKey,
} from '#crypto';
import { openBody, sealBody } from '../../../../crypto/record/body.ts';
import { isBodyLength, padmeLength } from '../../../../crypto/record/body-layout.ts';
import { withDraws, type Fields, type Operation } from './fields.ts';
import { compartmentIn, nameIn } from './primitives.ts';

function kitIn(input: Fields) {
  return {
    name: nameIn(input),
    A: input.bytes('A'),
    kappaLane: input.bytes('kappaLane'),
    ixLane: input.bytes('ixLane'),
    serial: 1,
    writer: input.bytes('writer'),
  };
}

function keyIn(input: Fields): OpeningKey {
  const compartment = compartmentIn(input.fields('compartment'));
  if (input.text('kind') === 'owner') return { kind: 'owner', compartment };
  return { kind: 'converted', compartment, Y: input.bytes('Y') };
}

async function opened(dek: Uint8Array, body: CID, length: number, blocks: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const fetch = (cid: CID) => Promise.resolve(blocks.get(cid.toString()) ?? new Uint8Array(0));
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of openBody(dek, { bodyCid: body, bodyLength: length }, fetch)) pieces.push(piece);
  } catch (cause) {
    throw new CryptoError('open-failed', 'body', { cause });
  }
  return concatBytes(...pieces);
}

async function* repeated(input: Fields, byte = input.number('byte')): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new Uint8Array(input.number('length')).fill(byte));
}

/** The sealed bytes of `body-seal`, cut anew. */
async function piecesOf(input: Fields, byte?: number): Promise<Uint8Array[]> {
  const sealed: Uint8Array[] = [];
  await sealBody(input.bytes('dek'), repeated(input, byte), ({ bytes }) => Promise.resolve(void sealed.push(bytes)));
  const all = concatBytes(...(sealed.length === 1 ? sealed : sealed.slice(0, -1)));
  let taken = 0;
  return input.numbers('cut').map((length) => all.subarray(taken, (taken += length)));
}

/** The pieces under a root that names them in this order; what is served under a name may be that of another body. */
async function cutAnew(input: Fields) {
  const leaves = (await piecesOf(input)).map((bytes) => ({ link: linkOf('raw', bytes), bytes }));
  for (const [i, byte] of (input.has('served') ? input.numbers('served') : []).entries()) {
    const [leaf, served] = [leaves[i], (await piecesOf(input, byte))[i]];
    if (leaf !== undefined && served !== undefined) leaf.bytes = served;
  }
  const order = input.has('order') ? input.numbers('order') : leaves.map((_, i) => i);
  const root = encode(order.map((i) => leaves[i]?.link));
  const body = leaves.length === 1 ? leaves[0]?.link : linkOf('dag-cbor', root);
  if (body === undefined) throw new TypeError('a body has a block');
  const blocks = new Map(leaves.map(({ link, bytes }) => [link.toString(), bytes]));
  return { body, blocks: leaves.length === 1 ? blocks : blocks.set(body.toString(), root) };
}

export const RECORDS: Readonly<Record<string, Operation>> = {
  'record-seal': async (backend, input) => {
    const sealed = await sealRecord(withDraws(backend, input), {
      chainId: input.bytes('chain'),
      recordId: input.bytes('record'),
      patient: input.bytes('patient'),
      sequence: input.number('sequence'),
      previous: input.has('previous') ? parseLink(input.text('previous')) : null,
      writer: { id: input.bytes('writer'), secretKey: input.bytes('writerSeed') },
      slots: input.fieldsList('kits').map(kitIn),
      plaintext: input.bytes('plaintext'),
    });
    return {
      header: toHex(sealed.header),
      headerLink: sealed.headerCid.toString(),
      blocks: sealed.blocks.map(({ cid, bytes }) => ({ link: cid.toString(), bytes: toHex(bytes) })),
    };
  },
  'header-decode': (_, input) => {
    const header = decodeRecordHeader(input.bytes('header'));
    return { slots: header.slots.length, record: toHex(header.recordId), length: header.bodyLength };
  },
  'header-verify': (backend, input) =>
    verifyRecordHeader(backend, decodeRecordHeader(input.bytes('header')), input.bytes('key')),
  'slot-candidates': (_, input) =>
    slotCandidates(decodeRecordHeader(input.bytes('header')), { ix: input.bytes('ix') }),
  'record-open': async (backend, input) => {
    const header = decodeRecordHeader(input.bytes('header'));
    const blocks = new Map(
      input.fieldsList('blocks').map((block) => [block.text('link'), block.bytes('bytes')]),
    );
    const fetch = (cid: CID) => Promise.resolve(blocks.get(cid.toString()) ?? new Uint8Array(0));
    return toHex(await openRecord(backend, { header, fetch, key: keyIn(input.fields('key')) }));
  },
  'body-seal': async (_, input) => {
    const links: string[] = [];
    const put = ({ cid }: { cid: CID }) => Promise.resolve(void links.push(cid.toString()));
    const { bodyCid, bodyLength } = await sealBody(input.bytes('dek'), repeated(input), put);
    return { body: bodyCid.toString(), length: bodyLength, blocks: links };
  },
  'body-leaves': (_, input) =>
    bodyLeaves(parseLink(input.text('body')), input.bytes('root'), input.number('length')).map(String),
  'body-open': async (_, input) => {
    const blocks = new Map(input.fieldsList('blocks').map((one) => [one.text('link'), one.bytes('bytes')]));
    const body = parseLink(input.text('body'));
    return toHex(await opened(input.bytes('dek'), body, input.number('length'), blocks));
  },
  'body-open-cut': async (_, input) => {
    const { body, blocks } = await cutAnew(input);
    return toHex(sha256(await opened(input.bytes('dek'), body, input.number('claimed'), blocks)));
  },
  padme: (_, input) => padmeLength(input.number('length')),
  'body-length-valid': (_, input) => isBodyLength(input.number('length')),
};

