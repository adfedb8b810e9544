import type { Translation } from '../words.ts';
import type { words as en } from './en.ts';

export const words: Translation<typeof en> = {
  'clinical.vitals': 'العلامات الحيوية',
};
