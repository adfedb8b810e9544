import { CryptoError, type Backend } from '#crypto';
import { ACCOUNTS } from './accounts.ts';
import { Fields, type Operation, type Outcome } from './fields.ts';
import { GRANTS } from './grants.ts';
import { IDENTITIES } from './identities.ts';
import { PRIMITIVES } from './primitives.ts';
import { RECORDS } from './records.ts';
import { RESHARINGS } from './resharings.ts';
import { SHARINGS } from './sharings.ts';

/** One frozen statement: an operation, its input, and either what comes out or the code of the refusal. */
export interface VectorCase {
  readonly id: string;
  readonly op: string;
  readonly in: object;
  readonly out?: Outcome;
  readonly error?: string;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...PRIMITIVES,
  ...ACCOUNTS,
  ...RECORDS,
  ...GRANTS,
  ...RESHARINGS,
  ...SHARINGS,
  ...IDENTITIES,
};

export const OPERATION_NAMES: readonly string[] = Object.keys(OPERATIONS);

/** What the code says to a case: `{ out }` or `{ error }`. Anything but a CryptoError passes through. */
export async function runCase(
  backend: Backend,
  one: Pick<VectorCase, 'op' | 'in'>,
): Promise<{ out: Outcome } | { error: string }> {
  const operation = OPERATIONS[one.op];
  if (operation === undefined) throw new TypeError(`no operation ${one.op}`);
  try {
    return { out: await operation(backend, new Fields(one.in)) };
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    return { error: error.code };
  }
}
