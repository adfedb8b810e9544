import type { PersonKeys } from '#crypto';
import { signKeyChange } from '#consensus/ledger';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { keysUnderId } from './former-keys.ts';
import type { Submitted } from './submission.ts';

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
