// expected: eslint(no-restricted-properties)
export const coin = (): number => Math.random();
