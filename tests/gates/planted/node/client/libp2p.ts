// expected: eslint(no-restricted-imports)
export { thing } from 'libp2p';
