import { readCovers, readGuardianships, stateKeys } from '#consensus/ledger';
import type { Cover, Guardianship } from '#consensus/ledger';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { readList } from './counted-list.ts';
import type { Submitted } from './submission.ts';

/** Who acts in whose place: guardians for patients, doctors for doctors. Keys follow with the next keyring update. */
export class Guardians {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** By an administrator of the patient's home, at most two years ahead; a second one confirms. */
  async propose(
    init: { readonly patient: Uint8Array; readonly guardian: Uint8Array; readonly untilMs: number },
    options: CallOptions = {},
  ): Promise<Submitted> {
    const { patient, guardian, untilMs } = init;
    const body = { patient, guardian, untilMs, reason: null };
    return await this.#connection.submission.submit('guardianship.create', body, options);
  }

  async confirm(patient: Uint8Array, guardian: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    const body = { patient, guardian };
    return await this.#connection.submission.submit('guardianship.confirm', body, options);
  }

  async end(patient: Uint8Array, guardian: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('guardianship.end', { patient, guardian }, options);
  }

  /** All guardianships of a patient, proposed and past ones too. */
  async of(patient: Uint8Array, options: CallOptions = {}): Promise<Guardianship[]> {
    const proven = await this.#connection.state.read([stateKeys.guardians(patient)], options);
    return readGuardianships(proven.get, patient);
  }

  /** Patients for whom somebody is or was proposed as guardian. */
  async wards(guardian: Uint8Array, options: CallOptions = {}): Promise<Uint8Array[]> {
    return await readList(this.#connection, 'wards-of', guardian, options);
  }

  /** One act for up to 16 doctors, at most 92 days ahead. */
  async cover(
    init: { readonly patient: Uint8Array; readonly doctors: readonly Uint8Array[]; readonly untilMs: number },
    options: CallOptions = {},
  ): Promise<Submitted> {
    const { patient, doctors, untilMs } = init;
    const body = { patient, doctors, untilMs };
    return await this.#connection.submission.submit('cover.create', body, options);
  }

  async endCover(patient: Uint8Array, doctor: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('cover.end', { patient, doctor }, options);
  }

  /** Cover that was named and not ended; what is over by time may still be in the list. */
  async covers(patient: Uint8Array, options: CallOptions = {}): Promise<Cover[]> {
    const proven = await this.#connection.state.read([stateKeys.covers(patient)], options);
    return readCovers(proven.get, patient);
  }
}
