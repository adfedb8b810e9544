// expected: eslint(no-restricted-imports)
export { thing } from '../pbft/core.ts';
