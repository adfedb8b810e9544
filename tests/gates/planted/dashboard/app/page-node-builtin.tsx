// expected: eslint(no-restricted-imports)
import { hostname } from 'node:os';

export const Page = () => <p>{hostname()}</p>;
