// expected: eslint(no-restricted-globals)
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
