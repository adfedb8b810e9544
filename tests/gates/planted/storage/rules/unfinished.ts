// expected: eslint(no-warning-comments)
// TODO: the rest
export const done = false;
