// expected: eslint(no-restricted-imports), unicorn(prefer-node-protocol)
export { thing } from 'fs';
