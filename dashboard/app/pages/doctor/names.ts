import type { BannerView } from '../../worker/record/banner.ts';
import { t } from '../../words/translate.ts';

/** `FAMILY NAME, Given`; the first digits of the account when nobody said. */
export function patientText(banner: BannerView, id: string): string {
  const name = [banner.family?.toLocaleUpperCase('en'), banner.given].filter((part) => part !== undefined);
  return name.length === 0 ? unnamed(id) : name.join(', ');
}

/** Somebody by name, or by the first digits of the account when the name is not known here. */
export const personText = (name: string, id: string): string => (name === '' ? unnamed(id) : name);

const unnamed = (id: string): string => t('patient.accesses.unnamed', { id: id.slice(0, 8) });
