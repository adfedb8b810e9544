import { describe, expect, test } from 'vitest';
import { DOMAIN, encode, signTagged } from '#crypto';
import {
  readIndex,
  readLane,
  readNextSequence,
  readRecord,
  readWriters,
  stateKeys,
  storedHashOf,
  WRITERS_MAX,
} from '#consensus/ledger';
import {
  backend,
  Consortium,
  genesisOf,
  id32,
  link,
  node,
  person,
  recordId,
  standardConsortium,
  storedOf,
  tag16,
} from './consortium.ts';

const maria = person('maria').id;

describe('lanes', () => {
  test('each record takes the next place of its writer, and only that', () => {
    const chain = standardConsortium();
    const body = chain.anchor('alice', 'maria', { r5: ['c'], r6: ['d'] });
    const moved = (by: number) => ({
      ...body,
      records: body.records.map((record) => ({ ...record, sequence: record.sequence + by })),
    });
    expect(chain.send('alice', 'record.anchor', moved(1))).toBe('sequence-wrong');
    expect(chain.send('alice', 'record.anchor', moved(-1))).toBe('sequence-wrong');
    const same = { ...body, records: body.records.map((record) => ({ ...record, sequence: 1 })) };
    expect(chain.send('alice', 'record.anchor', same)).toBe('sequence-wrong');
    expect(chain.send('alice', 'record.anchor', body)).toBe('ok');
    expect(readLane(chain.get, maria, person('alice').id)).toEqual({ next: 3, lastRecord: recordId('r6') });
    expect(readNextSequence(chain.get, maria, person('gateway').id)).toBe(1);
  });

  test('lists every writer once, past ones included', () => {
    const chain = standardConsortium();
    chain.must('maria', 'device.revoke', { device: person('gateway').id });
    chain.must('alice', 'record.anchor', chain.anchor('alice', 'maria', { r5: [] }));
    expect(readWriters(chain.get, maria)).toEqual([person('alice').id, person('gateway').id]);
  });

  test('writers are bounded', () => {
    const chain = standardConsortium();
    const full = Array.from({ length: WRITERS_MAX }, (_, i) => id32(`writer ${i}`));
    chain.state = chain.state.with([[stateKeys.writers(maria), encode([full])]]);
    expect(chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r5: [] }))).toBe(
      'too-many-writers',
    );
    const known = [...full.slice(1), person('alice').id];
    chain.state = chain.state.with([[stateKeys.writers(maria), encode([known])]]);
    expect(chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r5: [] }))).toBe('ok');
  });

  test('another signer cannot occupy or disturb a tag of a lane', () => {
    const chain = standardConsortium();
    // The gateway learns the tag that alice will use next, and takes it first.
    chain.must('gateway', 'record.anchor', chain.anchor('gateway', 'maria', { squat: ['next of alice'] }));
    expect(readIndex(chain.get, maria, person('alice').id, tag16('next of alice'))).toBeUndefined();
    chain.must('alice', 'record.anchor', chain.anchor('alice', 'maria', { r5: ['next of alice'] }));
    expect(readIndex(chain.get, maria, person('alice').id, tag16('next of alice'))).toEqual(recordId('r5'));
    expect(readIndex(chain.get, maria, person('gateway').id, tag16('next of alice'))).toEqual(
      recordId('squat', 'gateway'),
    );
  });

  test('a tag is used once in a lane, also within one batch', () => {
    const chain = standardConsortium();
    expect(chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r5: ['a'] }))).toBe(
      'tag-taken',
    );
    expect(chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r5: ['z', 'z'] }))).toBe(
      'tag-taken',
    );
    expect(
      chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r5: ['z'], r6: ['z'] })),
    ).toBe('tag-taken');
    expect(
      chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r5: ['z'], r6: ['y'] })),
    ).toBe('ok');
  });
});

describe('records', () => {
  test('keeps what was anchored, by whom and when', () => {
    const chain = standardConsortium();
    expect(readRecord(chain.get, recordId('r2'))).toMatchObject({
      patient: maria,
      writer: person('gateway').id,
      sequence: 0,
      previous: null,
      amendedBy: null,
    });
  });

  test('an id is anchored once by its writer, and nobody else can take it', () => {
    const chain = standardConsortium();
    const copied = (sender: string, patient: string) => {
      const body = chain.anchor(sender, patient, { r9: [] });
      return { ...body, records: body.records.map((one) => ({ ...one, header: link('of a stranger') })) };
    };
    // Seen on its way: the nonce of what alice is about to anchor, used first by a stranger and by her patient's device.
    const body = chain.anchor('alice', 'maria', { r9: [], r8: [] });
    for (const [sender, patient] of [
      ['tom', 'tom'],
      ['gateway', 'maria'],
    ] as const) {
      const first = copied(sender, patient);
      const receipts = chain.receipts(first.patient, storedOf(first.records, sender, patient));
      chain.must(sender, 'record.anchor', { ...first, receipts });
    }
    expect(chain.send('alice', 'record.anchor', body)).toBe('ok');
    expect(readRecord(chain.get, recordId('r9'))).toMatchObject({
      writer: person('alice').id,
      patient: maria,
    });
    expect(readRecord(chain.get, recordId('r9', 'tom', 'tom'))?.header).toEqual(link('of a stranger'));
    expect(chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r9: [] }))).toBe(
      'record-exists',
    );
  });

  test("another's header is nobody else's: what honest holders signed fits its own record alone", () => {
    const chain = standardConsortium();
    const own = chain.anchor('alice', 'maria', { r9: [] });
    for (const [sender, patient] of [
      ['tom', 'tom'],
      ['gateway', 'maria'],
    ] as const) {
      const named = storedOf(own.records, 'alice', 'maria');
      const body = { ...chain.anchor(sender, patient, { r9: [] }), records: own.records };
      const sequence = readNextSequence(chain.get, person(patient).id, person(sender).id);
      const records = own.records.map((one) => ({ ...one, sequence }));
      for (const receipts of [own.receipts, chain.receipts(person(patient).id, named)])
        expect(chain.send(sender, 'record.anchor', { ...body, records, receipts })).toBe('receipt-invalid');
      // More dishonest holders than the bound allows: even then the header stays free for whose it is.
      const lied = chain.receipts(person(patient).id, storedOf(records, sender, patient));
      chain.must(sender, 'record.anchor', { ...body, records, receipts: lied });
    }
    expect(chain.send('alice', 'record.anchor', own)).toBe('ok');
  });

  test('versions form one line: what was amended is not amended again', () => {
    const chain = standardConsortium();
    const amend = (sender: string, name: string, previous: Uint8Array) => {
      const body = chain.anchor(sender, 'maria', { [name]: [] });
      return { ...body, records: body.records.map((record) => ({ ...record, previous })) };
    };
    expect(chain.send('gateway', 'record.anchor', amend('gateway', 'r5', recordId('r1')))).toBe('ok');
    expect(readRecord(chain.get, recordId('r1'))?.amendedBy).toEqual(recordId('r5', 'gateway'));
    expect(chain.send('alice', 'record.anchor', amend('alice', 'r6', recordId('r1')))).toBe(
      'previous-amended',
    );
    expect(chain.send('alice', 'record.anchor', amend('alice', 'r6', recordId('r5', 'gateway')))).toBe('ok');
    expect(chain.send('alice', 'record.anchor', amend('alice', 'r7', recordId('t1')))).toBe('other-patient');
    expect(chain.send('alice', 'record.anchor', amend('alice', 'r7', id32('none')))).toBe('record-unknown');
  });

  test('a refused batch leaves nothing behind', () => {
    const chain = standardConsortium();
    const before = chain.state.root;
    expect(
      chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r5: ['q'], r6: ['a'] })),
    ).toBe('tag-taken');
    expect(chain.state.root).toEqual(before);
    expect(readRecord(chain.get, recordId('r5'))).toBeUndefined();
  });

  test('nothing is anchored for who is no active patient', () => {
    const chain = standardConsortium();
    const patient = chain.anchor('alice', 'maria', { r5: [] });
    const toBob = {
      ...patient,
      patient: person('bob').id,
      receipts: chain.receipts(person('bob').id, storedOf(patient.records, 'alice', 'bob')),
    };
    expect(chain.send('alice', 'record.anchor', toBob)).toBe('not-a-patient');
    chain.must('north-admin-1', 'person.suspend', { person: maria, reason: null });
    expect(chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r5: [] }))).toBe(
      'person-not-active',
    );
  });
});

describe('storage receipts', () => {
  test('f+1 institutions must hold the batch', () => {
    const chain = standardConsortium();
    const body = chain.anchor('alice', 'maria', { r5: [] });
    const stored = storedOf(body.records, 'alice', 'maria');
    const by = (...names: Parameters<Consortium['receipts']>[2] & string[]) => ({
      ...body,
      receipts: chain.receipts(maria, stored, names),
    });
    expect(chain.send('alice', 'record.anchor', by('north'))).toBe('receipts-too-few');
    expect(chain.send('alice', 'record.anchor', by('north', 'north'))).toBe('receipt-invalid');
    expect(chain.send('alice', 'record.anchor', by('west', 'east'))).toBe('ok');
  });

  test('a receipt is for one chain, one patient, these records and headers in this order, and a member', () => {
    const chain = standardConsortium();
    const body = chain.anchor('alice', 'maria', { r5: [], r6: [] });
    const stored = storedOf(body.records, 'alice', 'maria');
    const send = (receipts: ReturnType<Consortium['receipts']>): string =>
      chain.fork().send('alice', 'record.anchor', { ...body, receipts });
    expect(send(chain.receipts(maria, stored))).toBe('ok');
    expect(send(chain.receipts(maria, stored.toReversed()))).toBe('receipt-invalid');
    expect(send(chain.receipts(person('tom').id, stored))).toBe('receipt-invalid');
    expect(send(new Consortium(genesisOf('another')).receipts(maria, stored))).toBe('receipt-invalid');
    const outsider = person('mallory');
    const forged = signTagged(
      backend,
      DOMAIN.receipt,
      storedHashOf(chain.chainId, maria, stored),
      outsider.sign.secretKey,
    );
    const [first] = chain.receipts(maria, stored);
    if (first === undefined) throw new Error('no receipt');
    expect(send([first, { node: outsider.id, signature: forged }])).toBe('receipt-invalid');
    expect(send([first, { node: node('south').id, signature: forged }])).toBe('receipt-invalid');
  });
});
