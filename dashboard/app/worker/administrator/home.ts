import { equalBytes } from '#crypto';
import type { CallOptions } from '#node/client';
import type { WorkerContext } from '../context.ts';
import { emergencyLines } from '../emergencies.ts';
import { homeOf } from './people.ts';
import { everybody } from './lines.ts';

/** What waits for an administrator, in numbers. */
export interface AdministratorHome {
  institution: string;
  /** Applications that wait. */
  waiting: number;
  /** Of those, the ones to which the reader has given her voice already. */
  waitingForOthers: number;
  emergenciesToCountersign: number;
  emergenciesToReview: number;
  /** Active people by role. */
  active: Readonly<Record<string, number>>;
  suspended: number;
}

export async function home({ signedIn, signal, progress }: WorkerContext): Promise<AdministratorHome> {
  const { client } = signedIn();
  const options: CallOptions = { signal, onProgress: progress };
  const { id, name } = await homeOf(client, options);
  const [waiting, all, emergencies] = await Promise.all([
    client.people.waiting(id, options),
    everybody(client, options),
    emergencyLines(client, { onlyOurs: true }, options),
  ]);
  const ours = all.filter((one) => equalBytes(one.home, id));
  const isMine = (approvals: readonly Uint8Array[]): boolean =>
    approvals.some((one) => equalBytes(one, client.keys.id));
  const roles = ['patient', 'doctor', 'researcher', 'administrator', 'auditor'] as const;
  const active = roles.map((role): [string, number] => [
    role,
    ours.filter((one) => one.role === role && one.status === 'active').length,
  ]);
  return {
    institution: name,
    waiting: waiting.length,
    waitingForOthers: waiting.filter(({ approvals }) => isMine(approvals)).length,
    emergenciesToCountersign: emergencies.filter(({ may }) => may.countersign).length,
    emergenciesToReview: emergencies.filter(({ may }) => may.review).length,
    active: Object.fromEntries(active),
    suspended: ours.filter(({ status }) => status === 'suspended').length,
  };
}
