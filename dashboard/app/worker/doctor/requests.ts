import { toHex } from '#crypto';
import type { GrantRequest, PersonRole } from '#consensus/ledger';
import { ClientError } from '#node/client';
import { idOf, institutionName, namesOf, profileOf } from '../directory.ts';
import type { WorkerContext } from '../context.ts';
import { bannerOrNothing } from './patients.ts';
import { wardOf } from './ward.ts';

/** A request to see something, as either side sees it. Ids are hex. */
export interface DoctorRequest {
  id: string;
  direction: 'to-me' | 'from-me';
  /** Who is on the other side. */
  other: string;
  otherName: string;
  otherRole: string;
  otherHome: string;
  patient: string;
  patientName: string;
  status: string;
  timeMs: number;
  height: number;
  grant: string;
  message: string;
  /** Why it was refused, when it was one of ours. */
  reason: string;
}

export async function requests(context: WorkerContext): Promise<DoctorRequest[]> {
  const { client } = context.signedIn();
  const options = { signal: context.signal };
  const [toMe, fromMe] = await Promise.all([client.sharing.requests(options), client.sharing.sent(options)]);
  const all = [
    ...toMe.map((request) => ({ request, direction: 'to-me' as const })),
    ...fromMe.map((request) => ({ request, direction: 'from-me' as const })),
  ];
  const lines = await Promise.all(all.map((each) => lineOf(context, each)));
  return lines.toSorted((a, b) => b.timeMs - a.timeMs);
}

async function lineOf(
  context: WorkerContext,
  { request, direction }: { request: GrantRequest; direction: 'to-me' | 'from-me' },
): Promise<DoctorRequest> {
  const { client } = context.signedIn();
  const options = { signal: context.signal };
  const other = direction === 'to-me' ? request.from : request.to;
  const [person, names] = await Promise.all([
    client.people.find(other, options),
    namesOf(client, [toHex(other)], options),
  ]);
  return {
    id: toHex(request.id),
    direction,
    other: toHex(other),
    otherName: names.get(toHex(other)) ?? '',
    otherRole: person?.role ?? '',
    otherHome: person === undefined ? '' : institutionName(client, person.home),
    patient: toHex(request.patient),
    patientName: await patientName(context, request.patient),
    status: request.status,
    timeMs: request.timeMs,
    height: request.height,
    grant: request.grant === null ? '' : toHex(request.grant),
    message:
      direction === 'to-me'
        ? await client.sharing.message(request, options).then((text) => text ?? '', unreadable)
        : '',
    reason:
      direction === 'from-me'
        ? await client.sharing.refusal(request, options).then((text) => text ?? '', unreadable)
        : '',
  };
}

/** A text that can not be opened any more is none; a broken connection is an error. */
function unreadable(error: unknown): string {
  if (error instanceof ClientError && error.code === 'record-invalid') return '';
  throw error;
}

/** The name of a patient of whom this doctor is in charge; empty otherwise. */
async function patientName(context: WorkerContext, patient: Uint8Array): Promise<string> {
  const self = wardOf(context, toHex(patient));
  const { client, options } = self;
  const assignment = await client.care.assignment(patient, client.keys.id, options);
  if (assignment?.status !== 'active') return '';
  const { family, given } = await bannerOrNothing(self);
  return [family?.toUpperCase(), given].filter((part) => part !== undefined).join(', ');
}

/** Who can be asked about a patient: herself, and the doctors in charge of her. */
export interface AskedPerson {
  id: string;
  name: string;
  kind: 'patient' | 'doctor';
  home: string;
  speciality: string;
}

export async function whoToAsk(context: WorkerContext, input: { patient: string }): Promise<AskedPerson[]> {
  const { client } = context.signedIn();
  const options = { signal: context.signal };
  const patient = idOf(input.patient);
  const person = await client.people.find(patient, options);
  const isPatient = person?.role === ('patient' satisfies PersonRole) && person.status === 'active';
  if (!isPatient) throw new ClientError('not-found', { what: 'patient' });
  const assignments = await client.care.assignments(patient, options);
  const doctors = await Promise.all(
    assignments
      .filter(({ status, doctor }) => status === 'active' && toHex(doctor) !== toHex(client.keys.id))
      .map(async ({ doctor }): Promise<AskedPerson[]> => {
        const found = await client.people.find(doctor, options);
        if (found?.status !== 'active') return [];
        const profile = await profileOf(client, found, options);
        return [
          {
            id: toHex(doctor),
            name: profile === null ? '' : `${profile.given} ${profile.family}`,
            kind: 'doctor',
            home: institutionName(client, found.home),
            speciality: profile?.speciality ?? '',
          },
        ];
      }),
  );
  const home = institutionName(client, person.home);
  return [{ id: input.patient, name: '', kind: 'patient', home, speciality: '' }, ...doctors.flat()];
}

export async function requestAccess(
  context: WorkerContext,
  input: { patient: string; to: string; message: string },
): Promise<{ id: string; height: number }> {
  const { client } = context.signedIn();
  const { request, height } = await client.sharing.requestAccess(
    { patient: idOf(input.patient), to: idOf(input.to), message: input.message.trim() },
    { signal: context.signal },
  );
  return { id: toHex(request), height };
}

export async function refuseRequest(
  context: WorkerContext,
  input: { id: string; reason: string },
): Promise<{ height: number }> {
  const { client } = context.signedIn();
  const options = { signal: context.signal };
  const found = (await client.sharing.requests(options)).find(({ id }) => toHex(id) === input.id);
  if (found === undefined) throw new ClientError('not-found', { what: 'request' });
  if (input.reason.trim() === '') throw new ClientError('input-invalid', { what: 'reason' });
  const { height } = await client.sharing.refuseRequest(found, input.reason.trim(), options);
  return { height };
}
