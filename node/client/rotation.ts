import type { PersonKeys } from '#crypto';
import { signKeyChange } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import type { Submitted } from './submission.ts';

/** Keys of a new root under the id that the person has had from the first registration on. */
export function keysUnderId(keys: PersonKeys, id: Uint8Array): PersonKeys {
  return { ...keys, id };
}

/**
 * What `run` gives for the first key with which it does not throw: in a block that changed somebody's keys there are
 * two. @throws what the last one threw; ClientError `not-found` without a key
 */
export function withOneOf<T>(signKeys: readonly Uint8Array[], run: (signPublicKey: Uint8Array) => T): T {
  let fault: unknown = new ClientError('not-found', { what: 'key of the signer' });
  for (const signPublicKey of signKeys) {
    try {
      return run(signPublicKey);
    } catch (cause) {
      fault = cause;
    }
  }
  throw fault;
}

/** New keys for who still has the old ones. */
export class Rotation {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * From the block on only `next` signs for this person. Go on with a client of `keys` and this client's vault, and
   * start a new generation there: that seals the seeds to the new keys too. Keep the old root for what was granted to
   * its delegation key before.
   */
  async rotate(next: PersonKeys, options: CallOptions = {}): Promise<Submitted & { keys: PersonKeys }> {
    const { backend, chainId, keys, submission } = this.#connection;
    const { publicKeys } = next;
    const signature = signKeyChange(backend, chainId, keys.id, publicKeys, next.sign.secretKey);
    const submitted = await submission.submit('person.rotate-keys', { keys: publicKeys, signature }, options);
    return { ...submitted, keys: keysUnderId(next, keys.id) };
  }
}
