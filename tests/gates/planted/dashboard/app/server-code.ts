// expected: eslint(no-restricted-imports)
export { thing } from '../api/handlers.ts';
