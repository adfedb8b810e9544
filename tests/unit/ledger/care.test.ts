import { describe, expect, test } from 'vitest';
import {
  KEYRING_ENTRIES_MAX,
  KEYRING_PLACES,
  readAssignment,
  readAssignmentRequest,
  readAudit,
  readAuditCount,
  readCount,
  readCustodians,
  readItem,
  readKeyring,
} from '#consensus/ledger';
import { link, node, person, standardConsortium } from './consortium.ts';
import type { Consortium } from './consortium.ts';

const pair = (patient: string, doctor: string) => ({
  patient: person(patient).id,
  doctor: person(doctor).id,
});

describe('assignments', () => {
  test('the doctor, the patient or her guardian asks; the home proposes; only consent makes a custodian', () => {
    for (const asking of ['carol', 'maria']) {
      const chain = standardConsortium();
      const hash = chain.must(asking, 'assignment.request', pair('maria', 'carol'));
      const asked = readAssignmentRequest(chain.get, hash);
      expect(asked).toMatchObject({ by: person(asking).id, ...pair('maria', 'carol') });
      expect(readItem(chain.get, 'assignment-requests-at', node('north').id, 0)).toEqual(hash);
      expect(chain.send('maria', 'assignment.accept', pair('maria', 'carol'))).toBe('wrong-status');
      expect(chain.send('carol', 'grant.create', chain.grant('maria', 'bob', 2))).toBe('not-permitted');
      chain.must('north-admin-1', 'assignment.create', pair('maria', 'carol'));
      expect(chain.send('carol', 'grant.create', chain.grant('maria', 'bob', 2))).toBe('not-permitted');
      chain.must('maria', 'assignment.accept', pair('maria', 'carol'));
      expect(readCustodians(chain.get, person('maria').id)).toContainEqual(person('carol').id);
      expect(readCount(chain.get, 'patients-of', person('carol').id)).toBe(1);
    }
  });

  test('nobody asks for another, twice, or over a running assignment; a request can be turned down and made anew', () => {
    const chain = standardConsortium();
    const ask = (by: string, patient: string, doctor: string): string =>
      chain.send(by, 'assignment.request', pair(patient, doctor));
    expect(ask('carol', 'maria', 'bob')).toBe('not-permitted');
    expect(ask('tom', 'maria', 'bob')).toBe('not-permitted');
    expect(ask('north-admin-1', 'maria', 'bob')).toBe('role-not-allowed');
    expect(ask('gateway', 'maria', 'bob')).toBe('role-not-allowed');
    expect(ask('maria', 'maria', 'rita')).toBe('not-a-doctor');
    expect(ask('alice', 'maria', 'alice')).toBe('assignment-exists');
    expect(ask('bob', 'maria', 'bob')).toBe('ok');
    expect(ask('maria', 'maria', 'bob')).toBe('assignment-exists');
    expect(chain.send('east-admin-1', 'assignment.create', pair('maria', 'bob'))).toBe('other-institution');
    expect(chain.send('east-admin-1', 'assignment.end', pair('maria', 'bob'))).toBe('other-institution');
    chain.must('north-admin-1', 'assignment.end', pair('maria', 'bob'));
    expect(chain.send('maria', 'assignment.accept', pair('maria', 'bob'))).toBe('wrong-status');
    expect(ask('maria', 'maria', 'bob')).toBe('ok');
    expect(readCount(chain.get, 'assignments-of', person('maria').id)).toBe(2);
    const lines = readAuditCount(chain.get, person('maria').id);
    expect(readAudit(chain.get, person('maria').id, lines - 1)).toMatchObject({
      kind: 'assignment.request',
      subject: person('bob').id,
    });
  });

  test('a proposal gives no right until the patient accepts', () => {
    const chain = standardConsortium();
    chain.must('north-admin-1', 'assignment.create', pair('maria', 'carol'));
    expect(chain.send('carol', 'grant.create', chain.grant('maria', 'bob', 2))).toBe('not-permitted');
    expect(chain.send('carol', 'assignment.accept', pair('maria', 'carol'))).toBe('role-not-allowed');
    chain.must('maria', 'assignment.accept', pair('maria', 'carol'));
    expect(chain.send('carol', 'grant.create', chain.grant('maria', 'bob', 2))).toBe('ok');
    expect(readCustodians(chain.get, person('maria').id)).toEqual([person('alice').id, person('carol').id]);
  });

  test('an ended assignment takes the right away at once, and can be made anew', () => {
    const chain = standardConsortium();
    const banked = chain.sign('alice', 'grant.create', chain.grant('maria', 'bob', 2));
    chain.must('maria', 'assignment.end', pair('maria', 'alice'));
    expect(chain.apply(banked)).toBe('not-permitted');
    expect(chain.send('maria', 'assignment.accept', pair('maria', 'alice'))).toBe('wrong-status');
    chain.must('north-admin-1', 'assignment.create', pair('maria', 'alice'));
    chain.must('maria', 'assignment.accept', pair('maria', 'alice'));
    expect(chain.send('alice', 'grant.create', chain.grant('maria', 'bob', 2))).toBe('ok');
    expect(readCount(chain.get, 'assignments-of', person('maria').id)).toBe(1);
  });

  test('refuses an assignment twice, of no doctor, of no patient, of who is not active', () => {
    const chain = standardConsortium();
    const create = (patient: string, doctor: string): string =>
      chain.send('north-admin-1', 'assignment.create', pair(patient, doctor));
    expect(create('maria', 'alice')).toBe('assignment-exists');
    expect(create('maria', 'rita')).toBe('not-a-doctor');
    expect(create('maria', 'nobody')).toBe('person-unknown');
    expect(create('nobody', 'alice')).toBe('person-unknown');
    expect(create('carol', 'alice')).toBe('not-a-patient');
    chain.register('dora', 'doctor', 'north');
    expect(create('maria', 'dora')).toBe('person-not-active');
    chain.register('pia', 'patient', 'north');
    expect(create('pia', 'alice')).toBe('person-not-active');
  });

  test('a doctor suspended after the proposal is not accepted', () => {
    const chain = standardConsortium();
    chain.must('north-admin-1', 'assignment.create', pair('maria', 'carol'));
    chain.must('north-admin-1', 'person.suspend', { person: person('carol').id, reason: null });
    expect(chain.send('maria', 'assignment.accept', pair('maria', 'carol'))).toBe('person-not-active');
  });

  test('what was never proposed can be neither accepted nor ended', () => {
    const chain = standardConsortium();
    expect(chain.send('maria', 'assignment.accept', pair('maria', 'bob'))).toBe('assignment-unknown');
    expect(chain.send('maria', 'assignment.end', pair('maria', 'bob'))).toBe('assignment-unknown');
    chain.must('maria', 'assignment.end', pair('maria', 'alice'));
    expect(chain.send('maria', 'assignment.end', pair('maria', 'alice'))).toBe('wrong-status');
    expect(readAssignment(chain.get, person('maria').id, person('alice').id)?.status).toBe('ended');
  });

  test('custodians are bounded', () => {
    const chain = standardConsortium();
    for (let i = 1; i < 32; i++) {
      chain.admit(`doctor ${i}`, 'doctor', 'north');
      chain.assign('maria', `doctor ${i}`, 'north');
    }
    chain.must('north-admin-1', 'assignment.create', pair('maria', 'carol'));
    expect(chain.send('maria', 'assignment.accept', pair('maria', 'carol'))).toBe('too-many-custodians');
  });
});

describe('keyring', () => {
  const update = (recipients: string[], patient = 'maria') => ({
    patient: person(patient).id,
    entries: recipients.map((name) => ({ recipient: person(name).id, box: link(`box for ${name}`) })),
  });

  /** Who sealed what lies in the recipient's three places. */
  const placesOf = (chain: Consortium, recipient: string): (string | undefined)[] =>
    KEYRING_PLACES.map((place) => {
      const by = readKeyring(chain.get, person('maria').id, person(recipient).id, place)?.by;
      return ['maria', 'alice', 'carol'].find((name) => by?.join() === person(name).id.join());
    });

  test('carries keys to the patient, custodians and devices, and the newest entry counts', () => {
    const chain = standardConsortium();
    chain.must('maria', 'keyring.update', { ...update(['maria', 'alice', 'gateway']), kitSerial: 1 });
    expect(placesOf(chain, 'alice')).toEqual([undefined, 'maria', undefined]);
    expect(placesOf(chain, 'nobody')).toEqual([undefined, undefined, undefined]);
    const [maria, gateway] = [person('maria').id, person('gateway').id];
    expect(readKeyring(chain.get, maria, gateway, 'patient')).toMatchObject({ kitSerial: 1 });
    expect(readKeyring(chain.get, person('tom').id, gateway, 'patient')).toBeUndefined();
  });

  test('nobody writes over what a recipient sealed to herself, and no custodian over the patient’s', () => {
    const chain = standardConsortium();
    const all = ['maria', 'alice', 'gateway'];
    chain.must('maria', 'keyring.update', update(all));
    const before = all.map((name) => placesOf(chain, name));
    expect(before).toEqual([
      ['maria', undefined, undefined],
      [undefined, 'maria', undefined],
      [undefined, 'maria', undefined],
    ]);
    chain.must('alice', 'keyring.update', update(all));
    expect(all.map((name) => placesOf(chain, name))).toEqual([
      ['maria', undefined, 'alice'],
      ['alice', 'maria', undefined],
      [undefined, 'maria', 'alice'],
    ]);
    // A second custodian replaces what the first sealed to others, never what is theirs.
    chain.assign('maria', 'carol', 'north');
    chain.must('carol', 'keyring.update', update([...all, 'carol']));
    expect([...all, 'carol'].map((name) => placesOf(chain, name))).toEqual([
      ['maria', undefined, 'carol'],
      ['alice', 'maria', 'carol'],
      [undefined, 'maria', 'carol'],
      ['carol', undefined, undefined],
    ]);
  });

  test.each(['bob', 'carol', 'rita', 'tom', 'nobody', 'north-admin-1'])('never to %s', (name) => {
    expect(standardConsortium().send('maria', 'keyring.update', update(['alice', name]))).toBe(
      'recipient-not-allowed',
    );
  });

  test('never to a revoked device or a suspended custodian', () => {
    const chain = standardConsortium();
    chain.must('maria', 'device.revoke', { device: person('gateway').id });
    expect(chain.send('maria', 'keyring.update', update(['gateway']))).toBe('recipient-not-allowed');
    chain.must('north-admin-1', 'person.suspend', { person: person('alice').id, reason: null });
    expect(chain.send('maria', 'keyring.update', update(['alice']))).toBe('recipient-not-allowed');
  });

  test('each recipient once, and no more than the bound', () => {
    const chain = standardConsortium();
    expect(chain.send('maria', 'keyring.update', update(['alice', 'alice']))).toBe('duplicate');
    const many = update(Array.from({ length: KEYRING_ENTRIES_MAX + 1 }, () => 'alice'));
    expect(chain.send('maria', 'keyring.update', many)).toBe('malformed');
    expect(chain.send('maria', 'keyring.update', update([]))).toBe('malformed');
  });

  test('every update is in the audit list of the patient', () => {
    const chain = standardConsortium();
    const before = readAuditCount(chain.get, person('maria').id);
    chain.must('alice', 'keyring.update', update(['maria']));
    expect(readAudit(chain.get, person('maria').id, before)).toMatchObject({
      kind: 'keyring.update',
      actor: person('alice').id,
    });
  });
});
