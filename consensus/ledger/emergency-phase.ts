import { equalBytes } from '#crypto';
import { COUNTERSIGN_WINDOW_MS } from './bounds.ts';
import type { EmergencyVerdict } from './emergency-body.ts';
import type { Emergency, EmergencyReview } from './emergency-entry.ts';
import { isMemberAt } from './membership.ts';
import type { Get } from './readers.ts';
import { readEmergency, readPerson, readSharing } from './readers.ts';

/**
 * `waiting`: for the countersignature. `lapsed`: it did not come in time, nothing was ever open. `open`: nodes release.
 * `over`: ended, or expired by block time.
 */
export type EmergencyPhase = 'waiting' | 'lapsed' | 'open' | 'over';

/** What came of the reviews: one that is against it counts; null without any. */
export function verdictOf(reviews: readonly EmergencyReview[]): EmergencyVerdict | null {
  if (reviews.length === 0) return null;
  return reviews.every(({ verdict }) => verdict === 'justified') ? 'justified' : 'not-justified';
}

/** Where an emergency is at `timeMs` of block time. */
export function emergencyPhase(
  { status, timeMs: requestedMs, expiresAtMs, countersignedBy }: Emergency,
  timeMs: number,
): EmergencyPhase {
  if (status === 'requested') return timeMs < requestedMs + COUNTERSIGN_WINDOW_MS ? 'waiting' : 'lapsed';
  if (countersignedBy === null || expiresAtMs === null) return 'lapsed';
  return status === 'open' && timeMs < expiresAtMs ? 'open' : 'over';
}

/**
 * Whether nodes still serve a delegate or a doctor of an emergency: staff of an institution that was removed act no more,
 * from the first height without it on, whatever was requested before.
 */
export function isServed(get: Get, person: Uint8Array, height: number): boolean {
  const found = readPerson(get, person);
  return found !== undefined && isMemberAt(get, height, found.home);
}

/**
 * All that a node asks of the state before it releases its part, `timeMs` and `height` being those of its newest
 * certified block: the emergency is open, its deposit is the patient's newest and not taken back, doctor and patient are
 * active, and the doctor's institution, which vouched for him, belongs. Gives the emergency, or undefined.
 */
export function readReleasable(
  get: Get,
  id: Uint8Array,
  { timeMs, height }: { readonly timeMs: number; readonly height: number },
): Emergency | undefined {
  const emergency = readEmergency(get, id);
  if (emergency === undefined || emergencyPhase(emergency, timeMs) !== 'open') return undefined;
  const sharing = readSharing(get, emergency.patient);
  const isDeposited =
    sharing !== undefined && sharing.endedHeight === null && equalBytes(sharing.id, emergency.sharing);
  const areActive = [emergency.doctor, emergency.patient].every(
    (person) => readPerson(get, person)?.status === 'active',
  );
  return isDeposited && areActive && isServed(get, emergency.doctor, height) ? emergency : undefined;
}
