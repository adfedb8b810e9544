import { toHex } from '#crypto';
import type { EmergencyReason } from '#consensus/ledger';
import { institutionsOf } from '../institutions.ts';
import { directoryOf, idOf, institutionName } from '../directory.ts';
import type { WorkerContext } from '../context.ts';
import { emergencyLines } from '../emergencies.ts';
import type { EmergencyLine } from '../emergencies.ts';
import type { Step } from '../messages.ts';
import { partsOf } from './shared.ts';
import type { SharedOpened } from './shared.ts';

export interface EmergencyPlace {
  /** The patient opted in and has not taken it back. */
  isShared: boolean;
  threshold: number;
  institutions: number;
}

/** The emergency accesses that this doctor asked for, and those to patients that she is in charge of. */
export async function emergencies(context: WorkerContext): Promise<EmergencyLine[]> {
  const { client, person } = context.signedIn();
  const options = { signal: context.signal };
  const [lines, assignments] = await Promise.all([
    emergencyLines(client, { onlyOurs: false }, options),
    client.care.patients(client.keys.id, options),
  ]);
  const wards = new Set(
    assignments.filter(({ status }) => status === 'active').map((one) => toHex(one.patient)),
  );
  return lines.filter(({ doctor, patient }) => doctor === person.id || wards.has(patient));
}

/** Whether anything is laid down for an emergency of this patient. */
export async function emergencyPlace(
  context: WorkerContext,
  input: { patient: string },
): Promise<EmergencyPlace> {
  const { client } = context.signedIn();
  const deposit = await client.emergencies.deposit(idOf(input.patient), { signal: context.signal });
  return {
    isShared: deposit !== undefined && deposit.endedHeight === null,
    threshold: deposit?.threshold ?? 0,
    institutions: institutionsOf(client).length,
  };
}

export async function requestEmergency(
  context: WorkerContext,
  input: { patient: string; reason: EmergencyReason; text: string; hours: number },
): Promise<{ id: string; height: number }> {
  const { client } = context.signedIn();
  const { emergency, height } = await client.emergencies.request(
    {
      readers: await reviewersFor(context, idOf(input.patient)),
      patient: idOf(input.patient),
      reason: input.reason,
      text: input.text.trim(),
      lifetimeMs: Math.round(input.hours * 3_600_000),
    },
    { signal: context.signal },
  );
  return { id: toHex(emergency), height };
}

/** Who may vouch for it or judge it: administrators and auditors of the two institutions. */
async function reviewersFor({ signedIn, signal }: WorkerContext, patient: Uint8Array): Promise<Uint8Array[]> {
  const { client } = signedIn();
  const [self, about, { registrations }] = await Promise.all([
    client.people.myself({ signal }),
    client.people.find(patient, { signal }),
    directoryOf(client, { signal }),
  ]);
  const homes = [self, about].flatMap((person) => (person === undefined ? [] : [toHex(person.home)]));
  return registrations
    .filter(({ role, home }) => ['administrator', 'auditor'].includes(role) && homes.includes(toHex(home)))
    .map(({ id }) => id);
}

/** Asks the institutions for their parts and opens what was laid down: each round leaves a receipt. */
export async function openEmergency(
  context: WorkerContext,
  input: { id: string },
): Promise<SharedOpened & { threshold: number }> {
  const { client } = context.signedIn();
  const options = { signal: context.signal, onProgress: (step: Step): void => context.progress(step) };
  const found = await client.emergencies.find(idOf(input.id), options);
  const deposit = found && (await client.emergencies.deposit(found.patient, options));
  const opened = await client.emergencies.open(idOf(input.id), options);
  const { height } = await client.head(options);
  return {
    records: opened.records.filter(({ hit }) => hit.amendedBy === null).flatMap(partsOf),
    height,
    threshold: deposit?.threshold ?? 0,
    receipts: opened.receipts.map((bytes, i) => ({
      name: `emergency-receipt-${input.id.slice(0, 16)}-${i + 1}.json`,
      bytes,
    })),
    liars: opened.liars.map(({ node }) => institutionName(client, node)),
    refusals: opened.refusals.map(({ node, code }) => ({ node: institutionName(client, idOf(node)), code })),
  };
}

export async function endEmergency(
  context: WorkerContext,
  input: { id: string },
): Promise<{ height: number }> {
  const { client } = context.signedIn();
  const { height } = await client.emergencies.end(idOf(input.id), { signal: context.signal });
  return { height };
}
