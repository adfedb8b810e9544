import { recordWords } from './ar-record.ts';
import { sharingWords } from './ar-sharing.ts';

export const words = { ...recordWords, ...sharingWords };
