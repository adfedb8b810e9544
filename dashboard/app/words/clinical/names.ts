import { words } from './en.ts';
import { t } from '../translate.ts';

type Key = keyof typeof words;

const isKey = (key: string): key is Key => Object.hasOwn(words, key);

/** Name of a sharing category; what is not in our list is shown as it is called. */
export function categoryName(category: string): string {
  const key = `clinical.category.${category}`;
  return isKey(key) ? t(key) : category;
}

/** Several of them, with the comma of the language. */
export const categoryNames = (categories: readonly string[]): string =>
  categories.map(categoryName).join(t('design.comma'));

/** Name of a measured sign by its LOINC code. */
export function signName(code: string): string {
  const key = `clinical.sign.${code}`;
  return isKey(key) ? t(key) : `${t('clinical.sign.other')} ${code}`;
}

/** Whether we have a name of our own for what was measured. */
export const isSign = (code: string): boolean => isKey(`clinical.sign.${code}`);

/** Purpose of use (v3-ActReason) in words; empty stays empty. */
export function purposeName(code: string): string {
  const key = `clinical.purpose.${code}`;
  return isKey(key) ? t(key) : code;
}

/** `high`, `low`, `abnormal` as found in a record. */
export function flagName(flag: string): string {
  const key = `clinical.flag.${flag}`;
  return isKey(key) ? t(key) : flag;
}

/** Of height, weight and steps nothing is usual: a band would say something that nobody means. */
export const hasUsual = (code: string): boolean => !['8302-2', '29463-7', '55423-8'].includes(code);
