import { pageWords } from './ar-pages.ts';
import { words as startWords } from './ar-start.ts';

export const words = { ...startWords, ...pageWords };
