import { equalBytes } from '#crypto';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import type { Submitted } from './submission.ts';

/** Records that a patient wants gone: the ledger keeps a tombstone, nodes delete what it names. */
export class Erasure {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** By the patient or a guardian, up to 64 records at once, all or none. What others have read stays read. */
  async erase(
    patient: Uint8Array,
    records: readonly Uint8Array[],
    options: CallOptions = {},
  ): Promise<Submitted> {
    return await this.#connection.submission.submit('record.erase', { patient, records }, options);
  }

  /**
   * By the patient or a guardian, and for good: her account ends, and every node deletes all that is kept of her,
   * records, profile, keyrings, grants and messages. The ledger keeps pseudonyms, links and hashes.
   */
  async erasePerson(patient: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    const { keys, submission } = this.#connection;
    return equalBytes(patient, keys.id)
      ? await submission.submitLast('person.erase', { patient }, options)
      : await submission.submit('person.erase', { patient }, options);
  }
}
