import { equalBytes, personIdOf, toHex } from '#crypto';
import { ClientError } from '#node/client';
import type { CallOptions, PhrClient, Profile } from '#node/client';
import type { WorkerContext } from '../context.ts';
import { directoryOf, idOf, institutionName, namesOf, profileOf } from '../directory.ts';
import type { Dealing } from '../directory.ts';
import { fingerprintOf } from './fingerprint.ts';
import { applicantLine, everybody, personLine } from './lines.ts';
import type { Applicant, PersonLine } from './lines.ts';

export interface Decided {
  height: number;
  /** Further administrators whose voice it takes. */
  remaining: number;
  state: string;
}

export interface CareLine {
  patient: string;
  patientName: string;
  doctor: string;
  doctorName: string;
  state: string;
  createdHeight: number;
  changedHeight: number;
}

export interface PersonDetail extends Applicant {
  isSelf: boolean;
  /** The reader's institution decides about this person. */
  isOurs: boolean;
  care: CareLine[];
  devices: number;
  history: (Dealing & { byName: string })[];
  recovery: { status: string; finishFromMs: number; fingerprint: string; isStartedByMe: boolean } | null;
}

const optionsOf = ({ signal, progress }: WorkerContext): CallOptions => ({ signal, onProgress: progress });

/** The institution of whoever is signed in. */
export async function homeOf(
  client: PhrClient,
  options: CallOptions,
): Promise<{ id: Uint8Array; name: string }> {
  const self = await client.people.myself(options);
  if (self === undefined) throw new ClientError('not-found', { what: 'person' });
  return { id: self.home, name: institutionName(client, self.home) };
}

/** Applications that wait at the reader's institution, oldest first. */
export async function queue(context: WorkerContext): Promise<{ institution: string; people: Applicant[] }> {
  const { client } = context.signedIn();
  const options = optionsOf(context);
  const home = await homeOf(client, options);
  const waiting = await client.people.waiting(home.id, options);
  const { registrations } = await directoryOf(client, options);
  const timeOf = (id: Uint8Array): number => registrations.find((one) => equalBytes(one.id, id))?.timeMs ?? 0;
  const people = await Promise.all(
    waiting.map((person) => applicantLine(client, { ...person, timeMs: timeOf(person.id) }, options)),
  );
  return {
    institution: home.name,
    people: people.toSorted((a, b) => a.registeredHeight - b.registeredHeight),
  };
}

/** Everybody of the reader's institution, whatever became of the application. */
export async function people(context: WorkerContext): Promise<{ institution: string; people: PersonLine[] }> {
  const { client } = context.signedIn();
  const options = optionsOf(context);
  const home = await homeOf(client, options);
  const ours = (await everybody(client, options)).filter((one) => equalBytes(one.home, home.id));
  const lines = await Promise.all(ours.map((one) => personLine(client, one, options)));
  return { institution: home.name, people: lines };
}

/** @throws ClientError `not-found` */
export async function person(context: WorkerContext, { id: text }: { id: string }): Promise<PersonDetail> {
  const { client } = context.signedIn();
  const options = optionsOf(context);
  const id = idOf(text);
  const found = await client.people.find(id, options);
  if (found === undefined || found.role === 'device') throw new ClientError('not-found', { what: 'person' });
  const [home, { registrations, dealings }] = await Promise.all([
    homeOf(client, options),
    directoryOf(client, options),
  ]);
  const timeMs = registrations.find((one) => equalBytes(one.id, id))?.timeMs ?? client.genesis.timeMs;
  const recovery = await client.recoveries.find(id, options);
  const history = dealings
    .filter(({ about, sender }) => about.includes(text) || sender === text)
    .toReversed();
  const names = await namesOf(
    client,
    history.map(({ sender }) => sender),
    options,
  );
  return {
    ...(await applicantLine(client, { ...found, timeMs }, options)),
    isSelf: equalBytes(id, client.keys.id),
    isOurs: equalBytes(found.home, home.id),
    care: await careOf(client, id, found.role, options),
    devices: found.role === 'patient' ? (await client.care.devices(id, options)).length : 0,
    history: history.map((one) => ({ ...one, byName: names.get(one.sender) ?? '' })),
    recovery:
      recovery === undefined
        ? null
        : {
            status: recovery.status,
            finishFromMs: recovery.finishFromMs,
            fingerprint: fingerprintOf(personIdOf(recovery.keys)),
            isStartedByMe: equalBytes(recovery.startedBy, client.keys.id),
          },
  };
}

/** Assignments of a patient, or of a doctor; newest first. */
async function careOf(
  client: PhrClient,
  id: Uint8Array,
  role: string,
  options: CallOptions,
): Promise<CareLine[]> {
  const assignments =
    role === 'patient'
      ? await client.care.assignments(id, options)
      : role === 'doctor'
        ? await client.care.patients(id, options)
        : [];
  const names = await namesOf(
    client,
    assignments.flatMap(({ patient, doctor }) => [toHex(patient), toHex(doctor)]),
    options,
  );
  const lines = assignments.map(({ patient, doctor, status, createdHeight, changedHeight }) => ({
    patient: toHex(patient),
    patientName: names.get(toHex(patient)) ?? '',
    doctor: toHex(doctor),
    doctorName: names.get(toHex(doctor)) ?? '',
    state: status,
    createdHeight,
    changedHeight,
  }));
  return lines.toSorted((a, b) => b.changedHeight - a.changedHeight);
}

export type Decision = 'approve' | 'refuse' | 'suspend' | 'reinstate';

/**
 * One administrator's voice; the reason is sealed to the person concerned. With the `identifiers` of `lookFor` an approved
 * patient is found when she applies again.
 */
export async function decide(
  { signedIn, signal }: WorkerContext,
  {
    id: text,
    decision,
    reason,
    identifiers,
  }: { id: string; decision: Decision; reason: string; identifiers?: Uint8Array[] },
): Promise<Decided> {
  const { client } = signedIn();
  const id = idOf(text);
  const said = reason.trim() === '' ? undefined : reason.trim();
  const { height } =
    decision === 'approve'
      ? await client.people.approve(id, { signal, ...(identifiers === undefined ? {} : { identifiers }) })
      : await client.people[decision](id, said, { signal });
  const after = await client.people.find(id, { signal });
  const needsMore = after !== undefined && after.status !== 'active' && after.role !== 'device';
  const line = needsMore ? await applicantLine(client, { ...after, timeMs: 0 }, { signal }) : undefined;
  const isGiving = decision === 'approve' || decision === 'reinstate';
  const remaining = isGiving && line !== undefined ? line.needed - line.approvals : 0;
  return { height, remaining, state: after?.status ?? 'unknown' };
}

/** Doctors of all institutions who may be assigned. */
export async function doctors(context: WorkerContext): Promise<(PersonLine & { profile: Profile | null })[]> {
  const { client } = context.signedIn();
  const options = optionsOf(context);
  const active = (await everybody(client, options)).filter(
    ({ role, status }) => role === 'doctor' && status === 'active',
  );
  return await Promise.all(
    active.map(async (one) => ({
      ...(await personLine(client, one, options)),
      profile: await profileOf(client, one, options),
    })),
  );
}

/** Nothing follows until the patient accepts and seals her keys to the doctor. */
export async function assign(
  { signedIn, signal }: WorkerContext,
  { patient, doctor }: { patient: string; doctor: string },
): Promise<{ height: number }> {
  const { height } = await signedIn().client.care.assign(idOf(patient), idOf(doctor), { signal });
  return { height };
}

export async function endAssignment(
  { signedIn, signal }: WorkerContext,
  { patient, doctor }: { patient: string; doctor: string },
): Promise<{ height: number }> {
  const { height } = await signedIn().client.care.endAssignment(idOf(patient), idOf(doctor), { signal });
  return { height };
}
