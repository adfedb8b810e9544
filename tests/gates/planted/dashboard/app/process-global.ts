// expected: eslint(no-restricted-globals)
export const home = process.title;
