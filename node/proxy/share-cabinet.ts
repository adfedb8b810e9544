import { CryptoError, joinDealtShares, openShares, openSubShares, toHex } from '#crypto';
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
 * opening verifies every share against the Feldman commitments of the grant on the ledger (SCHEME 5). After a
 * re-sharing there is one box of each dealer in its place (SCHEME 7).
 */
export class ShareCabinet {
  readonly #init: ShareCabinetInit;
  readonly #open = new Map<string, { readonly since: number; readonly shares: Uint8Array[] }>();

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
    if (known?.since === grant.sharesHeight) return known.shares;
    // What was held before a re-sharing is of no use, and not kept.
    this.forget(key);
    const shares = await this.#unseal(grant, signal);
    if (this.#open.size >= GRANTS_OPEN_MAX) {
      const oldest = this.#open.keys().next();
      if (!oldest.done) this.forget(oldest.value);
    }
    this.#open.set(key, { since: grant.sharesHeight, shares });
    return shares;
  }

  /** Wipes the opened shares of a grant (hex id) from memory. */
  forget(grantHex: string): void {
    for (const share of this.#open.get(grantHex)?.shares ?? []) share.fill(0);
    this.#open.delete(grantHex);
  }

  async #unseal(grant: Grant, signal: AbortSignal): Promise<Uint8Array[]> {
    return grant.dealers.length === 0 ? await this.#issued(grant, signal) : await this.#dealt(grant, signal);
  }

  async #dealt(grant: Grant, signal: AbortSignal): Promise<Uint8Array[]> {
    const { backend, keys, state, fetchBlock } = this.#init;
    const boxes = grant.shares.find(({ node }) => toHex(node) === toHex(keys.id))?.boxes ?? [];
    if (boxes.length !== grant.dealers.length) throw new ProxyRefusal('no-share');
    const index = this.index();
    const holder = { id: keys.id, index, seal: keys.seal };
    const { id: owner, epoch, rekeys } = grant;
    try {
      const dealt = await Promise.all(
        grant.dealers.map(async ({ node, index: from }, i) => {
          const [cid, institution] = [boxes[i], readInstitution((key) => state().get(key), node)];
          if (cid === undefined || institution === undefined) throw new ProxyRefusal('no-share');
          const dealer = { id: node, index: from, signPublicKey: institution.validatorKey };
          const box = await fetchBlock(cid, signal);
          return {
            from,
            shares: openSubShares(backend, { owner, epoch, dealer, holder, count: rekeys.length, box }),
          };
        }),
      );
      return joinDealtShares(backend, {
        index,
        commitments: rekeys.map(({ commitments }) => commitments),
        dealt,
      });
    } catch (cause) {
      if (cause instanceof CryptoError) throw new ProxyRefusal('share-invalid', { cause });
      throw cause;
    }
  }

  async #issued(grant: Grant, signal: AbortSignal): Promise<Uint8Array[]> {
    const { backend, keys, state, fetchBlock } = this.#init;
    const mine = grant.shares.find(({ node }) => toHex(node) === toHex(keys.id));
    // The issuer may have other keys by now: what counts is the one of the grant's block.
    const signKeys = readSignKeysAt((key) => state().get(key), grant.issuer, grant.height);
    const [link] = mine?.boxes ?? [];
    if (link === undefined || signKeys.length === 0) throw new ProxyRefusal('no-share');
    const box = await fetchBlock(link, signal);
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
