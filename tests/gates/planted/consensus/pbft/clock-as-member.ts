// expected: eslint(no-restricted-globals)
export const now = (): number => globalThis.Date.now();
