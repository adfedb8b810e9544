import { recordWords } from './en-record.ts';
import { sharingWords } from './en-sharing.ts';

export const words = { ...recordWords, ...sharingWords };
