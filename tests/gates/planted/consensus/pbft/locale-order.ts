// expected: eslint(no-restricted-properties)
export const order = (a: string, b: string): number => a.localeCompare(b);
