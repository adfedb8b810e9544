// expected: eslint(no-restricted-imports)
export { thing } from 'node:fs';
