import { openShares, toHex } from '#crypto';
import type { Backend, CID, NodeKeys } from '#crypto';
import { readInstitution, readSignKeysAt } from '#consensus/ledger';
import type { Grant, LedgerState } from '#consensus/ledger';
import { ProxyRefusal } from './proxy-refusal.ts';

/** Grants whose opened shares stay in memory; the boxes themselves lie sealed in the block store. */
const GRANTS_OPEN_MAX = 1024;

export interface ShareCabinetInit {
  backend: Backend;
  keys: NodeKeys;
  state(): LedgerState;
  fetchBlock(cid: CID, signal: AbortSignal): Promise<Uint8Array>;
}

/**
 * This node's shares of re-encryption keys. They lie on disk only as the box that the issuer sealed to this node;
 * opening verifies every share against the Feldman commitments of the grant on the ledger (SCHEME 5).
 */
export class ShareCabinet {
  readonly #init: ShareCabinetInit;
  readonly #open = new Map<string, Uint8Array[]>();

  constructor(init: ShareCabinetInit) {
    this.#init = init;
  }

  /** Share index of this node, 1..n. */
  index(): number {
    const { state, keys } = this.#init;
    const institution = readInstitution((key) => state().get(key), keys.id);
    if (institution === undefined) throw new ProxyRefusal('not-a-proxy');
    return institution.index;
  }

  /**
   * The shares f_j(i), 32 bytes each, one a rekey of the grant.
   * @throws ProxyRefusal `no-share` when the grant gives this node none, `share-invalid` when what it gave is false
   */
  async sharesOf(grant: Grant, signal: AbortSignal): Promise<Uint8Array[]> {
    const key = toHex(grant.id);
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const shares = await this.#unseal(grant, signal);
    if (this.#open.size >= GRANTS_OPEN_MAX) {
      const oldest = this.#open.keys().next();
      if (!oldest.done) this.forget(oldest.value);
    }
    this.#open.set(key, shares);
    return shares;
  }

  /** Wipes the opened shares of a grant (hex id) from memory. */
  forget(grantHex: string): void {
    for (const share of this.#open.get(grantHex) ?? []) share.fill(0);
    this.#open.delete(grantHex);
  }

  async #unseal(grant: Grant, signal: AbortSignal): Promise<Uint8Array[]> {
    const { backend, keys, state, fetchBlock } = this.#init;
    const mine = grant.shares.find(({ node }) => toHex(node) === toHex(keys.id));
    // The issuer may have other keys by now: what counts is the one of the grant's block.
    const signKeys = readSignKeysAt((key) => state().get(key), grant.issuer, grant.height);
    if (mine === undefined || signKeys.length === 0) throw new ProxyRefusal('no-share');
    const box = await fetchBlock(mine.box, signal);
    let fault: unknown;
    for (const signPublicKey of signKeys) {
      try {
        const issuer = { id: grant.issuer, signPublicKey };
        const { id: grantId, rekeys } = grant;
        return openShares(backend, { node: keys, issuer, grantId, index: this.index(), rekeys, box });
      } catch (cause) {
        fault = cause;
      }
    }
    throw new ProxyRefusal('share-invalid', { cause: fault });
  }
}
