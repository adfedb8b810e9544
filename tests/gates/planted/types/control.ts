// expected: nothing
export const first = (list: string[]): string | undefined => list[0];
