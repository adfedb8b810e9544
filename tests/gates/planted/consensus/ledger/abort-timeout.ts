// expected: eslint(no-restricted-globals)
export const soon = AbortSignal.timeout(5);
