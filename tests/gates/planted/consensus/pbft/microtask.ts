// expected: eslint(no-restricted-globals)
export const later = (fn: () => void): void => queueMicrotask(fn);
