// expected: eslint(no-restricted-imports)
export { thing } from '../../crypto/hash.ts';
