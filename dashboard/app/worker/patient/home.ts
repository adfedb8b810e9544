import { toHex } from '#crypto';
import { listCountKey, readCount } from '#consensus/ledger';
import type { BannerView } from '../record/banner.ts';
import { proofAt } from '../record/proof.ts';
import type { ProofView } from '../record/proof.ts';
import type { WorkerContext } from '../context.ts';
import { auditLines } from './audit.ts';
import type { AccessLine } from './audit.ts';
import { bannerFor, selfOf } from './self.ts';
import type { Self } from './self.ts';

export interface HomeView {
  banner: BannerView;
  proof: ProofView;
  /** Waiting for her: requests to see something, and doctors who were proposed. */
  requests: number;
  assignments: number;
  /** Emergency accesses that wait for a second person or are open now. */
  emergencies: number;
  /** The newest lines of who has seen her data. */
  accesses: AccessLine[];
  accessCount: number;
}

export async function home(context: WorkerContext): Promise<HomeView> {
  const self = selfOf(context);
  const { client, patient, options } = self;
  const [banner, requests, assignments, emergencies, audit] = await Promise.all([
    bannerFor(self),
    client.sharing.requests(options),
    client.care.assignments(patient, options),
    emergenciesNow(self),
    auditLines(self),
  ]);
  const byOthers = audit.lines.filter(({ actor }) => actor !== toHex(patient));
  return {
    banner,
    proof: await proofAt(client, audit.height, options),
    requests: requests.filter(({ status }) => status === 'open').length,
    assignments: assignments.filter(({ status }) => status === 'proposed').length,
    emergencies,
    accesses: byOthers.slice(0, 5),
    accessCount: audit.lines.length,
  };
}

async function emergenciesNow({ client, patient, options }: Self): Promise<number> {
  // Mostly there never was one: then the code of emergencies is not fetched.
  const key = listCountKey('emergencies-of', patient);
  const counted = await client.read([key], options);
  if (readCount(counted.get, 'emergencies-of', patient) === 0) return 0;
  const ids = await client.emergencies.of(patient, options);
  const found = await Promise.all(ids.map((id) => client.emergencies.find(id, options)));
  return found.filter((one) => one?.phase === 'waiting' || one?.phase === 'open').length;
}
