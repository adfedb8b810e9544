import {
  emergencyPhase,
  isServed,
  readEmergency,
  readPerson,
  readRecoverable,
  readReleasable,
  readSharing,
} from '#consensus/ledger';
import type { Emergency, EmergencySharing } from '#consensus/ledger';
import { equalBytes, personIdOf } from '#crypto';
import { ProxyRefusal } from './proxy-refusal.ts';

type Get = (key: Uint8Array) => Uint8Array | undefined;

/** Why a part may be given out, to whom, and to what the release is bound. */
export interface Ground {
  readonly patient: Uint8Array;
  readonly sharing: EmergencySharing;
  readonly requester: { readonly id: Uint8Array; readonly seal: Uint8Array };
  /** Id of what the ledger committed. */
  readonly accessId: Uint8Array;
  /** The height from which on it was open. */
  readonly height: number;
}

/** Time and height of the newest certified block. */
interface Now {
  readonly timeMs: number;
  readonly height: number;
}

/** The emergency as the ledger has it now, at the time of the newest certified block. @throws ProxyRefusal */
export function emergencyGround(get: Get, id: Uint8Array, now: Now): Ground {
  const emergency = readReleasable(get, id, now);
  if (emergency === undefined) throw new ProxyRefusal(reasonAgainst(get, id, now));
  const sharing = readSharing(get, emergency.patient);
  const doctor = readPerson(get, emergency.doctor);
  const { countersignedHeight: height } = emergency;
  if (sharing === undefined || doctor === undefined || height === null)
    throw new ProxyRefusal('emergency-unknown');
  return {
    patient: emergency.patient,
    sharing,
    requester: { id: doctor.id, seal: doctor.keys.seal },
    accessId: emergency.id,
    height,
  };
}

/** A recovery that nobody stopped: its deposit goes to the keys that it gave. @throws ProxyRefusal */
export function recoveryGround(get: Get, id: Uint8Array): Ground {
  const found = readRecoverable(get, id);
  if (found === undefined) throw new ProxyRefusal('not-recoverable');
  const { person, recovery, sharing } = found;
  return {
    patient: person.id,
    sharing,
    requester: { id: person.id, seal: person.keys.seal },
    accessId: personIdOf(recovery.keys),
    height: recovery.startedHeight,
  };
}

/** In words what `readReleasable` says with a no; should it know another reason than these, it is over as well. */
function reasonAgainst(get: Get, id: Uint8Array, { timeMs, height }: Now): ProxyRefusal['code'] {
  const emergency = readEmergency(get, id);
  if (emergency === undefined) return 'emergency-unknown';
  const phase = emergencyPhase(emergency, timeMs);
  if (phase === 'waiting' || phase === 'lapsed') return 'not-countersigned';
  if (phase === 'over') return 'emergency-over';
  if (!isDeposited(get, emergency)) return 'sharing-off';
  const { doctor } = emergency;
  const isActive = readPerson(get, doctor)?.status === 'active' && isServed(get, doctor, height);
  return isActive ? 'emergency-over' : 'delegate-not-active';
}

function isDeposited(get: Get, emergency: Emergency): boolean {
  const sharing = readSharing(get, emergency.patient);
  return sharing !== undefined && sharing.endedHeight === null && equalBytes(sharing.id, emergency.sharing);
}
