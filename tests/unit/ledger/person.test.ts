import { describe, expect, test } from 'vitest';
import {
  RECOVERY_WINDOW_MS,
  readAudit,
  readAuditCount,
  readCount,
  readItem,
  readNonce,
  readPerson,
} from '#consensus/ledger';
import { Consortium, genesisOf, node, person, standardConsortium } from './consortium.ts';

const decision = (name: string) => ({ person: person(name).id, reason: null });

describe('registration and approval', () => {
  test('an applicant can do nothing until the home institution approves', () => {
    const chain = new Consortium();
    chain.register('maria', 'patient', 'north');
    expect(chain.send('maria', 'device.enrol', chain.device('maria', 'gateway'))).toBe('sender-not-active');
    expect(chain.send('north-admin-1', 'person.approve', decision('maria'))).toBe('ok');
    expect(chain.send('maria', 'device.enrol', chain.device('maria', 'gateway'))).toBe('ok');
  });

  test('a refused applicant stays out for good', () => {
    const chain = new Consortium();
    chain.register('mallory', 'doctor', 'north');
    expect(chain.send('north-admin-1', 'person.refuse', decision('mallory'))).toBe('ok');
    expect(chain.send('north-admin-2', 'person.approve', decision('mallory'))).toBe('wrong-status');
    expect(chain.send('mallory', 'grant.revoke', { grant: person('x').id })).toBe('sender-not-active');
    const again = {
      role: 'doctor',
      home: node('north').id,
      keys: person('mallory').publicKeys,
      profile: null,
    } as const;
    expect(chain.send('mallory', 'person.register', again, { nonce: 0 })).toBe('nonce-used');
    expect(chain.send('mallory', 'person.register', again, { nonce: 1 })).toBe('already-registered');
  });

  test.each(['doctor', 'administrator'] as const)('a %s needs two different administrators', (role) => {
    const chain = new Consortium();
    chain.register('alice', role, 'north');
    expect(chain.send('north-admin-1', 'person.approve', decision('alice'))).toBe('ok');
    expect(readPerson(chain.get, person('alice').id)?.status).toBe('pending');
    expect(chain.send('north-admin-1', 'person.approve', decision('alice'))).toBe(
      'already-decided-by-sender',
    );
    expect(chain.send('east-admin-1', 'person.approve', decision('alice'))).toBe('other-institution');
    expect(chain.send('north-admin-2', 'person.approve', decision('alice'))).toBe('ok');
    expect(readPerson(chain.get, person('alice').id)?.status).toBe('active');
  });

  test('what an administrator approved counts no longer than the office, of applicants and of who comes back', () => {
    const chain = new Consortium();
    chain.admit('north-admin-3', 'administrator', 'north');
    chain.admit('alice', 'doctor', 'north');
    chain.register('mallory', 'doctor', 'north');
    chain.must('north-admin-2', 'person.suspend', decision('alice'));
    chain.must('north-admin-1', 'person.approve', decision('mallory'));
    chain.must('north-admin-1', 'person.reinstate', decision('alice'));
    chain.must('north-admin-3', 'person.suspend', decision('north-admin-1'));
    chain.must('north-admin-2', 'person.approve', decision('mallory'));
    chain.must('north-admin-2', 'person.reinstate', decision('alice'));
    expect(readPerson(chain.get, person('mallory').id)?.status).toBe('pending');
    expect(readPerson(chain.get, person('alice').id)?.status).toBe('suspended');
    chain.must('north-admin-3', 'person.approve', decision('mallory'));
    chain.must('north-admin-3', 'person.reinstate', decision('alice'));
    expect(readPerson(chain.get, person('mallory').id)?.status).toBe('active');
    expect(readPerson(chain.get, person('alice').id)?.status).toBe('active');
  });

  test('one administrator suspends, two bring a doctor back', () => {
    const chain = standardConsortium();
    expect(chain.send('north-admin-1', 'person.suspend', decision('alice'))).toBe('ok');
    expect(chain.send('alice', 'grant.create', chain.grant('maria', 'bob', 9))).toBe('sender-not-active');
    expect(chain.send('north-admin-1', 'person.reinstate', decision('alice'))).toBe('ok');
    expect(chain.send('alice', 'grant.create', chain.grant('maria', 'bob', 9))).toBe('sender-not-active');
    expect(chain.send('north-admin-1', 'person.reinstate', decision('alice'))).toBe(
      'already-decided-by-sender',
    );
    expect(chain.send('north-admin-2', 'person.reinstate', decision('alice'))).toBe('ok');
    expect(chain.send('alice', 'grant.create', chain.grant('maria', 'bob', 9))).toBe('ok');
  });

  test.each([
    ['person.approve', 'active'],
    ['person.refuse', 'active'],
    ['person.reinstate', 'active'],
  ] as const)('%s of a person who is %s is refused', (kind, status) => {
    const chain = standardConsortium();
    expect(readPerson(chain.get, person('maria').id)?.status).toBe(status);
    expect(chain.send('north-admin-1', kind, decision('maria'))).toBe('wrong-status');
  });

  test('nobody decides on herself, on strangers or on devices', () => {
    const chain = standardConsortium();
    expect(chain.send('north-admin-1', 'person.suspend', decision('north-admin-1'))).toBe('own-case');
    expect(chain.send('north-admin-1', 'person.suspend', decision('nobody'))).toBe('person-unknown');
    expect(chain.send('north-admin-1', 'person.suspend', decision('gateway'))).toBe('person-unknown');
    expect(chain.send('north-admin-1', 'person.suspend', decision('tom'))).toBe('other-institution');
  });

  test('registration needs an institution, its own id and proven keys', () => {
    const chain = new Consortium();
    const body = {
      role: 'patient',
      home: node('north').id,
      keys: person('maria').publicKeys,
      profile: null,
    } as const;
    expect(chain.send('maria', 'person.register', { ...body, home: person('maria').id })).toBe(
      'institution-unknown',
    );
    expect(chain.send('tom', 'person.register', body)).toBe('sender-not-keys');
    const stolen = { ...body.keys, possession: person('tom').publicKeys.possession };
    expect(chain.send('maria', 'person.register', { ...body, keys: stolen })).toBe('keys-invalid');
    expect(chain.send('maria', 'person.register', body, { nonce: 1 })).toBe('nonce-ahead');
    expect(chain.send('maria', 'person.register', body)).toBe('ok');
    expect(readNonce(chain.get, person('maria').id)).toBe(1);
  });

  test('the list of open applications has no gaps, whoever is decided first', () => {
    const chain = new Consortium();
    const names = ['p1', 'p2', 'p3', 'p4'];
    for (const name of names) chain.register(name, 'patient', 'north');
    const open = (): string[] => {
      const count = readCount(chain.get, 'pending-at', node('north').id);
      const ids = Array.from({ length: count }, (_, i) =>
        readItem(chain.get, 'pending-at', node('north').id, i),
      );
      expect(readItem(chain.get, 'pending-at', node('north').id, count)).toBeUndefined();
      return ids
        .map((id) => names.find((name) => person(name).id.join() === id?.join()) ?? 'unknown')
        .toSorted();
    };
    expect(open()).toEqual(names);
    chain.must('north-admin-1', 'person.approve', decision('p2'));
    expect(open()).toEqual(['p1', 'p3', 'p4']);
    chain.must('north-admin-1', 'person.refuse', decision('p4'));
    expect(open()).toEqual(['p1', 'p3']);
    chain.must('north-admin-1', 'person.approve', decision('p1'));
    chain.must('north-admin-1', 'person.approve', decision('p3'));
    expect(open()).toEqual([]);
  });

  test('decisions about a patient are in the audit list, with who and when', () => {
    const chain = new Consortium();
    chain.admit('maria', 'patient', 'north');
    expect(readAuditCount(chain.get, person('maria').id)).toBe(2);
    const line = readAudit(chain.get, person('maria').id, 1);
    expect(line).toMatchObject({ kind: 'person.approve', height: 2, actor: person('north-admin-1').id });
    expect(readAudit(chain.get, person('maria').id, 2)).toBeUndefined();
  });
});

describe('devices', () => {
  test('a revoked device anchors no more and does not come back', () => {
    const chain = standardConsortium();
    const body = chain.anchor('gateway', 'maria', { r9: [] });
    const early = chain.sign('gateway', 'record.anchor', body);
    chain.must('maria', 'device.revoke', { device: person('gateway').id });
    expect(chain.apply(early)).toBe('sender-not-active');
    expect(chain.send('maria', 'device.revoke', { device: person('gateway').id })).toBe('wrong-status');
    expect(chain.send('maria', 'device.enrol', chain.device('maria', 'gateway'))).toBe('already-registered');
  });

  test('only the own device can be revoked, and only a device', () => {
    const chain = standardConsortium();
    expect(chain.send('tom', 'device.revoke', { device: person('gateway').id })).toBe('other-patient');
    expect(chain.send('maria', 'device.revoke', { device: person('alice').id })).toBe('device-unknown');
  });

  test('nobody enrols keys that are not in his hands: those of an applicant, of a recovery, of another patient’s device', () => {
    const chain = standardConsortium();
    const victim = person('newcomer');
    const copied = { ...chain.device('tom', 'of tom'), keys: victim.publicKeys };
    expect(chain.send('tom', 'device.enrol', copied)).toBe('keys-invalid');
    // A true consent, but to another patient, or of another chain.
    expect(chain.send('tom', 'device.enrol', chain.device('maria', 'newcomer'))).toBe('keys-invalid');
    const other = new Consortium(genesisOf('another')).device('tom', 'newcomer');
    expect(chain.send('tom', 'device.enrol', other)).toBe('keys-invalid');
    // What the keys of a recovery have signed is no consent to be a device.
    const change = chain.keyChange('maria', 'maria after');
    chain.must('north-admin-1', 'recovery.start', { person: person('maria').id, ...change });
    expect(chain.send('tom', 'device.enrol', change)).toBe('keys-invalid');
    expect(chain.send('maria', 'device.enrol', change)).toBe('keys-invalid');
    chain.timeMs += RECOVERY_WINDOW_MS;
    chain.must('north-admin-2', 'recovery.finish', { person: person('maria').id });
    chain.register('newcomer', 'patient', 'north');
  });

  test('a device cannot be enrolled under keys that nobody proved, nor under a person', () => {
    const chain = standardConsortium();
    const forged = { ...person('watch').publicKeys, possession: person('tom').publicKeys.possession };
    expect(chain.send('maria', 'device.enrol', { ...chain.device('maria', 'watch'), keys: forged })).toBe(
      'keys-invalid',
    );
    expect(chain.send('maria', 'device.enrol', chain.device('maria', 'tom'))).toBe('already-registered');
  });
});
