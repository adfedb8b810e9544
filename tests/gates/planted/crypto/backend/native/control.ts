// expected: nothing
import { randomBytes } from 'node:crypto';

export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
