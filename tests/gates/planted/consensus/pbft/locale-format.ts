// expected: eslint(no-restricted-globals)
export const format = new Intl.NumberFormat();
