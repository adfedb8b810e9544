// expected: nothing
export { hash } from '#crypto';
export { verifyHead } from '#consensus/ledger';
export { keywordsOf } from '#node/records';
