import {

  decodeRecordHeader,
  openRecord,
  parseLink,
  sealRecord,
  slotCandidates,
  toHex,
  verifyRecordHeader,
  type CID,
  type OpeningKey,
} from '#crypto';
import { sealBody } from '../../../../crypto/record/body.ts';
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
    const plaintext = new Uint8Array(input.number('length')).fill(input.number('byte'));
    const links: string[] = [];
    const source = (async function* () {
      yield await Promise.resolve(plaintext);
    })();
    const put = ({ cid }: { cid: CID }) => Promise.resolve(void links.push(cid.toString()));
    const { bodyCid, bodyLength } = await sealBody(input.bytes('dek'), source, put);
    return { body: bodyCid.toString(), length: bodyLength, blocks: links };
  },
  padme: (_, input) => padmeLength(input.number('length')),
  'body-length-valid': (_, input) => isBodyLength(input.number('length')),
};

