import { equalBytes } from '#crypto';
import { COUNTERSIGN_WINDOW_MS } from './bounds.ts';
import type { Emergency } from './emergency-entry.ts';
import type { Get } from './readers.ts';
import { readEmergency, readPerson, readSharing } from './readers.ts';

/**
 * `waiting`: for the countersignature. `lapsed`: it did not come in time, nothing was ever open. `open`: nodes release.
 * `over`: ended, or expired by block time.
 */
export type EmergencyPhase = 'waiting' | 'lapsed' | 'open' | 'over';

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
 * All that a node asks of the state before it releases its part, `timeMs` being the time of its newest certified block:
 * the emergency is open, its deposit is the patient's newest and not taken back, doctor and patient are active. Gives
 * the emergency, or undefined.
 */
export function readReleasable(get: Get, id: Uint8Array, timeMs: number): Emergency | undefined {
  const emergency = readEmergency(get, id);
  if (emergency === undefined || emergencyPhase(emergency, timeMs) !== 'open') return undefined;
  const sharing = readSharing(get, emergency.patient);
  const isDeposited =
    sharing !== undefined && sharing.endedHeight === null && equalBytes(sharing.id, emergency.sharing);
  const areActive = [emergency.doctor, emergency.patient].every(
    (person) => readPerson(get, person)?.status === 'active',
  );
  return isDeposited && areActive ? emergency : undefined;
}
