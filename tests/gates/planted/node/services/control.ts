// expected: nothing
export { openJournal } from '#storage';
export { applyTransactions } from '#consensus/ledger';
export { readFile } from 'node:fs/promises';
