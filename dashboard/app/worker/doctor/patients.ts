import { toHex } from '#crypto';
import type { Hit } from '#node/client';
import { ClientError } from '#node/client';
import { CATEGORIES } from '#node/records';
import { institutionName } from '../directory.ts';
import type { WorkerContext } from '../context.ts';
import { bannerFor } from '../patient/self.ts';
import type { Self } from '../patient/self.ts';
import type { BannerView } from '../record/banner.ts';
import { recentMonths } from '../record/chart.ts';
import { proofAt } from '../record/proof.ts';
import type { ProofView } from '../record/proof.ts';
import { assignmentsOf, requireInCharge, wardOf } from './ward.ts';

const DAY_MS = 24 * 3_600_000;
/** What counts as new in the work list. */
const NEW_DAYS = 7;

export interface PatientLine {
  id: string;
  banner: BannerView;
  home: string;
  /** `waiting`: the patient has accepted, her keys are still on the way; or has not accepted yet. */
  state: 'in-charge' | 'waiting' | 'proposed' | 'ended';
  sinceHeight: number;
  /** The patient has new keys, and her record is sealed to the old ones: this doctor can seal it again. */
  isSealedOut: boolean;
}

export interface WorkLine extends PatientLine {
  /** Records of the last seven days, and those that say themselves that a value is outside the usual. */
  fresh: number;
  abnormal: number;
  newestMs: number | null;
  /** Sharing categories of the new ones. */
  categories: string[];
  proof: ProofView | null;
}

/** All patients of the doctor, past and proposed ones too. */
export async function patients(context: WorkerContext): Promise<PatientLine[]> {
  const assignments = await assignmentsOf(context);
  const { client } = context.signedIn();
  const outdated = await client.recoveries.outdated(
    assignments.map(({ patient }) => ({ patient, holder: patient })),
    { signal: context.signal },
  );
  return await Promise.all(
    assignments.map(async ({ patient, status, hasKeys, changedHeight }, i): Promise<PatientLine> => {
      const self = wardOf(context, toHex(patient));
      const state =
        status === 'active' ? (hasKeys ? 'in-charge' : 'waiting') : status === 'ended' ? 'ended' : 'proposed';
      const person = await self.client.people.find(patient, self.options);
      return {
        id: toHex(patient),
        banner: state === 'in-charge' ? await bannerOrNothing(self) : {},
        home: person === undefined ? '' : institutionName(self.client, person.home),
        state,
        sinceHeight: changedHeight,
        isSealedOut: state === 'in-charge' && outdated[i] === true,
      };
    }),
  );
}

/** Seals the patient's record to the keys that she has now, in a new generation. */
export async function sealAgain(
  context: WorkerContext,
  input: { patient: string },
): Promise<{ height: number }> {
  const { client, patient, options } = await requireInCharge(context, input.patient);
  const { height } = await client.care.startGeneration(patient, undefined, options);
  return { height };
}

/** A list must not fail for one patient whose record can not be read just now. */
export async function bannerOrNothing(self: Self): Promise<BannerView> {
  try {
    return await bannerFor(self);
  } catch (error) {
    if (error instanceof ClientError && !self.options.signal.aborted) return {};
    throw error;
  }
}

/**
 * What is new of whom. It is made of searches: nothing but name and allergies is opened for it, so that a look at the
 * list is no look into the records.
 */
export async function workList(context: WorkerContext): Promise<WorkLine[]> {
  const lines = (await patients(context)).filter(({ state }) => state === 'in-charge');
  const worked = await Promise.all(lines.map((line) => workLine(context, line)));
  return worked.toSorted((a, b) => b.abnormal - a.abnormal || (b.newestMs ?? 0) - (a.newestMs ?? 0));
}

async function workLine(context: WorkerContext, line: PatientLine): Promise<WorkLine> {
  const self = wardOf(context, line.id);
  const { client, patient, options } = self;
  const months = recentMonths(2, Date.now());
  const sinceMs = Date.now() - NEW_DAYS * DAY_MS;
  const isNew = ({ timeMs, amendedBy }: Hit): boolean => timeMs >= sinceMs && amendedBy === null;
  const find = async (keywords: string) =>
    await client.records.search({ patient, categories: CATEGORIES, months, keywords }, options);
  try {
    const [all, abnormal] = await Promise.all([find('*'), find('flag:abnormal')]);
    const fresh = all.hits.filter(isNew);
    return {
      ...line,
      fresh: fresh.length,
      abnormal: abnormal.hits.filter(isNew).length,
      newestMs: all.hits.reduce<number | null>((max, { timeMs }) => Math.max(max ?? 0, timeMs), null),
      categories: [...new Set(fresh.map(({ compartment }) => compartment.category))],
      proof: await proofAt(client, Math.min(all.height, abnormal.height), options),
    };
  } catch (error) {
    // `record-invalid`: the keys lie there, sealed to those that this doctor had before. One patient hides no other.
    const isClosed = error instanceof ClientError && ['no-access', 'record-invalid'].includes(error.code);
    if (!isClosed) throw error;
    return { ...line, fresh: 0, abnormal: 0, newestMs: null, categories: [], proof: null };
  }
}
