import { equalBytes, toHex } from '#crypto';
import type { Emergency, EmergencyPhase, Person } from '#consensus/ledger';
import { readPerson, stateKeys, verdictOf } from '#consensus/ledger';
import { ClientError, mayReview } from '#node/client';
import type { CallOptions, PhrClient } from '#node/client';
import { everyInstitution } from './institutions.ts';
import { idOf, institutionName, namesOf } from './directory.ts';
import type { WorkerContext } from './context.ts';

/** An emergency access as those see it who vouch for it or judge it. Ids are hex, times Unix milliseconds. */
export interface EmergencyLine {
  id: string;
  patient: string;
  patientName: string;
  patientHome: string;
  doctor: string;
  doctorName: string;
  doctorHome: string;
  /** v3-ActReason: ETREAT, BTG, DISASTER. */
  reason: string;
  /** What the doctor wrote; null when it was not sealed to the reader, or does not open. */
  text: string | null;
  requestedAtMs: number;
  requestedHeight: number;
  lifetimeMs: number;
  phase: string;
  countersignedBy: string;
  expiresAtMs: number | null;
  endedHeight: number | null;
  /** One review against it counts. */
  verdict: string | null;
  /** Everybody who reviewed it. */
  reviewedBy: string;
  /** What the reader may do about it now; the ledger decides again. */
  may: { countersign: boolean; end: boolean; review: boolean };
}

export type EmergencyAct = 'countersign' | 'end' | 'justified' | 'not-justified';

/** All emergencies of the network, newest first; `isOurs` alone: those in which the reader's institution has a part. */
export async function emergencyLines(
  client: PhrClient,
  init: { onlyOurs: boolean },
  options: CallOptions,
): Promise<EmergencyLine[]> {
  const self = await client.people.myself(options);
  if (self === undefined) throw new ClientError('not-found', { what: 'person' });
  const perHome = await Promise.all(
    everyInstitution(client).map(({ id }) => client.emergencies.at(id, options)),
  );
  const found = await Promise.all(perHome.flat().map((id) => client.emergencies.find(id, options)));
  const emergencies = found.flatMap((one) => (one === undefined ? [] : [one]));
  const ids = emergencies.flatMap(({ patient, doctor, countersignedBy, reviews }) =>
    [patient, doctor, countersignedBy, ...reviews.map(({ by }) => by)].flatMap((id) =>
      id === null ? [] : [id],
    ),
  );
  const names = await namesOf(client, ids.map(toHex), options);
  const proven = await client.read(ids.map(stateKeys.person), options);
  const texts = await Promise.all(emergencies.map(({ id }) => reasonOf(client, id, options)));
  const nameOf = (id: Uint8Array | null): string => (id === null ? '' : (names.get(toHex(id)) ?? ''));
  const lines = emergencies.flatMap((one, i) => {
    const [doctor, patient] = [readPerson(proven.get, one.doctor), readPerson(proven.get, one.patient)];
    if (doctor === undefined || patient === undefined) return [];
    const may = mayDo(self, one, { doctor, patient });
    // One of a doctor and patient of the same institution waits for a review by any other.
    const isForUs = may.isOurs || (may.review && one.reviews.length === 0);
    if (init.onlyOurs && !isForUs) return [];
    return [
      {
        id: toHex(one.id),
        patient: toHex(one.patient),
        patientName: nameOf(one.patient),
        patientHome: institutionName(client, patient.home),
        doctor: toHex(one.doctor),
        doctorName: nameOf(one.doctor),
        doctorHome: institutionName(client, doctor.home),
        reason: one.reason,
        text: texts[i] ?? null,
        requestedAtMs: one.timeMs,
        requestedHeight: one.height,
        lifetimeMs: one.lifetimeMs,
        phase: one.phase,
        countersignedBy:
          one.countersignedBy === null ? '' : nameOr(nameOf(one.countersignedBy), one.countersignedBy),
        expiresAtMs: one.expiresAtMs,
        endedHeight: one.endedHeight,
        verdict: verdictOf(one.reviews),
        reviewedBy: one.reviews.map(({ by }) => nameOr(nameOf(by), by)).join(', '),
        may: { countersign: may.countersign, end: may.end, review: may.review },
      },
    ];
  });
  return lines.toSorted((a, b) => b.requestedHeight - a.requestedHeight);
}

/** A list must not fail for one reason that is damaged or out of reach. */
export async function reasonOf(
  client: PhrClient,
  emergency: Uint8Array,
  options: CallOptions,
): Promise<string | null> {
  try {
    const reason = await client.emergencies.reason(emergency, options);
    return reason.kind === 'text' ? reason.text : null;
  } catch (error) {
    if (error instanceof ClientError && options.signal?.aborted !== true) return null;
    throw error;
  }
}

const nameOr = (name: string, id: Uint8Array): string => (name === '' ? toHex(id).slice(0, 16) : name);

/** The ledger's rules (LEDGER.md, Kinds), so that no button is shown that it would refuse. */
function mayDo(
  self: Person,
  one: Emergency & { phase: EmergencyPhase },
  { doctor, patient }: { doctor: Person; patient: Person },
) {
  const isAdministrator = self.role === 'administrator';
  const isDoctorsHome = equalBytes(self.home, doctor.home);
  const isOurs = isDoctorsHome || equalBytes(self.home, patient.home);
  return {
    isOurs,
    countersign: isAdministrator && isDoctorsHome && one.phase === 'waiting',
    end: isAdministrator && isOurs && (one.phase === 'waiting' || one.phase === 'open'),
    review: mayReview(self, one, doctor),
  };
}

export async function actOnEmergency(
  { signedIn, signal }: WorkerContext,
  { id, act }: { id: string; act: EmergencyAct },
): Promise<{ height: number }> {
  const { emergencies } = signedIn().client;
  const emergency = idOf(id);
  switch (act) {
    case 'countersign':
      return { height: (await emergencies.countersign(emergency, { signal })).height };
    case 'end':
      return { height: (await emergencies.end(emergency, { signal })).height };
    case 'justified':
    case 'not-justified':
      return { height: (await emergencies.review(emergency, act, { signal })).height };
  }
}
