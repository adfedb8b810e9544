// expected: eslint(no-restricted-globals)
export const name = process.title;
