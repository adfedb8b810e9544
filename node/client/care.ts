import { equalBytes, personIdOf, toHex, verifyPublicKeys } from '#crypto';
import {
  KEYRING_PLACES,
  readAssignment,
  readAssignmentRequest,
  readKeyring,
  readPerson,
  stateKeys,
  verifyDeviceConsent,
} from '#consensus/ledger';
import type { Assignment, AssignmentRequest, Person } from '#consensus/ledger';
import { CATEGORIES } from '#node/records';
import { ClientError } from './client-error.ts';
import type { DeviceAnswer } from './device-enrolment.ts';
import type { Connection } from './connection.ts';
import { readEach, readList } from './counted-list.ts';
import type { CallOptions } from './deadline.ts';
import type { Keyrings } from './keyring.ts';
import type { Submitted } from './submission.ts';

/** The device's public keys, its root never leaves it, and its consent to be this patient's. */
export interface EnrolDeviceInit extends DeviceAnswer {
  readonly categories: readonly string[];
  /** Months for which it may write; give some ahead. */
  readonly months: readonly string[];
}

const pairOf = ({ patient, doctor }: { patient: Uint8Array; doctor: Uint8Array }): string =>
  `${toHex(patient)}/${toHex(doctor)}`;

/** Doctors in charge, devices, and the keys that they hold. */
export class Care {
  readonly #connection: Connection;
  readonly #keyrings: Keyrings;

  constructor(connection: Connection, keyrings: Keyrings) {
    this.#connection = connection;
    this.#keyrings = keyrings;
  }

  /** Asks the patient's home for an assignment: by the doctor herself, the patient or a guardian. */
  async requestAssignment(
    patient: Uint8Array,
    doctor: Uint8Array,
    options: CallOptions = {},
  ): Promise<Submitted> {
    return await this.#connection.submission.submit('assignment.request', { patient, doctor }, options);
  }

  /** Requests about an institution's patients that nobody has answered yet, for its administrators. */
  async assignmentRequests(home: Uint8Array, options: CallOptions = {}): Promise<AssignmentRequest[]> {
    const ids = await readList(this.#connection, 'assignment-requests-at', home, options);
    const asked = await readEach(
      this.#connection,
      ids,
      stateKeys.assignmentRequest,
      readAssignmentRequest,
      options,
    );
    // Asked again after an end: only the newest of a pair can be open.
    const newest = [...new Map(asked.map((one) => [pairOf(one), one])).values()];
    const assignments = await readEach(
      this.#connection,
      newest,
      ({ patient, doctor }) => stateKeys.assignment(patient, doctor),
      (get, { patient, doctor }) => readAssignment(get, patient, doctor),
      options,
    );
    const open = new Set(assignments.filter(({ status }) => status === 'requested').map(pairOf));
    return newest.filter((one) => open.has(pairOf(one)));
  }

  /** By an administrator of the patient's home, asked or not; nothing follows until the patient accepts. */
  async assign(patient: Uint8Array, doctor: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('assignment.create', { patient, doctor }, options);
  }

  async assignment(
    patient: Uint8Array,
    doctor: Uint8Array,
    options: CallOptions = {},
  ): Promise<Assignment | undefined> {
    const proven = await this.#connection.state.read([stateKeys.assignment(patient, doctor)], options);
    return readAssignment(proven.get, patient, doctor);
  }

  /** All assignments of a patient, past and proposed ones too. */
  async assignments(patient: Uint8Array, options: CallOptions = {}): Promise<Assignment[]> {
    const doctors = await readList(this.#connection, 'assignments-of', patient, options);
    const key = (doctor: Uint8Array): Uint8Array => stateKeys.assignment(patient, doctor);
    return await readEach(
      this.#connection,
      doctors,
      key,
      (get, doctor) => readAssignment(get, patient, doctor),
      options,
    );
  }

  /** Assignments of a doctor, with whether her keys are there yet: only then can she open anything. */
  async patients(
    doctor: Uint8Array,
    options: CallOptions = {},
  ): Promise<(Assignment & { hasKeys: boolean })[]> {
    const ids = await readList(this.#connection, 'patients-of', doctor, options);
    const key = (patient: Uint8Array): Uint8Array => stateKeys.assignment(patient, doctor);
    const assignments = await readEach(
      this.#connection,
      ids,
      key,
      (get, id) => readAssignment(get, id, doctor),
      options,
    );
    const keyrings = await this.#connection.state.read(
      ids.flatMap((id) => KEYRING_PLACES.map((place) => stateKeys.keyring(id, doctor, place))),
      options,
    );
    return assignments.map((one) => ({
      ...one,
      hasKeys: KEYRING_PLACES.some(
        (place) => readKeyring(keyrings.get, one.patient, doctor, place) !== undefined,
      ),
    }));
  }

  /**
   * The patient accepts a doctor and seals the generation seeds of all categories to her; from then on the doctor
   * can open, search, write and grant. Repeating it after an interruption only seals again.
   */
  async acceptAssignment(doctor: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    const { keys, submission } = this.#connection;
    const patient = keys.id;
    const assignment = await this.assignment(patient, doctor, options);
    if (assignment?.status !== 'proposed' && assignment?.status !== 'active')
      throw new ClientError('not-found', { what: 'assignment' });
    await this.#keyrings.load(patient, options);
    this.#keyrings.ensureSeeds(patient, CATEGORIES);
    if (assignment.status === 'proposed')
      await submission.submit('assignment.accept', { patient, doctor }, options);
    return await this.#keyrings.publish(patient, { renewed: false }, options);
  }

  /**
   * Ends an assignment. When the patient ends it, a new generation starts in every category, so that what is written
   * from now on is out of the former doctor's reach; what she has read stays read.
   */
  async endAssignment(
    patient: Uint8Array,
    doctor: Uint8Array,
    options: CallOptions = {},
  ): Promise<Submitted> {
    const { keys, submission } = this.#connection;
    const ended = await submission.submit('assignment.end', { patient, doctor }, options);
    if (!equalBytes(keys.id, patient)) return ended;
    return await this.startGeneration(patient, undefined, options);
  }

  /** A new generation of the categories (default: all that exist), sealed to everybody who is in charge now. */
  async startGeneration(
    patient: Uint8Array,
    categories?: readonly string[],
    options: CallOptions = {},
  ): Promise<Submitted> {
    const mine = await this.#keyrings.load(patient, options);
    const all = [...new Set(mine.seeds.map(({ category }) => category))];
    if (all.length === 0) throw new ClientError('no-access', { what: 'no seeds of this patient' });
    this.#keyrings.renewSeeds(patient, categories ?? all);
    return await this.#keyrings.publish(patient, { renewed: true }, options);
  }

  /** Enrols a device of the patient and seals writer kits to it: it can write, and neither open nor search. */
  async enrolDevice(
    init: EnrolDeviceInit,
    options: CallOptions = {},
  ): Promise<{ device: Uint8Array; height: number }> {
    const { keys, submission, backend, state, chainId } = this.#connection;
    const { signature } = init;
    const isConsent = verifyDeviceConsent(backend, chainId, keys.id, init.keys, signature);
    if (!isConsent || !verifyPublicKeys(backend, init.keys))
      throw new ClientError('input-invalid', { what: 'keys of the device' });
    const device = personIdOf(init.keys);
    const proven = await state.read([stateKeys.person(device)], options);
    const known = readPerson(proven.get, device);
    if (!known) await submission.submit('device.enrol', { keys: init.keys, signature }, options);
    return { device, height: (await this.giveKits(keys.id, { ...init, device }, options)).height };
  }

  /** Seals kits for these categories and months to a device, in place of the earlier plan. */
  async giveKits(
    patient: Uint8Array,
    plan: {
      readonly device: Uint8Array;
      readonly categories: readonly string[];
      readonly months: readonly string[];
    },
    options: CallOptions = {},
  ): Promise<Submitted> {
    await this.#keyrings.load(patient, options);
    this.#keyrings.ensureSeeds(patient, plan.categories);
    const { device, categories, months } = plan;
    this.#keyrings.planDevice(patient, { device, categories: [...categories], months: [...months] });
    return await this.#keyrings.publish(patient, { renewed: false }, options);
  }

  /** Revokes a device for good; a new generation makes its kits useless for reading along. */
  async revokeDevice(device: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    const { keys, submission } = this.#connection;
    await submission.submit('device.revoke', { device }, options);
    await this.#keyrings.load(keys.id, options);
    this.#keyrings.planDevice(keys.id, { device, categories: [], months: [] });
    return await this.startGeneration(keys.id, undefined, options);
  }

  async devices(patient: Uint8Array, options: CallOptions = {}): Promise<Person[]> {
    const ids = await readList(this.#connection, 'devices-of', patient, options);
    return await readEach(this.#connection, ids, stateKeys.person, readPerson, options);
  }

  /** Fetches the keyring of a patient as it is now; for a doctor who was just assigned, or a device. */
  async fetchKeys(
    patient: Uint8Array,
    options: CallOptions = {},
  ): Promise<{ categories: string[]; kits: number }> {
    const mine = await this.#keyrings.load(patient, options);
    return { categories: [...new Set(mine.seeds.map(({ category }) => category))], kits: mine.kits.length };
  }
}
