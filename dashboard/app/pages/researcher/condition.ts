import { t } from '../../words/translate.ts';

const CATEGORIES = [
  'demographics',
  'vital-signs',
  'laboratory',
  'imaging',
  'medication',
  'immunization',
  'allergy',
  'condition',
  'procedure',
  'encounter',
  'care-plan',
  'survey',
  'social-history',
  'document',
  'device',
  'administrative',
  'emergency',
  'other',
] as const;

export function categoryText(category: string): string {
  const known = CATEGORIES.find((each) => each === category);
  return known === undefined ? category : t(`researcher.category.${known}`);
}

/** `Oct 2026 to Nov 2026, and what has no date`: months as a person says them. */
export function monthsText(months: readonly string[]): string {
  const dated = months.filter((month) => month !== 'all').toSorted();
  const [first] = dated;
  const last = dated.at(-1);
  const hasUndated = months.includes('all');
  if (first === undefined || last === undefined) return t('researcher.months.undated');
  const range =
    first === last
      ? t('researcher.months.one', { month: first })
      : t('researcher.months.range', { first, last });
  return hasUndated ? t('researcher.months.and-undated', { range }) : range;
}
