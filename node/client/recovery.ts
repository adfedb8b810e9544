import type { PersonKeys, PublicKeys } from '#crypto';
import { readPerson, readRecovery, stateKeys } from '#consensus/ledger';
import type { Recovery } from '#consensus/ledger';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import type { Keyrings } from './keyring.ts';
import { dealRecovery, gatherRoot } from './recovery-deposit.ts';
import type { FalseRelease } from './release-gathering.ts';
import type { Submitted } from './submission.ts';

/** New keys for who lost the old ones: two administrators of the home, and seven days in which it can be stopped. */
export class Recoveries {
  readonly #connection: Connection;
  readonly #keyrings: Keyrings;

  constructor(connection: Connection, keyrings: Keyrings) {
    this.#connection = connection;
    this.#keyrings = keyrings;
  }

  /**
   * Prepares for a lost device: deposits one's own root with the institutions, `threshold` of which give it to the keys
   * of a recovery that nobody vetoed. Under a passphrase they give something that only its owner opens; with null, two
   * administrators of the home who wait out the seven days have it. Takes the place of an earlier deposit.
   */
  async deposit(
    init: { readonly passphrase: string | null; readonly threshold?: number },
    options: CallOptions = {},
  ): Promise<Submitted> {
    const body = await dealRecovery(this.#connection, init, options);
    return await this.#connection.submission.submit('recovery.share', body, options);
  }

  async withdrawDeposit(options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('recovery.unshare', {}, options);
  }

  /**
   * On the new device, with the keys that a finished recovery gave: gathers the root from before, and seals what the
   * patient's keyring held to the new keys, in a new generation, since the old device may be in other hands. Gives the
   * old keys: for what was granted to them.
   * @throws ClientError as `gatherRoot`
   */
  async regain(
    passphrase: string | null,
    options: CallOptions = {},
  ): Promise<{ former: PersonKeys; categories: readonly string[]; liars: readonly FalseRelease[] }> {
    const { keys, state } = this.#connection;
    const { keys: former, liars } = await gatherRoot(this.#connection, passphrase, options);
    const { get } = await state.read([stateKeys.person(keys.id)], options);
    if (readPerson(get, keys.id)?.role !== 'patient') return { former, categories: [], liars };
    const { seeds } = await this.#keyrings.load(keys.id, options, former.seal);
    const categories = [...new Set(seeds.map(({ category }) => category))];
    if (categories.length > 0) {
      this.#keyrings.renewSeeds(keys.id, categories);
      await this.#keyrings.publish(keys.id, { renewed: true }, options);
    }
    return { former, categories, liars };
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
