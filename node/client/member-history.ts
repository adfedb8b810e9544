import { equalBytes, fromBase64Url, fromHex, toHex } from '#crypto';
import type { Backend } from '#crypto';
import { validatorsHashOf } from '#consensus';
import type { Header, ValidatorSet } from '#consensus';
import { LedgerError, ValidatorHistory } from '#consensus/ledger';
import type { Genesis, SetChange } from '#consensus/ledger';
import { setChangesSchema } from './api.ts';
import { ClientError } from './client-error.ts';
import type { CallOptions } from './deadline.ts';
import type { NodeApi } from './node-api.ts';
import type { Vault } from './vault.ts';

/**
 * How long what a client knows of the members holds without a word from people: institutions that left may, later,
 * forge a history away from their time that no proof tells from the true one, so who was away for longer compares the
 * fingerprint of the present members before going on.
 */
export const MEMBERS_TRUST_MS = 30 * 24 * 3_600_000;

/** What a vault keeps of the members: the newest set that was verified, and the time of the newest head under it. */
export interface MemberTrust {
  fromHeight: number;
  /** `validatorsHash` of headers, 32 bytes: its hex is the fingerprint that people compare. */
  hash: Uint8Array;
  timeMs: number;
}

export interface MemberHistoryInit {
  readonly api: NodeApi;
  readonly backend: Backend;
  readonly genesis: Genesis;
  readonly vault: Vault;
  readonly clock: { now(): number };
  /** Fingerprint of the present members, compared by a person. */
  readonly members?: string;
}

/**
 * The validator sets that this client believes in, followed from the genesis by the chain of certified changes, never
 * back behind what the vault remembers.
 */
export class MemberHistory {
  readonly #init: MemberHistoryInit;
  #history: ValidatorHistory;

  constructor(init: MemberHistoryInit) {
    this.#init = init;
    this.#history = new ValidatorHistory(init.backend, init.genesis);
  }

  /** The changes that others need to follow to the newest set, in order. */
  validatorsAt(height: number): ValidatorSet {
    return this.#history.setAt(height);
  }

  get changes(): readonly SetChange[] {
    return this.#history.changes;
  }

  /**
   * Verifies a certified head, after following the changes that the node shows if it is of a set not known yet.
   * @throws ClientError `proof-invalid`, `members-unconfirmed`
   */
  async verifiedHead(header: Uint8Array, certificate: Uint8Array, options: CallOptions): Promise<Header> {
    if (this.#isBehindVault()) await this.#follow(options);
    try {
      return this.#accept(this.#history.verifyHead(header, certificate));
    } catch (cause) {
      const isOther = cause instanceof LedgerError && cause.facts['field'] === 'validatorsHash';
      if (!isOther) throw new ClientError('proof-invalid', { what: 'certificate' }, { cause });
    }
    await this.#follow(options);
    try {
      return this.#accept(this.#history.verifyHead(header, certificate));
    } catch (cause) {
      throw new ClientError('proof-invalid', { what: 'certificate' }, { cause });
    }
  }

  #isBehindVault(): boolean {
    const { trust } = this.#init.vault;
    return trust !== null && !knows(this.#history, trust);
  }

  #accept(header: Header): Header {
    const { vault } = this.#init;
    const { trust } = vault;
    const validators = this.#history.setAt(header.height);
    const fromHeight = this.#history.fromHeightAt(header.height);
    const isNewer = trust === null || fromHeight > trust.fromHeight;
    if (isNewer || (fromHeight === trust.fromHeight && header.time > trust.timeMs))
      vault.trust = { fromHeight, hash: validatorsHashOf(validators), timeMs: header.time };
    return header;
  }

  /** All or nothing: a chain of changes that breaks, or does not pass what is known, leaves this history as it was. */
  async #follow(options: CallOptions): Promise<void> {
    const { api, backend, genesis, vault } = this.#init;
    const request = { method: 'GET', path: '/changes' } as const;
    const answer = await api.json(request, setChangesSchema, options, 'no-session');
    const history = new ValidatorHistory(backend, genesis);
    try {
      // What was verified before comes first: a change that contradicts it is refused.
      for (const change of this.#history.changes) history.follow(change);
      for (const { header, certificate, validators } of answer.changes) {
        history.follow({
          header: fromBase64Url(header),
          certificate: fromBase64Url(certificate),
          validators: validators.map(({ id, publicKey }) => ({
            id: fromHex(id),
            publicKey: fromHex(publicKey),
          })),
        });
      }
    } catch (cause) {
      throw new ClientError('proof-invalid', { what: 'change of the members' }, { cause });
    }
    if (vault.trust !== null && !knows(history, vault.trust))
      throw new ClientError('proof-invalid', { what: 'another history of the members' });
    this.#requireTrust(history);
    this.#history = history;
  }

  #requireTrust(history: ValidatorHistory): void {
    const { clock, genesis, members, vault } = this.#init;
    const fingerprint = toHex(validatorsHashOf(history.setAt(Number.MAX_SAFE_INTEGER)));
    const isNew = history.changes.length > this.#history.changes.length;
    const known = vault.trust !== null && toHex(vault.trust.hash) === fingerprint;
    const sinceMs = clock.now() - (vault.trust?.timeMs ?? genesis.timeMs);
    if (!isNew || known || sinceMs <= MEMBERS_TRUST_MS || members === fingerprint) return;
    throw new ClientError('members-unconfirmed', { fingerprint, changes: history.changes.length });
  }
}

function knows(history: ValidatorHistory, { fromHeight, hash }: MemberTrust): boolean {
  return (
    history.fromHeightAt(fromHeight) === fromHeight &&
    equalBytes(validatorsHashOf(history.setAt(fromHeight)), hash)
  );
}
