// expected: eslint(no-restricted-imports)
export { thing } from '../ledger/state.ts';
