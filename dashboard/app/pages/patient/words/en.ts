import { words as homeWords } from './en-home.ts';
import { recordWords } from './en-record.ts';
import { sharingWords } from './en-sharing.ts';

export const words = { ...homeWords, ...recordWords, ...sharingWords };
