// expected: eslint(no-restricted-imports)
export { ERROR_TEXTS } from '#node/services';
