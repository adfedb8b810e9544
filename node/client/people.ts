import { equalBytes, toHex } from '#crypto';
import type { CID, PublicKeys } from '#crypto';
import { approvalsNeeded, readMove, readPerson, stateKeys } from '#consensus/ledger';
import type { Move, Person, PersonRole } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { readEach, readList } from './counted-list.ts';
import type { CallOptions } from './deadline.ts';
import { profileBlock, profileLink } from './profile.ts';
import type { Profile } from './profile.ts';
import type { Submitted } from './submission.ts';

export interface RegisterInit {
  readonly role: PersonRole;
  /** Institution (node) id. */
  readonly home: Uint8Array;
  /** Sealed to the administrators of the home institution; of professionals, the name is for every member. */
  readonly profile?: Profile;
}

/** Registration, the decisions of the home institution's administrators, and moving to another one. */
export class People {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Applies at the home institution, then signs in, and proves that the application is in the state. */
  async register(init: RegisterInit, options: CallOptions = {}): Promise<Submitted & { person: Person }> {
    const { keys, submission, session } = this.#connection;
    const { role, home, profile } = init;
    const administrators = profile ? await this.#administratorsOf(home, options) : [];
    const block = profile && profileBlock(this.#connection, { role, administrators, profile });
    const body = { role, home, keys: keys.publicKeys, profile: block ? profileLink(block) : null };
    const submitted = await submission.register(body, block, options);
    await session.signIn(options);
    const person = await this.find(keys.id, options);
    if (!person) throw new ClientError('proof-invalid', { what: 'the registration is not in the state' });
    return { ...submitted, person };
  }

  /** Of the genesis, or proven for an institution that joined. @throws ClientError `input-invalid` for no member */
  async #administratorsOf(home: Uint8Array, options: CallOptions): Promise<readonly PublicKeys[]> {
    const { genesis } = this.#connection;
    const first = genesis.institutions.find(({ id }) => equalBytes(id, home));
    if (first !== undefined) return first.administrators;
    const { readRoster } = await import('./roster.ts');
    const roster = await readRoster(this.#connection, options);
    const found = roster.find(({ id, isMember }) => isMember && equalBytes(id, home));
    if (found === undefined) throw new ClientError('input-invalid', { what: 'home' });
    return found.administrators;
  }

  /** This client's own entry; undefined when the ledger does not know it (proven). */
  async myself(options: CallOptions = {}): Promise<Person | undefined> {
    return await this.find(this.#connection.keys.id, options);
  }

  /** A person or device by id; undefined when there is none (proven). */
  async find(id: Uint8Array, options: CallOptions = {}): Promise<Person | undefined> {
    const proven = await this.#connection.state.read([stateKeys.person(id)], options);
    return readPerson(proven.get, id);
  }

  /** Applications that wait at an institution. */
  async waiting(home: Uint8Array, options: CallOptions = {}): Promise<Person[]> {
    const ids = await readList(this.#connection, 'pending-at', home, options);
    return await readEach(this.#connection, ids, stateKeys.person, readPerson, options);
  }

  /**
   * Asks another institution to be this patient's home, with a profile for its administrators; the present home takes
   * that back. It works when the present one belongs no more, and at once then; else after three days.
   */
  async move(
    init: { readonly home: Uint8Array; readonly profile?: Profile },
    options: CallOptions = {},
  ): Promise<Submitted> {
    const { keys, submission, blocks } = this.#connection;
    const { home, profile } = init;
    let link: CID | null = null;
    if (profile !== undefined) {
      const administrators = await this.#administratorsOf(home, options);
      const bytes = profileBlock(this.#connection, { role: 'patient', administrators, profile });
      await blocks.put([{ codec: 'raw', bytes }], options);
      link = profileLink(bytes);
    }
    return await submission.submit('person.move', { patient: keys.id, home, profile: link }, options);
  }

  /** A patient's open wish to belong to another institution; undefined when there is none (proven). */
  async moveOf(person: Uint8Array, options: CallOptions = {}): Promise<Move | undefined> {
    const proven = await this.#connection.state.read([stateKeys.move(person)], options);
    return readMove(proven.get, person);
  }

  /** Patients who ask an institution to be their home, with the profile that is meant for it. */
  async moving(home: Uint8Array, options: CallOptions = {}): Promise<(Move & { patient: Person })[]> {
    const ids = await readList(this.#connection, 'moves-to', home, options);
    const distinct = [...new Map(ids.map((id) => [toHex(id), id])).values()];
    const proven = await this.#connection.state.read(
      distinct.flatMap((id) => [stateKeys.move(id), stateKeys.person(id)]),
      options,
    );
    return distinct.flatMap((id) => {
      const [move, patient] = [readMove(proven.get, id), readPerson(proven.get, id)];
      if (move === undefined || patient === undefined || !equalBytes(move.home, home)) return [];
      return [{ ...move, patient: { ...patient, profile: move.profile } }];
    });
  }

  /** By an administrator of the institution that a patient asked; `identifiers` of `identities.check`, as at an approval. */
  async receive(
    person: Uint8Array,
    options: CallOptions & { readonly identifiers?: readonly Uint8Array[] } = {},
  ): Promise<Submitted> {
    const body = { person, identifiers: options.identifiers ?? [] };
    return await this.#connection.submission.submit('person.receive', body, options);
  }

  /**
   * One administrator's approval; `remaining` says how many more distinct administrators it takes. `identifiers` of
   * `identities.check` let a second registration of a patient be found.
   */
  async approve(
    person: Uint8Array,
    options: CallOptions & { readonly identifiers?: readonly Uint8Array[] } = {},
  ): Promise<Submitted & { remaining: number }> {
    const { submission } = this.#connection;
    const { identifiers } = options;
    const body = { person, reason: null, ...(identifiers === undefined ? {} : { identifiers }) };
    const submitted = await submission.submit('person.approve', body, options);
    const after = await this.find(person, options);
    if (!after) throw new ClientError('proof-invalid', { what: 'the person is not in the state' });
    const remaining = after.status === 'active' ? 0 : approvalsNeeded(after.role) - after.approvals.length;
    return { ...submitted, remaining };
  }

  /** Refuses an application; the reason is sealed to the applicant. */
  async refuse(person: Uint8Array, reason?: string, options: CallOptions = {}): Promise<Submitted> {
    return await this.#decide('person.refuse', person, reason, options);
  }

  async suspend(person: Uint8Array, reason?: string, options: CallOptions = {}): Promise<Submitted> {
    return await this.#decide('person.suspend', person, reason, options);
  }

  async reinstate(person: Uint8Array, reason?: string, options: CallOptions = {}): Promise<Submitted> {
    return await this.#decide('person.reinstate', person, reason, options);
  }

  async #decide(
    kind: 'person.refuse' | 'person.suspend' | 'person.reinstate',
    person: Uint8Array,
    reason: string | undefined,
    options: CallOptions,
  ): Promise<Submitted> {
    let link: CID | null = null;
    if (reason !== undefined) {
      const recipient = await this.find(person, options);
      if (!recipient) throw new ClientError('not-found', { what: 'person' });
      const { storeNote } = await import('./sealed-note.ts');
      link = await storeNote(this.#connection, reason, recipient, options);
    }
    return await this.#connection.submission.submit(kind, { person, reason: link }, options);
  }
}
