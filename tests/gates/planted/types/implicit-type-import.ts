// expected: TS1484
import { BigIntOptions } from 'node:fs';

export const wide = (options: BigIntOptions): unknown => options.bigint;
