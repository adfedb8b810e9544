import type { Assignment } from '#consensus/ledger';
import { ClientError } from '#node/client';
import { idOf } from '../directory.ts';
import type { WorkerContext } from '../context.ts';
import type { Step } from '../messages.ts';
import type { Self } from '../patient/self.ts';

/** A doctor's view of one patient whose seeds she holds. */
export function wardOf(context: WorkerContext, patient: string): Self {
  const { client } = context.signedIn();
  const onProgress = (step: Step): void => context.progress(step);
  return { client, patient: idOf(patient), options: { signal: context.signal, onProgress } };
}

/** Assignments of the signed-in doctor, with whether her keys have come. */
export async function assignmentsOf(context: WorkerContext): Promise<(Assignment & { hasKeys: boolean })[]> {
  const { client } = context.signedIn();
  return await client.care.patients(client.keys.id, { signal: context.signal });
}

/** @throws ClientError `no-access` unless the doctor is in charge now */
export async function requireInCharge(context: WorkerContext, patient: string): Promise<Self> {
  const self = wardOf(context, patient);
  const { client, options } = self;
  const assignment = await client.care.assignment(self.patient, client.keys.id, options);
  if (assignment?.status !== 'active') throw new ClientError('no-access', { what: 'not in charge' });
  return self;
}
