import { describe, expect, test } from 'vitest';
import { encode } from '#crypto';
import {
  GUARDIANS_MAX,
  GUARDIANSHIP_LIFETIME_MS_MAX,
  readCount,
  readGuardians,
  stateKeys,
} from '#consensus/ledger';
import { DAY_MS, id32, link, person, recordId, standardConsortium } from './consortium.ts';
import type { Consortium } from './consortium.ts';

const maria = person('maria').id;
const pair = (guardian = 'gwen') => ({ patient: maria, guardian: person(guardian).id });
const proposal = (chain: Consortium, guardian = 'gwen', days = 300) => ({
  ...pair(guardian),
  untilMs: chain.timeMs + days * DAY_MS,
  reason: link('sealed reason'),
});

function proposed(): Consortium {
  const chain = standardConsortium();
  chain.admit('gwen', 'patient', 'east');
  chain.must('north-admin-1', 'guardianship.create', proposal(chain));
  return chain;
}

function confirmed(): Consortium {
  const chain = proposed();
  chain.must('north-admin-2', 'guardianship.confirm', pair());
  return chain;
}

describe('guardianship', () => {
  test('gives no right before a second administrator confirms it', () => {
    const chain = proposed();
    expect(chain.send('gwen', 'grant.create', chain.grant('maria', 'bob', 2))).toBe('not-permitted');
    expect(chain.send('north-admin-1', 'guardianship.confirm', pair())).toBe('already-decided-by-sender');
    expect(chain.send('east-admin-1', 'guardianship.confirm', pair())).toBe('other-institution');
    chain.must('north-admin-2', 'guardianship.confirm', pair());
    expect(chain.send('gwen', 'grant.create', chain.grant('maria', 'bob', 2))).toBe('ok');
    expect(chain.send('north-admin-2', 'guardianship.confirm', pair())).toBe('wrong-status');
  });

  test('is not confirmed for an administrator who lost the office since, until another proposes it', () => {
    const chain = proposed();
    chain.admit('north-admin-3', 'administrator', 'north');
    chain.must('north-admin-3', 'person.suspend', { person: person('north-admin-1').id, reason: null });
    expect(chain.send('north-admin-2', 'guardianship.confirm', pair())).toBe('person-not-active');
    chain.must('north-admin-2', 'guardianship.end', pair());
    chain.must('north-admin-2', 'guardianship.create', proposal(chain));
    expect(chain.send('north-admin-3', 'guardianship.confirm', pair())).toBe('ok');
  });

  test('lets the guardian act for the patient, and the patient as before', () => {
    const chain = confirmed();
    chain.must('north-admin-1', 'assignment.create', { patient: maria, doctor: person('carol').id });
    chain.must('gwen', 'assignment.accept', { patient: maria, doctor: person('carol').id });
    chain.must('gwen', 'keyring.update', {
      patient: maria,
      entries: [{ recipient: person('gwen').id, box: link('k') }],
    });
    chain.must('gwen', 'emergency.share', chain.deposit('maria'));
    chain.must('gwen', 'emergency.unshare', { patient: maria });
    chain.must('gwen', 'assignment.end', { patient: maria, doctor: person('carol').id });
    chain.must('gwen', 'record.erase', { patient: maria, records: [recordId('r1')] });
    chain.must('maria', 'record.erase', { patient: maria, records: [recordId('r2')] });
    expect(chain.send('gwen', 'record.erase', { patient: person('tom').id, records: [recordId('t1')] })).toBe(
      'not-permitted',
    );
  });

  test('ends by block time', () => {
    const chain = confirmed();
    const untilMs = readGuardians(chain.get, maria, chain.timeMs).length;
    expect(untilMs).toBe(1);
    chain.timeMs += 300 * DAY_MS;
    expect(chain.send('gwen', 'emergency.share', chain.deposit('maria'))).toBe('not-permitted');
    expect(chain.send('north-admin-1', 'guardianship.create', proposal(chain))).toBe('ok');
    expect(readCount(chain.get, 'wards-of', person('gwen').id)).toBe(1);
  });

  test('a proposal that nobody confirmed in its time is void', () => {
    const chain = proposed();
    chain.timeMs += 300 * DAY_MS;
    expect(chain.send('north-admin-2', 'guardianship.confirm', pair())).toBe('expiry-wrong');
  });

  test('the patient can object while it is proposed, and not later; guardian and home can always end it', () => {
    const objected = proposed();
    objected.must('maria', 'guardianship.end', pair());
    expect(objected.send('north-admin-2', 'guardianship.confirm', pair())).toBe('wrong-status');
    expect(objected.send('north-admin-2', 'guardianship.end', pair())).toBe('wrong-status');
    expect(confirmed().send('maria', 'guardianship.end', pair())).toBe('not-permitted');
    expect(confirmed().send('tom', 'guardianship.end', pair())).toBe('not-permitted');
    expect(confirmed().send('east-admin-1', 'guardianship.end', pair())).toBe('other-institution');
    for (const name of ['gwen', 'north-admin-1']) {
      const chain = confirmed();
      chain.must(name, 'guardianship.end', pair());
      expect(chain.send('gwen', 'emergency.share', chain.deposit('maria'))).toBe('not-permitted');
    }
  });

  test('a suspended guardian acts for nobody', () => {
    const chain = confirmed();
    chain.must('east-admin-1', 'person.suspend', { person: person('gwen').id, reason: null });
    expect(chain.send('gwen', 'emergency.share', chain.deposit('maria'))).toBe('sender-not-active');
  });

  test('refuses who is no patient, the ward herself, who is not active, twice, and times that do not fit', () => {
    const chain = proposed();
    const create = (guardian: string, days = 300): string =>
      chain.send('north-admin-1', 'guardianship.create', proposal(chain, guardian, days));
    expect(create('alice')).toBe('guardian-not-allowed');
    expect(create('gateway')).toBe('guardian-not-allowed');
    expect(create('maria')).toBe('guardian-not-allowed');
    expect(create('nobody')).toBe('person-unknown');
    expect(create('gwen')).toBe('guardianship-exists');
    expect(create('tom', 0)).toBe('expiry-wrong');
    expect(create('tom', GUARDIANSHIP_LIFETIME_MS_MAX / DAY_MS + 1)).toBe('expiry-wrong');
    chain.register('pia', 'patient', 'north');
    expect(create('pia')).toBe('person-not-active');
    const of = (patient: Uint8Array): string =>
      chain.send('north-admin-1', 'guardianship.create', { ...proposal(chain, 'tom'), patient });
    expect(of(person('alice').id)).toBe('not-a-patient');
    expect(of(id32('nobody'))).toBe('person-unknown');
    expect(of(person('tom').id)).toBe('other-institution');
    expect(of(person('pia').id)).toBe('person-not-active');
    for (const kind of ['guardianship.confirm', 'guardianship.end'] as const) {
      expect(chain.send('north-admin-2', kind, pair('tom'))).toBe('guardianship-unknown');
    }
  });

  test('is bounded for one patient', () => {
    const chain = standardConsortium();
    const past = Array.from({ length: GUARDIANS_MAX }, (_, i) => ({
      guardian: id32(`guardian ${i}`),
      status: 'ended',
      untilMs: 1,
      reason: null,
      createdBy: id32('admin'),
      confirmedBy: null,
      changedHeight: 1,
    }));
    chain.state = chain.state.with([[stateKeys.guardians(maria), encode([past])]]);
    expect(chain.send('north-admin-1', 'guardianship.create', proposal(chain, 'tom'))).toBe(
      'too-many-guardians',
    );
  });
});
