import { describe, expect, test } from 'vitest';
import { grantIdOf } from '#crypto';
import {
  ERASE_RECORDS_MAX,
  KIT_GRACE_HEIGHTS,
  readAudit,
  readAuditCount,
  readIdentified,
  readIndex,
  readKitSerial,
  readRecord,
} from '#consensus/ledger';
import { id32, link, node, person, recordId, standardConsortium, tag16 } from './consortium.ts';
import type { Consortium } from './consortium.ts';

const maria = person('maria').id;
const GRANT = grantIdOf(person('alice').id, maria, new Uint8Array(16).fill(1));
const erase = (...names: string[]) => ({ patient: maria, records: names.map((name) => recordId(name)) });

describe('erasure', () => {
  test('leaves a tombstone: the record stays counted and found, and is never asked for again', () => {
    const chain = standardConsortium();
    const request = (name: string) => ({
      grant: GRANT,
      items: [{ record: recordId(name), slot: 0, rekey: 0 }],
      purpose: id32('purpose'),
    });
    const banked = chain.sign('bob', 'access.request', request('r1'));
    chain.must('maria', 'record.erase', erase('r1'));
    expect(readRecord(chain.get, recordId('r1'))).toMatchObject({ erasedHeight: chain.height });
    expect(readIndex(chain.get, maria, person('alice').id, tag16('a'))).toEqual(recordId('r1'));
    expect(chain.apply(banked)).toBe('record-erased');
    expect(chain.send('bob', 'access.request', request('r2'))).toBe('ok');
    const line = readAudit(chain.get, maria, readAuditCount(chain.get, maria) - 2);
    expect(line).toMatchObject({ kind: 'record.erase', actor: maria, records: [recordId('r1')] });
  });

  test('an erased record is amended no more, and its id and header stay taken', () => {
    const chain = standardConsortium();
    chain.must('maria', 'record.erase', erase('r1'));
    const body = chain.anchor('alice', 'maria', { r9: [] });
    const amending = { ...body, records: body.records.map((one) => ({ ...one, previous: recordId('r1') })) };
    expect(chain.send('alice', 'record.anchor', amending)).toBe('record-erased');
    expect(chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r1: [] }))).toBe(
      'record-exists',
    );
  });

  test('what was opened before may still be reported', () => {
    const chain = standardConsortium();
    chain.must('maria', 'record.erase', erase('r1'));
    const report = { ...erase('r1'), action: 'open' } as const;
    expect(chain.send('alice', 'access.report', report)).toBe('ok');
  });

  test('only by the patient’s side, of her own records, each once, all or none', () => {
    const chain = standardConsortium();
    expect(chain.send('tom', 'record.erase', erase('r1'))).toBe('not-permitted');
    expect(chain.send('alice', 'record.erase', erase('r1'))).toBe('role-not-allowed');
    expect(chain.send('maria', 'record.erase', erase('r1', 'r1'))).toBe('duplicate');
    expect(chain.send('maria', 'record.erase', erase('r1', 't1'))).toBe('other-patient');
    expect(chain.send('maria', 'record.erase', erase('r1', 'none'))).toBe('record-unknown');
    expect(chain.send('maria', 'record.erase', erase())).toBe('malformed');
    const many = Array.from({ length: ERASE_RECORDS_MAX + 1 }, () => 'r1');
    expect(chain.send('maria', 'record.erase', erase(...many))).toBe('malformed');
    expect(readRecord(chain.get, recordId('r1'))?.erasedHeight).toBeNull();
    const { id } = person('alice');
    expect(chain.send('maria', 'record.erase', { ...erase('r1'), patient: id })).toBe('not-a-patient');
    expect(chain.send('maria', 'record.erase', { ...erase('r1'), patient: id32('x') })).toBe(
      'person-unknown',
    );
    chain.must('maria', 'record.erase', erase('r1'));
    expect(chain.send('maria', 'record.erase', erase('r1'))).toBe('record-erased');
  });
});

describe('writer kits', () => {
  const renew = (chain: Consortium, kitSerial: number, by = 'maria'): string =>
    chain.send(by, 'keyring.update', {
      patient: maria,
      entries: [{ recipient: maria, box: link('box') }],
      kitSerial,
    });
  const anchor = (chain: Consortium, name: string, kitSerial: number): string =>
    chain.send('gateway', 'record.anchor', {
      ...chain.anchor('gateway', 'maria', { [name]: [] }),
      kitSerial,
    });

  test('the serial goes up by one at a time and never down', () => {
    const chain = standardConsortium();
    expect(renew(chain, 2)).toBe('kit-serial-wrong');
    expect(renew(chain, 0)).toBe('ok');
    expect(renew(chain, 1)).toBe('ok');
    expect(renew(chain, 1, 'alice')).toBe('ok');
    expect(renew(chain, 0)).toBe('kit-serial-wrong');
    expect(renew(chain, 3)).toBe('kit-serial-wrong');
    expect(readKitSerial(chain.get, maria)).toBe(1);
    expect(readKitSerial(chain.get, person('tom').id)).toBe(0);
  });

  test('a superseded one is good for the grace and not a block longer', () => {
    const chain = standardConsortium();
    expect(anchor(chain, 'ahead', 1)).toBe('kit-serial-wrong');
    renew(chain, 1);
    const superseded = chain.height;
    const at = (height: number, serial: number): string => {
      const copy = chain.fork();
      copy.height = height - 1;
      return anchor(copy, 'late', serial);
    };
    expect(at(superseded + 1, 0)).toBe('ok');
    expect(at(superseded + KIT_GRACE_HEIGHTS, 0)).toBe('ok');
    expect(at(superseded + KIT_GRACE_HEIGHTS + 1, 0)).toBe('kit-superseded');
    expect(at(superseded + KIT_GRACE_HEIGHTS + 1, 1)).toBe('ok');
    // The grace of a serial counts from its own end, whatever came after.
    renew(chain, 2);
    expect(at(superseded + KIT_GRACE_HEIGHTS, 0)).toBe('ok');
    expect(at(superseded + KIT_GRACE_HEIGHTS + 1, 1)).toBe('ok');
  });

  test('an anchor without a serial is of an older format', () => {
    const chain = standardConsortium();
    const { kitSerial, ...rest } = chain.anchor('gateway', 'maria', { r9: [] });
    expect(kitSerial).toBe(0);
    expect(chain.send('gateway', 'record.anchor', rest as typeof rest & { kitSerial: number })).toBe(
      'malformed',
    );
  });
});

describe('identifiers of patients', () => {
  const approve = (chain: Consortium, name: string, identifier: Uint8Array, home = 'north'): string =>
    chain.send(`${home}-admin-1`, 'person.approve', {
      person: person(name).id,
      reason: null,
      identifiers: [identifier],
    });

  test('a second registration of the same human is found at home, whatever became of the first', () => {
    const chain = standardConsortium();
    for (const name of ['pia', 'pia again']) chain.register(name, 'patient', 'north');
    expect(approve(chain, 'pia', id32('keyed hash'))).toBe('ok');
    expect(readIdentified(chain.get, node('north').id, id32('keyed hash'))).toEqual(person('pia').id);
    chain.must('north-admin-1', 'person.suspend', { person: person('pia').id, reason: null });
    expect(approve(chain, 'pia again', id32('keyed hash'))).toBe('identifier-taken');
    expect(approve(chain, 'pia again', id32('another'))).toBe('ok');
  });

  test('another institution’s hashes are its own', () => {
    const chain = standardConsortium();
    chain.register('pia', 'patient', 'north');
    chain.register('pia in the east', 'patient', 'east');
    expect(approve(chain, 'pia', id32('keyed hash'))).toBe('ok');
    expect(approve(chain, 'pia in the east', id32('keyed hash'), 'east')).toBe('ok');
  });

  test('only patients have one', () => {
    const chain = standardConsortium();
    chain.register('dora', 'doctor', 'north');
    expect(approve(chain, 'dora', id32('keyed hash'))).toBe('identifier-not-allowed');
    expect(approve(chain, 'dora', new Uint8Array(31))).toBe('malformed');
  });
});
