import { toHex } from '#crypto';
import { encodeEnrolmentCode, inviteDevice, readAnswer } from '#node/client';
import { ClientError } from '#node/client';
import type { EnrolmentCode } from '#node/client';
import { monthsBetween } from '#node/records';
import type { WorkerContext } from '../context.ts';
import { idOf, selfOf } from './self.ts';

export interface DeviceLine {
  id: string;
  status: string;
  registeredHeight: number;
  categories: string[];
  /** First and last month for which it has kits; empty when this browser does not know. */
  months: string[];
}

/** The code that was shown last: good for one answer, and gone with the worker. */
let invited: EnrolmentCode | undefined;

export async function devices(context: WorkerContext): Promise<DeviceLine[]> {
  const { client, patient, options } = selfOf(context);
  await client.care.fetchKeys(patient, options);
  const plans =
    client.vault.keyrings.find((keyring) => toHex(keyring.patient) === toHex(patient))?.devices ?? [];
  return (await client.care.devices(patient, options)).map(({ id, status, registeredHeight }) => {
    const plan = plans.find(({ device }) => toHex(device) === toHex(id));
    const months = (plan?.months ?? []).filter((month) => month !== 'all').toSorted();
    const [first, last] = [months[0], months.at(-1)];
    return {
      id: toHex(id),
      status,
      registeredHeight,
      categories: plan?.categories ?? [],
      months: first === undefined || last === undefined ? [] : [first, last],
    };
  });
}

/** A code for the device, by hand or camera; valid for half an hour. */
export async function invite(context: WorkerContext): Promise<{ code: string; expiresAtMs: number }> {
  const { client, patient } = selfOf(context);
  const { backend, chainId, nodeId } = client;
  const nodeUrl = globalThis.location.origin;
  invited = inviteDevice(backend, { patient, chainId, nodeId, nodeUrl, nowMs: Date.now() });
  return { code: encodeEnrolmentCode(invited), expiresAtMs: invited.expiresAtMs };
}

/** Takes the device's answer in: it may write these categories from now on, and can neither open nor search. */
export async function enrol(
  context: WorkerContext,
  input: { answer: string; categories: string[]; monthsAhead: number },
): Promise<{ device: string; height: number }> {
  const { client, options } = selfOf(context);
  if (invited === undefined) throw new ClientError('input-invalid', { what: 'no code was shown' });
  const nowMs = Date.now();
  const answered = readAnswer(client.backend, { code: invited, answer: input.answer, nowMs });
  const month = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 7);
  const ahead = Math.min(24, Math.max(1, Math.trunc(input.monthsAhead)));
  const now = new Date(nowMs);
  const last = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1);
  const months = monthsBetween(month(nowMs), month(last));
  const { device, height } = await client.care.enrolDevice(
    { ...answered, categories: input.categories, months },
    options,
  );
  invited = undefined;
  return { device: toHex(device), height };
}

export async function revokeDevice(
  context: WorkerContext,
  input: { device: string },
): Promise<{ height: number }> {
  const { client, options } = selfOf(context);
  const { height } = await client.care.revokeDevice(idOf(input.device), options);
  return { height };
}
