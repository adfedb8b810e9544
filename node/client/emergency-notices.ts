import { equalBytes, toHex } from '#crypto';
import { CONSORTIUM, emergencyPhase, readEmergency, readPerson, stateKeys } from '#consensus/ledger';
import type { Emergency, EmergencyPhase, Person } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { readEach, readList } from './counted-list.ts';
import type { CallOptions } from './deadline.ts';

/** What the reader is told of an emergency, and what she is to do about it. */
export interface EmergencyNotice {
  readonly emergency: Emergency & { readonly phase: EmergencyPhase };
  /**
   * `know`: it concerns her. `countersign`: it waits for somebody of her institution. `review`: it is over, and she may
   * say whether it was justified.
   */
  readonly duty: 'know' | 'countersign' | 'review';
}

/**
 * All emergencies that concern the reader, newest first: of the patient herself, of the patients that a doctor is in
 * charge of and his own, and at an institution those of its doctors, of its patients, and those of a doctor and patient
 * of one institution, which others review. Everything is proven, and so is that nothing is left out.
 */
export async function emergencyNotices(
  connection: Connection,
  options: CallOptions,
): Promise<EmergencyNotice[]> {
  const { keys, state, genesis } = connection;
  const proven = await state.read([stateKeys.person(keys.id)], options);
  const reader = readPerson(proven.get, keys.id);
  if (!reader) throw new ClientError('not-found', { what: 'person', id: toHex(keys.id) });
  const ids = await idsFor(connection, reader, options);
  const distinct = [...new Map(ids.map((id) => [toHex(id), id])).values()];
  const found = await readEach(connection, distinct, stateKeys.emergency, readEmergency, options);
  const timeMs = proven.header?.time ?? genesis.timeMs;
  const doctors = await readEach(
    connection,
    found.map(({ doctor }) => doctor),
    stateKeys.person,
    readPerson,
    options,
  );
  return found
    .map((one, i) => {
      const emergency = { ...one, phase: emergencyPhase(one, timeMs) };
      return { emergency, duty: dutyOf(reader, emergency, doctors[i]) };
    })
    .toSorted((a, b) => b.emergency.height - a.emergency.height);
}

async function idsFor(connection: Connection, reader: Person, options: CallOptions): Promise<Uint8Array[]> {
  const { id, home, role } = reader;
  const of = (list: Parameters<typeof readList>[1], owner: Uint8Array): Promise<Uint8Array[]> =>
    readList(connection, list, owner, options);
  if (role === 'patient') return await of('emergencies-of', id);
  if (role === 'administrator' || role === 'auditor')
    return [
      ...(await of('emergencies-at', home)),
      ...(await of('emergencies-about', home)),
      ...(await of('emergencies-about', CONSORTIUM)),
    ];
  if (role !== 'doctor') return [];
  const patients = await of('patients-of', id);
  const ids = await Promise.all(patients.map((patient) => of('emergencies-of', patient)));
  const own = await readEach(
    connection,
    await of('emergencies-at', home),
    stateKeys.emergency,
    readEmergency,
    options,
  );
  return [...ids.flat(), ...own.filter(({ doctor }) => equalBytes(doctor, id)).map((one) => one.id)];
}

function dutyOf(
  reader: Person,
  emergency: EmergencyNotice['emergency'],
  doctor: Person | undefined,
): EmergencyNotice['duty'] {
  if (doctor === undefined) return 'know';
  const isOfOurs = equalBytes(doctor.home, reader.home);
  if (emergency.phase === 'waiting' && reader.role === 'administrator' && isOfOurs) return 'countersign';
  const isReviewed = emergency.reviews.some(({ home }) => home !== null);
  return reader.role !== 'patient' && !isReviewed && mayReview(reader, emergency, doctor) ? 'review' : 'know';
}

/**
 * Whether the ledger takes a review of this reader: the patient's own, or one of another institution than the doctor's
 * that has not reviewed it. (Of a guardian it takes one too.)
 */
export function mayReview(
  reader: Person,
  { phase, patient, reviews }: Pick<EmergencyNotice['emergency'], 'phase' | 'patient' | 'reviews'>,
  doctor: Person,
): boolean {
  if (phase !== 'over') return false;
  if (reader.role === 'patient')
    return equalBytes(patient, reader.id) && !reviews.some(({ by }) => equalBytes(by, reader.id));
  const isStaff = reader.role === 'administrator' || reader.role === 'auditor';
  const isDone = reviews.some(({ home }) => home !== null && equalBytes(home, reader.home));
  return isStaff && !equalBytes(doctor.home, reader.home) && !isDone;
}
