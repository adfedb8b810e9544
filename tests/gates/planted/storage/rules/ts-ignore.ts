// expected: typescript(ban-ts-comment)
// @ts-ignore
export const length: string = 'x';
