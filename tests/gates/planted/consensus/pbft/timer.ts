// expected: eslint(no-restricted-globals)
export const later = (fn: () => void): unknown => setTimeout(fn, 10);
