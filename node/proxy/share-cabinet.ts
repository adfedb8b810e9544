import { CryptoError, joinDealtShares, openPart, openShares, openSubShares, toHex } from '#crypto';
import type { Backend, CID, HeldPart, NodeKeys } from '#crypto';
import { commitmentsOf, isGrant, lockOf, readInstitution, readSignKeysAt } from '#consensus/ledger';
import type { Held, LedgerState } from '#consensus/ledger';
import { ProxyRefusal } from './proxy-refusal.ts';

/** Grants and deposits whose opened shares stay in memory; the boxes themselves lie sealed in the block store. */
const OPEN_MAX = 1024;

export interface ShareCabinetInit {
  backend: Backend;
  keys: NodeKeys;
  state(): LedgerState;
  fetchBlock(cid: CID, signal: AbortSignal): Promise<Uint8Array>;
}

/**
 * This node's shares: of re-encryption keys, and of what patients have deposited. They lie on disk only as the box that
 * the issuer sealed to this node; opening verifies every share against the Feldman commitments on the ledger (SCHEME 5,
 * 7). After a re-sharing there is one box of each dealer in its place (SCHEME 7).
 */
export class ShareCabinet {
  readonly #init: ShareCabinetInit;
  readonly #open = new Map<string, { readonly since: number; readonly part: HeldPart }>();

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
   * The shares f_j(i), 32 bytes each: one a rekey of a grant, one a scalar of a deposit; and z of a deposit.
   * @throws ProxyRefusal `no-share` when this node has none of it, `share-invalid` when what it was given is false
   */
  async partOf(held: Held, signal: AbortSignal): Promise<HeldPart> {
    const key = toHex(held.id);
    const known = this.#open.get(key);
    if (known?.since === held.sharesHeight) return known.part;
    // What was held before a re-sharing is of no use, and not kept.
    this.forget(key);
    const part = await this.#unseal(held, signal);
    if (this.#open.size >= OPEN_MAX) {
      const oldest = this.#open.keys().next();
      if (!oldest.done) this.forget(oldest.value);
    }
    this.#open.set(key, { since: held.sharesHeight, part });
    return part;
  }

  /** Wipes the opened shares of a grant or deposit (hex id) from memory. */
  forget(name: string): void {
    const part = this.#open.get(name)?.part;
    for (const bytes of part === undefined ? [] : [...part.shares, part.lock]) bytes.fill(0);
    this.#open.delete(name);
  }

  async #unseal(held: Held, signal: AbortSignal): Promise<HeldPart> {
    return held.dealers.length === 0 ? await this.#issued(held, signal) : await this.#dealt(held, signal);
  }

  async #dealt(held: Held, signal: AbortSignal): Promise<HeldPart> {
    const { backend, keys, state, fetchBlock } = this.#init;
    const boxes = held.shares.find(({ node }) => toHex(node) === toHex(keys.id))?.boxes ?? [];
    if (boxes.length !== held.dealers.length) throw new ProxyRefusal('no-share');
    const index = this.index();
    const holder = { id: keys.id, index, seal: keys.seal };
    const { id: owner, epoch } = held;
    const commitments = commitmentsOf(held);
    const count = commitments.length;
    const lock = lockOf(held);
    try {
      const dealt = await Promise.all(
        held.dealers.map(async ({ node, index: from }, i) => {
          const [cid, institution] = [boxes[i], readInstitution((key) => state().get(key), node)];
          if (cid === undefined || institution === undefined) throw new ProxyRefusal('no-share');
          const dealer = { id: node, index: from, signPublicKey: institution.validatorKey };
          const box = await fetchBlock(cid, signal);
          return { from, ...openSubShares(backend, { owner, epoch, dealer, holder, count, lock, box }) };
        }),
      );
      const shares = joinDealtShares(backend, { index, commitments, dealt });
      return { shares, lock: dealt[0]?.lock ?? new Uint8Array(0) };
    } catch (cause) {
      if (cause instanceof CryptoError) throw new ProxyRefusal('share-invalid', { cause });
      throw cause;
    }
  }

  async #issued(held: Held, signal: AbortSignal): Promise<HeldPart> {
    const { keys, state, fetchBlock } = this.#init;
    const mine = held.shares.find(({ node }) => toHex(node) === toHex(keys.id));
    // The issuer may have other keys by now: what counts is the one of the block that made it.
    const signKeys = readSignKeysAt((key) => state().get(key), held.issuer, held.height);
    const [link] = mine?.boxes ?? [];
    if (link === undefined || signKeys.length === 0) throw new ProxyRefusal('no-share');
    const box = await fetchBlock(link, signal);
    let fault: unknown;
    for (const signPublicKey of signKeys) {
      try {
        return this.#openIssued(held, signPublicKey, box);
      } catch (cause) {
        fault = cause;
      }
    }
    throw new ProxyRefusal('share-invalid', { cause: fault });
  }

  #openIssued(held: Held, signPublicKey: Uint8Array, box: Uint8Array): HeldPart {
    const { backend, keys } = this.#init;
    const [issuer, index] = [{ id: held.issuer, signPublicKey }, this.index()];
    return isGrant(held)
      ? {
          shares: openShares(backend, {
            node: keys,
            issuer,
            grantId: held.id,
            index,
            rekeys: held.rekeys,
            box,
          }),
          lock: new Uint8Array(0),
        }
      : openPart(backend, { holder: keys, issuer, sharing: held, index, box });
  }
}
