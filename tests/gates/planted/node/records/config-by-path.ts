// expected: eslint(no-restricted-imports)
export { thing } from '../config.ts';
