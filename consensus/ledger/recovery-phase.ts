import { equalBytes } from '#crypto';
import type { EmergencySharing } from './emergency-entry.ts';
import type { Person } from './entry.ts';
import type { Recovery } from './person-entry.ts';
import type { Get } from './readers.ts';
import { readPerson, readRecovery, readRecoverySharing } from './readers.ts';

export interface Recoverable {
  readonly person: Person;
  readonly recovery: Recovery;
  readonly sharing: EmergencySharing;
}

/**
 * All that a node asks of the state before it releases its part of a recovery secret: the window passed without a veto
 * and the recovery is finished, the person is active, still has exactly the keys that it gave, and has a deposit that
 * is not taken back. Gives what the release is made of, or undefined.
 */
export function readRecoverable(get: Get, id: Uint8Array): Recoverable | undefined {
  const [person, recovery, sharing] = [
    readPerson(get, id),
    readRecovery(get, id),
    readRecoverySharing(get, id),
  ];
  if (person === undefined || recovery === undefined || sharing === undefined) return undefined;
  const hasItsKeys =
    equalBytes(person.keys.sign, recovery.keys.sign) && equalBytes(person.keys.seal, recovery.keys.seal);
  const isReleasable =
    person.status === 'active' &&
    recovery.status === 'finished' &&
    hasItsKeys &&
    sharing.endedHeight === null;
  return isReleasable ? { person, recovery, sharing } : undefined;
}
