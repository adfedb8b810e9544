import { toHex } from '#crypto';
import type { WorkerContext } from '../context.ts';
import { emergencyLines } from '../emergencies.ts';
import { proofAt } from '../record/proof.ts';
import type { ProofView } from '../record/proof.ts';
import { workList } from './patients.ts';
import type { WorkLine } from './patients.ts';

export interface DoctorHome {
  work: WorkLine[];
  /** Requests to this doctor that nobody has answered. */
  requests: number;
  /** Running grants of others to her. */
  shared: number;
  /** Grants that she gave and that run. */
  emergencies: number;
  proof: ProofView;
}

export async function home(context: WorkerContext): Promise<DoctorHome> {
  const { client } = context.signedIn();
  const options = { signal: context.signal };
  const [work, requests, received, emergencies, head] = await Promise.all([
    workList(context),
    client.sharing.requests(options),
    client.sharing.received(options),
    emergencyLines(client, { onlyOurs: true }, options),
    client.head(options),
  ]);
  const nowMs = Date.now();
  const self = toHex(client.keys.id);
  return {
    work,
    requests: requests.filter(({ status }) => status === 'open').length,
    shared: received.filter(({ revokedHeight, expiresAtMs }) => revokedHeight === null && expiresAtMs > nowMs)
      .length,
    emergencies: emergencies.filter(
      ({ doctor, phase }) => doctor === self && (phase === 'open' || phase === 'waiting'),
    ).length,
    proof: await proofAt(client, head.height, options),
  };
}
