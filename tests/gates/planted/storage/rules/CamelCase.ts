// expected: unicorn(filename-case)
export const name = 'x';
