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
  standardConsortium,
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
    expect(readLane(chain.get, maria, person('alice').id)).toEqual({ next: 3, lastRecord: id32('r6') });
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
    expect(readIndex(chain.get, maria, person('alice').id, tag16('next of alice'))).toEqual(id32('r5'));
    expect(readIndex(chain.get, maria, person('gateway').id, tag16('next of alice'))).toEqual(id32('squat'));
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
    expect(readRecord(chain.get, id32('r2'))).toMatchObject({
      patient: maria,
      writer: person('gateway').id,
      sequence: 0,
      previous: null,
      amendedBy: null,
    });
  });

  test('an id is anchored once, whoever comes second', () => {
    const chain = standardConsortium();
    const body = chain.anchor('tom', 'tom', { r1: [] });
    const records = body.records.map((record) => ({ ...record, header: link('another header') }));
    const headers = records.map(({ header }) => header);
    const again = { ...body, records, receipts: chain.receipts(person('tom').id, headers) };
    expect(chain.send('tom', 'record.anchor', again)).toBe('record-exists');
  });

  test("another's header cannot be anchored again, under any patient or id", () => {
    const chain = standardConsortium();
    for (const [sender, patient] of [
      ['tom', 'tom'],
      ['gateway', 'maria'],
      ['alice', 'maria'],
    ] as const) {
      const body = chain.anchor(sender, patient, { stolen: [] });
      const records = body.records.map((record) => ({ ...record, header: link('header r1') }));
      const stolen = { ...body, records, receipts: chain.receipts(person(patient).id, [link('header r1')]) };
      expect(chain.send(sender, 'record.anchor', stolen)).toBe('header-exists');
    }
  });

  test('versions form one line: what was amended is not amended again', () => {
    const chain = standardConsortium();
    const amend = (sender: string, name: string, previous: string) => {
      const body = chain.anchor(sender, 'maria', { [name]: [] });
      return { ...body, records: body.records.map((record) => ({ ...record, previous: id32(previous) })) };
    };
    expect(chain.send('gateway', 'record.anchor', amend('gateway', 'r5', 'r1'))).toBe('ok');
    expect(readRecord(chain.get, id32('r1'))?.amendedBy).toEqual(id32('r5'));
    expect(chain.send('alice', 'record.anchor', amend('alice', 'r6', 'r1'))).toBe('previous-amended');
    expect(chain.send('alice', 'record.anchor', amend('alice', 'r6', 'r5'))).toBe('ok');
    expect(chain.send('alice', 'record.anchor', amend('alice', 'r7', 't1'))).toBe('other-patient');
    expect(chain.send('alice', 'record.anchor', amend('alice', 'r7', 'none'))).toBe('record-unknown');
  });

  test('a refused batch leaves nothing behind', () => {
    const chain = standardConsortium();
    const before = chain.state.root;
    expect(
      chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r5: ['q'], r6: ['a'] })),
    ).toBe('tag-taken');
    expect(chain.state.root).toEqual(before);
    expect(readRecord(chain.get, id32('r5'))).toBeUndefined();
  });

  test('nothing is anchored for who is no active patient', () => {
    const chain = standardConsortium();
    const patient = chain.anchor('alice', 'maria', { r5: [] });
    const toBob = {
      ...patient,
      patient: person('bob').id,
      receipts: chain.receipts(person('bob').id, [link('header r5')]),
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
    const headers = [link('header r5')];
    const by = (...names: Parameters<Consortium['receipts']>[2] & string[]) => ({
      ...body,
      receipts: chain.receipts(maria, headers, names),
    });
    expect(chain.send('alice', 'record.anchor', by('north'))).toBe('receipts-too-few');
    expect(chain.send('alice', 'record.anchor', by('north', 'north'))).toBe('receipt-invalid');
    expect(chain.send('alice', 'record.anchor', by('west', 'east'))).toBe('ok');
  });

  test('a receipt is for one chain, one patient, these headers in this order, and a member', () => {
    const chain = standardConsortium();
    const body = chain.anchor('alice', 'maria', { r5: [], r6: [] });
    const headers = [link('header r5'), link('header r6')];
    const send = (receipts: ReturnType<Consortium['receipts']>): string =>
      chain.fork().send('alice', 'record.anchor', { ...body, receipts });
    expect(send(chain.receipts(maria, headers))).toBe('ok');
    expect(send(chain.receipts(maria, headers.toReversed()))).toBe('receipt-invalid');
    expect(send(chain.receipts(person('tom').id, headers))).toBe('receipt-invalid');
    expect(send(new Consortium(genesisOf('another')).receipts(maria, headers))).toBe('receipt-invalid');
    const outsider = person('mallory');
    const forged = signTagged(
      backend,
      DOMAIN.receipt,
      storedHashOf(chain.chainId, maria, headers),
      outsider.sign.secretKey,
    );
    const [first] = chain.receipts(maria, headers);
    if (first === undefined) throw new Error('no receipt');
    expect(send([first, { node: outsider.id, signature: forged }])).toBe('receipt-invalid');
    expect(send([first, { node: node('south').id, signature: forged }])).toBe('receipt-invalid');
  });
});
