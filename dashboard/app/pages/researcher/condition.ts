import { categoryName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';

/** A category as it comes out of an export: of who the patient is, only what Safe Harbor leaves. */
export const categoryText = (category: string): string =>
  category === 'demographics' ? t('researcher.category.demographics') : categoryName(category);

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
