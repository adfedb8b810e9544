import { expect, test } from 'vitest';
import {
  readNonce,
  readPerson,
  readRecoverable,
  readRecoverySharing,
  signKeyChange,
  signTransaction,
} from '#consensus/ledger';
import { backend, DAY_MS, person, standardConsortium } from './consortium.ts';
import type { Consortium } from './consortium.ts';

const maria = person('maria').id;

/** Maria has made a deposit, and an administrator has started a recovery for her. */
function started(): Consortium {
  const chain = standardConsortium();
  chain.must('maria', 'recovery.share', chain.recoveryDeposit('maria'));
  const body = { person: maria, ...chain.keyChange('maria', 'maria on a new phone') };
  chain.must('north-admin-1', 'recovery.start', body);
  return chain;
}

const isReleasable = (chain: Consortium): boolean => readRecoverable(chain.get, maria) !== undefined;

function finished(): Consortium {
  const chain = started();
  chain.timeMs += 7 * DAY_MS;
  chain.must('north-admin-2', 'recovery.finish', { person: maria });
  return chain;
}

test('a deposit for a recovery is made by oneself alone, and another takes its place', () => {
  const chain = standardConsortium();
  expect(chain.send('alice', 'recovery.share', chain.recoveryDeposit('maria'))).toBe('not-permitted');
  expect(chain.send('maria', 'recovery.unshare', {})).toBe('sharing-off');
  chain.must('maria', 'recovery.share', chain.recoveryDeposit('maria'));
  expect(chain.send('maria', 'recovery.share', chain.recoveryDeposit('maria'))).toBe('sharing-exists');
  // Nor may it share an id with what is there for emergencies.
  expect(chain.send('maria', 'emergency.share', chain.deposit('maria', 2))).toBe('ok');
  expect(chain.send('maria', 'recovery.share', chain.recoveryDeposit('maria', 2))).toBe('sharing-exists');
  const few = { ...chain.recoveryDeposit('maria', 3), threshold: 1 };
  expect(chain.send('maria', 'recovery.share', few)).toBe('threshold-wrong');
  const short = { ...chain.recoveryDeposit('maria', 3), shares: chain.deposit('maria').shares.slice(1) };
  expect(chain.send('maria', 'recovery.share', short)).toBe('shares-wrong');
  // What opens a compartment is no part of it.
  expect(chain.send('maria', 'recovery.share', chain.deposit('maria', 3))).toBe('commitments-wrong');
  chain.must('maria', 'recovery.share', chain.recoveryDeposit('maria', 3));
  chain.must('maria', 'recovery.unshare', {});
  expect(readRecoverySharing(chain.get, maria)?.endedHeight).toBe(chain.height);
});

test('it is released when the window has passed and the recovery is finished, to the new keys', () => {
  const open = started();
  expect(isReleasable(open)).toBe(false);
  open.timeMs += 8 * DAY_MS;
  // Time alone finishes nothing.
  expect(isReleasable(open)).toBe(false);
  const found = readRecoverable(finished().get, maria);
  expect(found?.person.keys.seal).toEqual(person('maria on a new phone').publicKeys.seal);
});

test.each([
  ['a veto', (chain: Consortium) => chain.must('alice', 'recovery.veto', { person: maria })],
  [
    'new keys by her who still has the old ones',
    (chain: Consortium) =>
      chain.must('maria', 'person.rotate-keys', chain.keyChange('maria', 'maria herself')),
  ],
])('it is not released after %s', (_what, stop) => {
  const chain = started();
  stop(chain);
  chain.timeMs += 8 * DAY_MS;
  expect(chain.send('north-admin-2', 'recovery.finish', { person: maria })).toBe('wrong-status');
  expect(isReleasable(chain)).toBe(false);
});

test('it is not released to who is suspended, nor without a deposit', () => {
  const chain = finished();
  expect(isReleasable(chain)).toBe(true);
  const suspended = chain.fork();
  suspended.must('north-admin-1', 'person.suspend', { person: maria, reason: null });
  expect(isReleasable(suspended)).toBe(false);
  const without = standardConsortium();
  const body = { person: maria, ...without.keyChange('maria', 'maria on a new phone') };
  without.must('north-admin-1', 'recovery.start', body);
  without.timeMs += 7 * DAY_MS;
  without.must('north-admin-2', 'recovery.finish', { person: maria });
  expect(isReleasable(without)).toBe(false);
});

test('it is released to the very keys that the recovery gave, and to none that came after them', () => {
  const chain = finished();
  expect(isReleasable(chain)).toBe(true);
  const later = person('maria, later');
  const signature = signKeyChange(backend, chain.chainId, maria, later.publicKeys, later.sign.secretKey);
  const wire = signTransaction(
    backend,
    {
      version: 1,
      chainId: chain.chainId,
      sender: maria,
      nonce: readNonce(chain.get, maria),
      expiresAtHeight: chain.height + 10,
      kind: 'person.rotate-keys',
      body: { keys: later.publicKeys, signature },
    },
    person('maria on a new phone').sign.secretKey,
  );
  expect(chain.apply(wire)).toBe('ok');
  expect(isReleasable(chain)).toBe(false);
});

test('who erases herself is gone for good, and no administrator brings her back', () => {
  const chain = standardConsortium();
  expect(chain.send('alice', 'person.erase', { patient: maria })).toBe('role-not-allowed');
  expect(chain.send('tom', 'person.erase', { patient: maria })).toBe('not-permitted');
  chain.must('maria', 'person.erase', { patient: maria });
  expect(readPerson(chain.get, maria)?.status).toBe('revoked');
  expect(chain.send('maria', 'emergency.share', chain.deposit('maria'))).toBe('sender-not-active');
  expect(chain.send('alice', 'grant.create', chain.grant('maria', 'bob'))).toBe('person-not-active');
  expect(chain.send('north-admin-1', 'person.reinstate', { person: maria, reason: null })).toBe(
    'wrong-status',
  );
  const body = { person: maria, ...chain.keyChange('maria', 'again') };
  expect(chain.send('north-admin-1', 'recovery.start', body)).toBe('wrong-status');
});
