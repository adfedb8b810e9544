// expected: eslint(no-restricted-imports)
export { stateKeys } from '#consensus/ledger';
