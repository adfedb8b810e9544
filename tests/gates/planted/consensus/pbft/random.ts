// expected: eslint(no-restricted-properties)
export const coin = (): boolean => Math.random() < 0.5;
