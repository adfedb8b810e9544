import type { Translation } from '../../../words/words.ts';
import type { words as en } from './en.ts';

export const words: Partial<Translation<typeof en>> = {};
