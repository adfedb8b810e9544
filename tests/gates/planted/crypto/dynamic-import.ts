// expected: eslint(no-restricted-imports)
export const load = (): Promise<unknown> => import('node:fs');
