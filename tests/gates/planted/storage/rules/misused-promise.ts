// expected: typescript(no-misused-promises)
const valid = async (): Promise<boolean> => false;

export const check = (): string => (valid() ? 'yes' : 'no');
