import type { WorkerContext } from '../context.ts';
import { bannerFor } from '../patient/self.ts';
import type { BannerView } from '../record/banner.ts';
import { chartOf, recentMonths } from '../record/chart.ts';
import type { Chart } from '../record/chart.ts';
import { requireInCharge } from './ward.ts';

export interface FoundView extends Chart {
  banner: BannerView;
  /** What was asked of the nodes: keyed hashes, one for each writer, compartment and place; no word. */
  months: number;
}

const MONTHS_MAX = 120;

/** Search for words over sealed records; what is found is opened to be shown, and that is a line for the patient. */
export async function search(
  context: WorkerContext,
  input: { patient: string; words: string; categories: string[]; months: number },
): Promise<FoundView> {
  const self = await requireInCharge(context, input.patient);
  const months = Math.min(MONTHS_MAX, Math.max(1, Math.trunc(input.months)));
  const chart = await chartOf(
    self.client,
    {
      patient: self.patient,
      months: recentMonths(months, Date.now()),
      keywords: [input.words],
      ...(input.categories.length === 0 ? {} : { categories: input.categories }),
    },
    self.options,
  );
  return { ...chart, banner: await bannerFor(self), months };
}
