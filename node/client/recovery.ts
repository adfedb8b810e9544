import type { PublicKeys } from '#crypto';
import { readRecovery, stateKeys } from '#consensus/ledger';
import type { Recovery } from '#consensus/ledger';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import type { Submitted } from './submission.ts';

/** New keys for who lost the old ones: two administrators of the home, and seven days in which it can be stopped. */
export class Recoveries {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** By an administrator; `signature` is the new key's (`signKeyChange`), made where the person has it. */
  async start(
    init: { readonly person: Uint8Array; readonly keys: PublicKeys; readonly signature: Uint8Array },
    options: CallOptions = {},
  ): Promise<Submitted> {
    const { person, keys, signature } = init;
    return await this.#connection.submission.submit('recovery.start', { person, keys, signature }, options);
  }

  async veto(person: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('recovery.veto', { person }, options);
  }

  /** By a second administrator, once block time has reached `finishFromMs`. */
  async finish(person: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('recovery.finish', { person }, options);
  }

  /** The newest recovery of a person; undefined when there was none (proven). */
  async find(person: Uint8Array, options: CallOptions = {}): Promise<Recovery | undefined> {
    const proven = await this.#connection.state.read([stateKeys.recovery(person)], options);
    return readRecovery(proven.get, person);
  }
}
