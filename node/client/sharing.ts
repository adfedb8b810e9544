import { equalBytes, toHex } from '#crypto';
import type { CID, GrantTerms } from '#crypto';
import { ACCESS_ITEMS_MAX, readGrant, readRequest, stateKeys } from '#consensus/ledger';
import type { Grant, GrantRequest } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { readEach, readList } from './counted-list.ts';
import type { CallOptions } from './deadline.ts';
import type { Keyrings } from './keyring.ts';
import type { Selection } from './records.ts';
import type { OpenedRecord } from './opening.ts';
import { openNote, storeNote } from './sealed-note.ts';
import { search, SEARCH_WINDOW_MS } from './search.ts';
import type { Hit, SearchResult } from './search.ts';
import type { SharedOpening } from './shared-opening.ts';
import type { Submitted } from './submission.ts';

export interface GrantInit extends Selection {
  readonly delegate: Uint8Array;
  readonly expiresAtMs: number;
  /** Sealed to the delegate; for instance a v3-ActReason code. */
  readonly purpose: string;
  /** t; default the ledger's least threshold, q(n). */
  readonly threshold?: number;
  /** The request that this answers. */
  readonly request?: Uint8Array;
}

/** A grant as its delegate sees it: the ledger's entry and the opened terms. */
export interface ReceivedGrant {
  readonly grant: Grant;
  readonly terms: GrantTerms;
}

/** Conditional sharing (SCHEME 5): requests, grants, revocations, and reading what was shared. */
export class Sharing {
  readonly #connection: Connection;
  readonly #keyrings: Keyrings;
  /** When searches under a grant (hex id) were announced last. */
  readonly #announced = new Map<string, number>();
  readonly #received = new Map<string, GrantTerms>();

  constructor(connection: Connection, keyrings: Keyrings) {
    this.#connection = connection;
    this.#keyrings = keyrings;
  }

  /** Asks the patient or a custodian; the message is sealed to whom is asked. `request` is the id to answer. */
  async requestAccess(
    init: { patient: Uint8Array; to: Uint8Array; message?: string },
    options: CallOptions = {},
  ): Promise<Submitted & { request: Uint8Array }> {
    const { patient, to, message } = init;
    let link: CID | null = null;
    if (message !== undefined)
      link = await storeNote(this.#connection, message, await this.#keyrings.person(to, options), options);
    const submitted = await this.#connection.submission.submit(
      'grant.request',
      { patient, to, message: link },
      options,
    );
    return { ...submitted, request: submitted.hash };
  }

  /** Requests that were addressed to this person, answered ones too. */
  async requests(options: CallOptions = {}): Promise<GrantRequest[]> {
    const ids = await readList(this.#connection, 'requests-to', this.#connection.keys.id, options);
    return await readEach(this.#connection, ids, stateKeys.request, readRequest, options);
  }

  /** Requests that this person sent, answered ones too. */
  async sent(options: CallOptions = {}): Promise<GrantRequest[]> {
    const ids = await readList(this.#connection, 'requests-from', this.#connection.keys.id, options);
    return await readEach(this.#connection, ids, stateKeys.request, readRequest, options);
  }

  /** Why a request of this person was refused; undefined when no reason was given. */
  async refusal(request: GrantRequest, options: CallOptions = {}): Promise<string | undefined> {
    if (!request.reason) return undefined;
    const from = await this.#keyrings.person(request.to, options);
    return await openNote(this.#connection, request.reason, from, options);
  }

  /** What the requester wrote; undefined when nothing. */
  async message(request: GrantRequest, options: CallOptions = {}): Promise<string | undefined> {
    if (!request.message) return undefined;
    return await openNote(
      this.#connection,
      request.message,
      await this.#keyrings.person(request.from, options),
      options,
    );
  }

  /** Refuses a request; the reason is sealed to the requester. */
  async refuseRequest(request: GrantRequest, reason?: string, options: CallOptions = {}): Promise<Submitted> {
    const recipient = await this.#keyrings.person(request.from, options);
    const link = reason === undefined ? null : await storeNote(this.#connection, reason, recipient, options);
    return await this.#connection.submission.submit(
      'grant.refuse',
      { request: request.id, reason: link },
      options,
    );
  }

  /**
   * Grants categories and months to a delegate, in all generations that exist now. Shares go to every institution,
   * terms to the delegate; the ledger sees neither categories nor months.
   * @throws ClientError `no-access`, `input-invalid` above 64 compartments.
   */
  async grant(init: GrantInit, options: CallOptions = {}): Promise<Submitted & { grant: Uint8Array }> {
    const { issueGrant } = await import('./grant-issue.ts');
    return await issueGrant(this.#connection, this.#keyrings, init, options);
  }

  /** Grants of a patient, revoked and expired ones too. */
  async grantsOf(patient: Uint8Array, options: CallOptions = {}): Promise<Grant[]> {
    const ids = await readList(this.#connection, 'grants-of', patient, options);
    return await readEach(this.#connection, ids, stateKeys.grant, readGrant, options);
  }

  /** Grants to this person. */
  async received(options: CallOptions = {}): Promise<Grant[]> {
    const ids = await readList(this.#connection, 'grants-to', this.#connection.keys.id, options);
    return await readEach(this.#connection, ids, stateKeys.grant, readGrant, options);
  }

  /**
   * Ends a grant: every proxy refuses from that block on. Then a new generation starts in the categories concerned
   * (all, when this client did not issue the grant and so cannot know), for what is written afterwards.
   */
  async revoke(grantId: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    const { submission, vault } = this.#connection;
    const { patient } = await this.#grant(grantId, options);
    const revoked = await submission.submit('grant.revoke', { grant: grantId }, options);
    const mine = await this.#keyrings.load(patient, options);
    const known = vault.grants.find(({ grant }) => equalBytes(grant, grantId));
    const categories = known?.categories ?? [...new Set(mine.seeds.map(({ category }) => category))];
    if (categories.length > 0) {
      this.#keyrings.renewSeeds(patient, categories);
      await this.#keyrings.publish(patient, { renewed: true }, options);
    }
    return revoked;
  }

  /**
   * Opens the terms of a grant to us and checks them against the ledger: the issuer's signature, the commitment, and
   * for every compartment that its re-encryption key is one for it (d * C_0 = A).
   */
  async open(grantId: Uint8Array, options: CallOptions = {}): Promise<ReceivedGrant> {
    const grant = await this.#grant(grantId, options);
    const known = this.#received.get(toHex(grantId));
    if (known) return { grant, terms: known };
    const { openGrantTerms } = await import('./grant-terms.ts');
    const terms = await openGrantTerms(this.#connection, grant, options);
    this.#received.set(toHex(grantId), terms);
    return { grant, terms };
  }

  /**
   * Says on the ledger that searches under this grant begin, before the first of them and again after an hour: what the
   * patient sees is that there were some, not how many or what for. Nodes can not tell a search from another read, so
   * this is the client's word.
   * @throws ClientError `refused` with the ledger's reason when the grant is over.
   */
  async #announceSearch(grantId: Uint8Array, options: CallOptions): Promise<void> {
    const { clock, submission } = this.#connection;
    const name = toHex(grantId);
    const sinceMs = this.#announced.get(name);
    if (sinceMs !== undefined && clock.now() - sinceMs < SEARCH_WINDOW_MS) return;
    await submission.submit('access.search', { grant: grantId }, options);
    this.#announced.set(name, clock.now());
  }

  /** Search in what a grant covers, narrowed to categories and months if given: the same code as the owner's. */
  async search(
    init: {
      grant: Uint8Array;
      keywords: string | readonly string[];
      categories?: readonly string[];
      months?: readonly string[];
      limit?: number;
    },
    options: CallOptions = {},
  ): Promise<SearchResult> {
    const { grant, terms } = await this.open(init.grant, options);
    const compartments = terms.compartments
      .map(({ compartment }) => compartment)
      .filter(({ name }) => init.categories?.includes(name.category) ?? true)
      .filter(({ name }) => init.months?.includes(name.period) ?? true);
    if (compartments.length === 0) throw new ClientError('no-access', { what: 'outside the grant' });
    await this.#announceSearch(grant.id, options);
    const bounded = init.limit === undefined ? {} : { limit: init.limit };
    const { keywords } = init;
    return await search(
      this.#connection,
      { patient: grant.patient, compartments, keywords, ...bounded },
      options,
    );
  }

  /**
   * Opens records under a grant, through the proxies of other institutions: one committed access request (the audit
   * entry), t conversions, combination. Every access yields a receipt. False conversions are found, dropped and named.
   * `access`: a request of exactly these hits, at most 64, that was committed before; nothing new is asked for then.
   * @throws ClientError `no-access` outside the grant, `refused` by ledger or node, `not-enough-conversions`.
   */
  async openShared(
    init: { grant: Uint8Array; hits: readonly Hit[]; purpose?: string; access?: Submitted },
    options: CallOptions = {},
  ): Promise<SharedOpening> {
    const received = await this.open(init.grant, options);
    const { hits, access } = init;
    if (access && hits.length > ACCESS_ITEMS_MAX)
      throw new ClientError('input-invalid', { what: 'more hits than one request' });
    const asked = access ? { access } : {};
    const purpose = init.purpose ?? received.terms.purpose;
    const { openSharedHits } = await import('./shared-opening.ts');
    return await openSharedHits(this.#connection, { ...received, hits, purpose, ...asked }, options);
  }

  /** As `openShared`, one record after the other: for what is too large to be held together. */
  async *openSharedEach(
    init: { grant: Uint8Array; hits: readonly Hit[] },
    options: CallOptions = {},
  ): AsyncGenerator<OpenedRecord> {
    const received = await this.open(init.grant, options);
    const { purpose } = received.terms;
    const { openSharedEach } = await import('./shared-opening.ts');
    yield* openSharedEach(this.#connection, { ...received, hits: init.hits, purpose }, options);
  }

  async #grant(id: Uint8Array, options: CallOptions): Promise<Grant> {
    const proven = await this.#connection.state.read([stateKeys.grant(id)], options);
    const grant = readGrant(proven.get, id);
    if (!grant) throw new ClientError('not-found', { what: 'grant', id: toHex(id) });
    return grant;
  }
}
