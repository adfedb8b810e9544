/** What a person answers in the share wizard. */
export interface ShareValues {
  /** Hex id; empty while nobody was chosen. */
  delegate: string;
  categories: string[];
  /** `2026-10`, both included. */
  from: string;
  to: string;
  /** Also what has no month. */
  withUndated: boolean;
  purpose: string;
  /** `2026-12-22`. */
  until: string;
}

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

/** The narrowest useful answers: nothing chosen, this month and the one before, thirty days. */
export function defaultShare(nowMs: number): ShareValues {
  const [to = '', from = ''] = recentMonthsOf(nowMs, 2);
  const until = new Date(nowMs + DEFAULT_DAYS * DAY_MS).toISOString().slice(0, 10);
  return { delegate: '', categories: [], from, to, withUndated: false, purpose: 'TREAT', until };
}

/** The last months, newest first. */
export function recentMonthsOf(nowMs: number, count: number): string[] {
  const now = new Date(nowMs);
  return Array.from({ length: count }, (_, back) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7),
  );
}

/** Months of the range, oldest first, with `all` for what has none. */
export function monthsIn({ from, to, withUndated }: ShareValues): string[] {
  const months: string[] = [];
  const [year = 0, month = 1] = from.split('-').map(Number);
  for (let i = 0; i < 600; i += 1) {
    const text = new Date(Date.UTC(year, month - 1 + i, 1)).toISOString().slice(0, 7);
    if (text > to) break;
    months.push(text);
  }
  return withUndated ? [...months, 'all'] : months;
}

/** How many compartments a grant would need, each category and month being one. */
export const compartmentsIn = (values: ShareValues): number =>
  values.categories.length * monthsIn(values).length;
