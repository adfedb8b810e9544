import { derivePersonKeys, equalBytes } from '#crypto';
import type { PersonKeys, PublicKeys } from '#crypto';
import {
  KEYRING_PLACES,
  readCovers,
  readCustodians,
  readFormerKeys,
  readGuardians,
  readKeyring,
  readPerson,
  readRecovery,
  readRecoverySharing,
  stateKeys,
} from '#consensus/ledger';
import type { Get, KeyringEntry, Recovery } from '#consensus/ledger';
import { CATEGORIES } from '#node/records';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import type { Keyrings } from './keyring.ts';
import { dealRecovery, gatherRoot } from './recovery-deposit.ts';
import type { FalseRelease } from './release-gathering.ts';
import { keysUnderId } from './former-keys.ts';
import type { Submitted } from './submission.ts';

/** What was sealed to new keys, and the block in which that was agreed: null when there was nothing. */
export interface Resealed {
  readonly categories: readonly string[];
  readonly height: number | null;
}

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

  /** Whether parts of somebody's root lie with the institutions (proven). */
  async isDeposited(person: Uint8Array, options: CallOptions = {}): Promise<boolean> {
    const { get } = await this.#connection.state.read([stateKeys.recoverySharing(person)], options);
    return readRecoverySharing(get, person)?.endedHeight === null;
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
  ): Promise<Resealed & { readonly former: PersonKeys; readonly liars: readonly FalseRelease[] }> {
    const { keys, state } = this.#connection;
    const { keys: former, liars } = await gatherRoot(this.#connection, passphrase, options);
    const { get } = await state.read([stateKeys.person(keys.id)], options);
    if (readPerson(get, keys.id)?.role !== 'patient') return { former, categories: [], height: null, liars };
    return { former, ...(await this.#sealAnew(former, options)), liars };
  }

  /**
   * As `regain`, with the root from before itself: the old recovery code was found, say. For a patient.
   * @throws ClientError `record-invalid` when it is no root of keys that this account had
   */
  async regainWith(root: Uint8Array, options: CallOptions = {}): Promise<Resealed> {
    const { backend, keys, state } = this.#connection;
    const former = keysUnderId(derivePersonKeys(backend, root), keys.id);
    const { get } = await state.read([stateKeys.keyHistory(keys.id)], options);
    const isKnown = readFormerKeys(get, keys.id).some(({ sign }) => equalBytes(sign, former.publicKeys.sign));
    if (!isKnown) throw new ClientError('record-invalid', { what: 'former-keys' });
    return await this.#sealAnew(former, options);
  }

  /** What was sealed to the former keys, and a new generation, to everybody who is in charge now. */
  async #sealAnew(former: PersonKeys, options: CallOptions): Promise<Resealed> {
    const { id } = this.#connection.keys;
    const { seeds } = await this.#keyrings.load(id, options, former.seal);
    const categories = [...new Set(seeds.map(({ category }) => category))];
    if (categories.length === 0) return { categories, height: null };
    this.#keyrings.renewSeeds(id, categories);
    const { height } = await this.#keyrings.publish(id, { renewed: true }, options);
    return { categories, height };
  }

  /**
   * For each of the pairs, whether the keys of the patient that lie there for the holder are sealed to keys that the
   * holder had before: nobody opens them until somebody who has them seals them again (proven).
   */
  async outdated(
    pairs: readonly { readonly patient: Uint8Array; readonly holder: Uint8Array }[],
    options: CallOptions = {},
  ): Promise<boolean[]> {
    const { get } = await this.#connection.state.read(
      pairs.flatMap(({ patient, holder }) => [...placesOf(patient, holder), stateKeys.keyHistory(holder)]),
      options,
    );
    return pairs.map(({ patient, holder }) => {
      const entries = entriesOf(get, patient, holder);
      const changedHeight = readFormerKeys(get, holder).at(-1)?.untilHeight;
      return (
        entries.length > 0 &&
        changedHeight !== undefined &&
        entries.every(({ height }) => height < changedHeight)
      );
    });
  }

  /** Who has this patient's keys, of those in charge of her, in her place or covering: each can seal them to her again. */
  async helpers(patient: Uint8Array, options: CallOptions = {}): Promise<Uint8Array[]> {
    const { state } = this.#connection;
    const proven = await state.read(
      [stateKeys.custodians(patient), stateKeys.guardians(patient), stateKeys.covers(patient)],
      options,
    );
    const nowMs = proven.header?.time ?? 0;
    const covers = readCovers(proven.get, patient).filter(({ untilMs }) => nowMs < untilMs);
    const ids = [
      ...readCustodians(proven.get, patient),
      ...readGuardians(proven.get, patient, nowMs),
      ...covers.map(({ doctor }) => doctor),
    ];
    const held = await state.read(
      ids.flatMap((id) => [stateKeys.person(id), ...placesOf(patient, id)]),
      options,
    );
    const outdated = await this.outdated(
      ids.map((holder) => ({ patient, holder })),
      options,
    );
    return ids.filter(
      (id, i) =>
        readPerson(held.get, id)?.status === 'active' &&
        entriesOf(held.get, patient, id).length > 0 &&
        outdated[i] === false,
    );
  }

  /**
   * A new record for a patient whose keys nobody has any more. What was written before stays sealed for good, even
   * if the root from before is found later; devices are to be enrolled anew.
   * @throws ClientError `contended` while somebody has the keys: she would be shut out by new ones of the same name
   */
  async startAnew(options: CallOptions = {}): Promise<Submitted> {
    const { id } = this.#connection.keys;
    if ((await this.helpers(id, options)).length > 0)
      throw new ClientError('contended', { what: 'somebody has the keys' });
    this.#keyrings.ensureSeeds(id, CATEGORIES);
    return await this.#keyrings.publish(id, { renewed: true }, options);
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

const placesOf = (patient: Uint8Array, holder: Uint8Array): Uint8Array[] =>
  KEYRING_PLACES.map((place) => stateKeys.keyring(patient, holder, place));

/** What lies for the holder: sealed by herself, by the patient and by who is in charge. */
const entriesOf = (get: Get, patient: Uint8Array, holder: Uint8Array): KeyringEntry[] =>
  KEYRING_PLACES.flatMap((place) => readKeyring(get, patient, holder, place) ?? []);
