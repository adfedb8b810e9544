import { words as homeWords } from './ar-home.ts';
import { recordWords } from './ar-record.ts';
import { sharingWords } from './ar-sharing.ts';

export const words = { ...homeWords, ...recordWords, ...sharingWords };
