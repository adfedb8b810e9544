// expected: eslint(no-restricted-imports)
export { thing } from '../services/services.ts';
