// expected: typescript(no-explicit-any)
export const first = (list: any[]): unknown => list[0];
