// expected: eslint(no-restricted-properties)
export const { random } = Math;
