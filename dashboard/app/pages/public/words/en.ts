import { pageWords } from './en-pages.ts';
import { words as startWords } from './en-start.ts';

export const words = { ...startWords, ...pageWords };
