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
}
