import type { InputOf } from '../../worker/calls.ts';

export type EventFilter = InputOf<'auditor.events'>['filter'];
export type EventGroup = EventFilter['groups'][number];

export const GROUPS = ['people', 'care', 'records', 'sharing', 'access', 'emergency', 'evidence'] as const;
const DAY_MS = 24 * 3_600_000;

/** What a person typed: days as `YYYY-MM-DD`, empty where nothing was. */
export interface FilterForm {
  groups: EventGroup[];
  concerning: string;
  institution: string;
  from: string;
  to: string;
}

export const emptyForm: FilterForm = { groups: [], concerning: '', institution: '', from: '', to: '' };

/** Days begin and end in the reader's own zone; the last day counts in whole. */
export function filterOf({ groups, concerning, institution, from, to }: FilterForm): EventFilter {
  const day = (text: string): number | null => (text === '' ? null : new Date(`${text}T00:00`).getTime());
  const last = day(to);
  return {
    groups,
    concerning,
    institution,
    fromMs: day(from),
    toMs: last === null ? null : last + DAY_MS,
  };
}
