import { beforeAll, describe, expect, it } from 'vitest';
import {
  decodeRecordHeader,
  deriveCompartment,
  encode,
  encodeRecordHeader,
  linkOf,
  recordIdOf,
  sealRecord,
  writerKit,
} from '#crypto';
import type { CID, RecordHeader } from '#crypto';
import { readNextSequence, stateKeys, storedHashOf } from '#consensus/ledger';
import type { Receipt, StoredRecord } from '#consensus/ledger';
import type { Hit } from '#node/client';
import { everything, failure, NOVEMBER, openClinic, readings } from './clinic.ts';
import type { Clinic } from './clinic.ts';
import { receiptsOver } from './fake-wire.ts';

const NAME = { category: 'vital-signs', generation: 0, period: NOVEMBER };

describe('a custodian who anchors what is not an honest record of hers', () => {
  let clinic: Clinic;
  let own: Hit;

  beforeAll(async () => {
    clinic = await openClinic();
    const { maria } = clinic;
    await maria.records.upload({ patient: maria.keys.id, records: readings(1) });
    const { hits } = await maria.records.search({ ...everything(maria.keys.id), keywords: '*' });
    own = hits[0]!;
  });

  /** Seals as Alice, lets `change` work on the header, and anchors the outcome with `nonce`. */
  const anchor = async (
    change: (header: RecordHeader) => RecordHeader,
    init: { nonce?: Uint8Array; plaintext?: Uint8Array; sequence?: number; isVouchedFor?: boolean } = {},
  ): Promise<Hit> => {
    const { network, maria, alice } = clinic;
    const { backend, chainId } = network;
    const patient = maria.keys.id;
    await alice.care.fetchKeys(patient);
    const { seed } = alice.vault.keyrings[0]!.seeds.find(({ category }) => category === NAME.category)!;
    const kit = writerKit(backend, deriveCompartment(backend, seed, NAME), alice.keys.id, 0);
    const next = await alice.read([stateKeys.lane(patient, alice.keys.id)]);
    const sequence = readNextSequence(next.get, patient, alice.keys.id);
    const nonce = backend.random(32);
    const recordId = recordIdOf(patient, alice.keys.id, nonce);
    const sealed = await sealRecord(backend, {
      chainId,
      recordId,
      patient,
      sequence: init.sequence ?? sequence,
      previous: null,
      writer: { id: alice.keys.id, secretKey: alice.keys.sign.secretKey },
      slots: [kit],
      plaintext: init.plaintext ?? new Uint8Array([1, 2, 3]),
    });
    const bytes = encodeRecordHeader(change(decodeRecordHeader(sealed.header)));
    const header: CID = linkOf('dag-cbor', bytes);
    await alice.put([
      { codec: 'dag-cbor', bytes },
      ...sealed.blocks.map((block) => ({ codec: 'raw' as const, bytes: block.bytes })),
    ]);
    const anchored = { nonce: init.nonce ?? nonce, header, sequence, previous: null, tags: [] };
    const anchoredId = recordIdOf(patient, alice.keys.id, anchored.nonce);
    const receipts = init.isVouchedFor
      ? lyingReceipts(patient, [{ recordId: anchoredId, header }])
      : await alice.receipts({ patient, headers: [header] });
    const { height } = await alice.submit('record.anchor', {
      patient,
      records: [anchored],
      receipts,
      kitSerial: 0,
    });
    return {
      ...own,
      recordId: anchoredId,
      header,
      writer: alice.keys.id,
      sequence,
      height,
      compartment: NAME,
    };
  };

  /** Of holders who sign what they are asked to. */
  const lyingReceipts = (patient: Uint8Array, records: readonly StoredRecord[]): Receipt[] => {
    const { backend, chainId, nodes } = clinic.network;
    return receiptsOver(backend, storedHashOf(chainId, patient, records), nodes.slice(0, 3));
  };

  const opening = (hit: Hit): Promise<string> => failure(clinic.maria.records.open(hit));

  const plaintext = encode({
    version: 1,
    mediaType: 'text/plain',
    resource: new Uint8Array([7]),
    keywords: [],
  });

  it('is read when all is honest, and refused when only the content is none', async () => {
    expect(await opening(await anchor((header) => header, { plaintext }))).toBe('nothing thrown');
    expect(await opening(await anchor((header) => header))).toBe('record-invalid');
  });

  it('cannot anchor a header under another record id, or to no use when holders lie for her', async () => {
    const other = { nonce: new Uint8Array(32).fill(9), plaintext };
    expect(await failure(anchor((header) => header, other))).toBe('receipt-invalid');
    expect(await opening(await anchor((header) => header, { ...other, isVouchedFor: true }))).toBe(
      'record-invalid',
    );
  });

  it('cannot anchor a header of another place in her lane', async () => {
    expect(await opening(await anchor((header) => header, { sequence: 77, plaintext }))).toBe(
      'record-invalid',
    );
  });

  it('cannot anchor a header without her signature over it: nothing of its body is even fetched', async () => {
    const { network } = clinic;
    const bodiesFetched = async (hit: Hit): Promise<number> => {
      const requests = network.requests.length;
      expect(await opening(hit)).toBe('record-invalid');
      return network.requests.slice(requests).filter(({ path }) => path.startsWith('/store/')).length - 1;
    };
    expect(await bodiesFetched(await anchor((header) => header))).toBe(1);
    expect(
      await bodiesFetched(await anchor((header) => ({ ...header, signature: network.backend.random(64) }))),
    ).toBe(0);
    const proof = (header: RecordHeader): Uint8Array => header.proof.toReversed();
    expect(await bodiesFetched(await anchor((header) => ({ ...header, proof: proof(header) })))).toBe(0);
  });

  it('cannot anchor somebody else’s header as her own', async () => {
    const { network, maria, alice } = clinic;
    const patient = maria.keys.id;
    const taken = decodeRecordHeader(network.blocks.get(own.header.toString())!);
    const change = (): RecordHeader => ({ ...taken, signature: taken.signature.toReversed() });
    expect(await failure(anchor(change))).toBe('receipt-invalid');
    const hit = await anchor(change, { isVouchedFor: true });
    expect(await opening(hit)).toBe('record-invalid');
    const receipts = await alice.receipts({ patient, headers: [own.header] });
    const again = {
      nonce: network.backend.random(32),
      header: own.header,
      sequence: 99,
      previous: null,
      tags: [],
    };
    const next = await alice.read([stateKeys.lane(patient, alice.keys.id)]);
    const sequence = readNextSequence(next.get, patient, alice.keys.id);
    const call = alice.submit('record.anchor', {
      patient,
      records: [{ ...again, sequence }],
      receipts,
      kitSerial: 0,
    });
    expect(await failure(call)).toBe('receipt-invalid');
  });
});
