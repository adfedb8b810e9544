import { toHex } from '#crypto';
import { emergencyPhase, readEmergency, readPerson, readSharing, stateKeys } from '#consensus/ledger';
import type {
  Emergency,
  EmergencyPhase,
  EmergencyReason,
  EmergencySharing,
  EmergencyVerdict,
} from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { readList } from './counted-list.ts';
import type { CallOptions } from './deadline.ts';
import { dealEmergency, moveToNewGeneration } from './emergency-deposit.ts';
import { emergencyNotices } from './emergency-notices.ts';
import type { EmergencyNotice } from './emergency-notices.ts';
import { openEmergency } from './emergency-opening.ts';
import type { EmergencyOpening } from './emergency-opening.ts';
import type { Keyrings } from './keyring.ts';
import type { Records } from './records.ts';
import { openReason, storeReason } from './emergency-reason.ts';
import type { EmergencyReasonText } from './emergency-reason.ts';
import { purposeCommitment } from './sealed-note.ts';
import type { Submitted } from './submission.ts';

/** Emergency access on the ledger: opting in and out, asking, vouching, ending, reviewing (SCHEME 7). */
export class Emergencies {
  readonly #connection: Connection;
  readonly #keyrings: Keyrings;
  readonly #records: Records;
  /** Reasons that were opened, by emergency: each is read once. */
  readonly #reasons = new Map<string, EmergencyReasonText>();

  constructor(connection: Connection, keyrings: Keyrings, records: Records) {
    this.#connection = connection;
    this.#keyrings = keyrings;
    this.#records = records;
  }

  /**
   * Opts in, by the patient or a guardian: deals the emergency compartment among the institutions, of which `threshold`
   * together (default: the least that the consortium allows) can open it from then on, and deposits the parts. Takes the
   * place of an earlier deposit.
   */
  async optIn(
    init: { readonly patient: Uint8Array; readonly threshold?: number },
    options: CallOptions = {},
  ): Promise<Submitted> {
    const body = await dealEmergency(this.#connection, this.#keyrings, init, options);
    return await this.#connection.submission.submit('emergency.share', body, options);
  }

  /**
   * After an emergency: a new generation that the doctor of the last one can not open, the emergency records written
   * anew into it, and a new deposit. What he has seen he has seen.
   */
  async renew(
    init: { readonly patient: Uint8Array; readonly threshold?: number },
    options: CallOptions = {},
  ): Promise<{ moved: number; deposit: Submitted }> {
    const moved = await moveToNewGeneration(this.#keyrings, this.#records, init.patient, options);
    return { moved, deposit: await this.optIn(init, options) };
  }

  /**
   * By the doctor, while it is open: gathers the institutions' parts, finds the records of the emergency compartment
   * and opens those that match (default: all). Every round of releases yields a receipt; who releases something false
   * is named.
   * @throws ClientError `not-enough-conversions` with the reasons in `codes`; `no-access` before the countersignature.
   */
  async open(
    emergency: Uint8Array,
    options: CallOptions & { readonly keywords?: string | readonly string[] } = {},
  ): Promise<EmergencyOpening> {
    const found = await this.find(emergency, options);
    if (!found) throw new ClientError('not-found', { what: 'emergency' });
    return await openEmergency(this.#connection, found, options.keywords ?? '*', options);
  }

  /** What the reader is to know or to do about emergencies, newest first, by her role. */
  async notices(options: CallOptions = {}): Promise<EmergencyNotice[]> {
    return await emergencyNotices(this.#connection, options);
  }

  async unshare(patient: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('emergency.unshare', { patient }, options);
  }

  /**
   * By a doctor. The text is sealed to the patient, to who acts for her and to who judges it afterwards, `readers` among
   * them (at most 64 in all); the ledger has a salted commitment to it and the reason's code.
   */
  async request(
    init: {
      readonly patient: Uint8Array;
      readonly reason: EmergencyReason;
      readonly text: string;
      readonly lifetimeMs: number;
      readonly readers?: readonly Uint8Array[];
    },
    options: CallOptions = {},
  ): Promise<Submitted & { emergency: Uint8Array; salt: Uint8Array }> {
    const { backend, state, submission } = this.#connection;
    const { patient, reason, lifetimeMs } = init;
    const proven = await state.read([stateKeys.person(patient)], options);
    const recipient = readPerson(proven.get, patient);
    if (!recipient) throw new ClientError('not-found', { what: 'person' });
    const salt = backend.random(32);
    const sealed = { text: init.text, salt, patient: recipient, readers: init.readers ?? [] };
    const text = await storeReason(this.#connection, sealed, options);
    const textCommitment = purposeCommitment(salt, init.text);
    const body = { patient, reason, text, textCommitment, lifetimeMs };
    const submitted = await submission.submit('emergency.request', body, options);
    return { ...submitted, emergency: submitted.hash, salt };
  }

  /**
   * What the doctor wrote, if it was sealed to the reader; it is what the ledger commits to.
   * @throws ClientError `not-found`, `record-invalid`
   */
  async reason(emergency: Uint8Array, options: CallOptions = {}): Promise<EmergencyReasonText> {
    const name = toHex(emergency);
    const known = this.#reasons.get(name);
    if (known !== undefined) return known;
    const found = await this.find(emergency, options);
    if (!found) throw new ClientError('not-found', { what: 'emergency' });
    const reason = await openReason(this.#connection, found, options);
    this.#reasons.set(name, reason);
    return reason;
  }

  /** By an administrator of the doctor's institution, within an hour. */
  async countersign(emergency: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('emergency.countersign', { emergency }, options);
  }

  async end(emergency: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('emergency.end', { emergency }, options);
  }

  /** By the patient or a guardian, or an auditor or administrator of another institution than the doctor's, once it is over. */
  async review(
    emergency: Uint8Array,
    verdict: EmergencyVerdict,
    options: CallOptions = {},
  ): Promise<Submitted> {
    const body = { emergency, verdict, text: null };
    return await this.#connection.submission.submit('emergency.review', body, options);
  }

  /** An emergency and where it is by the time of the newest head; undefined when there is none (proven). */
  async find(
    id: Uint8Array,
    options: CallOptions = {},
  ): Promise<(Emergency & { phase: EmergencyPhase }) | undefined> {
    const proven = await this.#connection.state.read([stateKeys.emergency(id)], options);
    const emergency = readEmergency(proven.get, id);
    const timeMs = proven.header?.time ?? this.#connection.genesis.timeMs;
    return emergency && { ...emergency, phase: emergencyPhase(emergency, timeMs) };
  }

  /** The newest deposit of a patient, taken back or not. */
  async deposit(patient: Uint8Array, options: CallOptions = {}): Promise<EmergencySharing | undefined> {
    const proven = await this.#connection.state.read([stateKeys.sharing(patient)], options);
    return readSharing(proven.get, patient);
  }

  /** Ids of the emergencies of a patient, oldest first. */
  async of(patient: Uint8Array, options: CallOptions = {}): Promise<Uint8Array[]> {
    return await readList(this.#connection, 'emergencies-of', patient, options);
  }

  /** Ids of the requests of an institution's doctors, for whoever countersigns there. */
  async at(institution: Uint8Array, options: CallOptions = {}): Promise<Uint8Array[]> {
    return await readList(this.#connection, 'emergencies-at', institution, options);
  }
}
