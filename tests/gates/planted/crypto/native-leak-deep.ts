// expected: eslint(no-restricted-imports)
export { thing } from './backend/native/libsodium-group.ts';
