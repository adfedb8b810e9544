// expected: eslint(no-restricted-globals)
export const now = (): number => window.Date.now();
