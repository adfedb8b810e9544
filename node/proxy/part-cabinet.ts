import { equalBytes, openPart, toHex } from '#crypto';
import type { Backend, CID, HeldPart, NodeKeys } from '#crypto';
import { readInstitution, readSignKeysAt } from '#consensus/ledger';
import type { EmergencySharing, LedgerState } from '#consensus/ledger';
import { ProxyRefusal } from './proxy-refusal.ts';

/** Parts that stay opened in memory; the boxes lie sealed in the block store. */
const PARTS_OPEN_MAX = 256;

export interface PartCabinetInit {
  backend: Backend;
  keys: NodeKeys;
  state(): LedgerState;
  fetchBlock(cid: CID, signal: AbortSignal): Promise<Uint8Array>;
}

/**
 * This node's parts of keys that patients have shared among institutions. They lie on disk only as the boxes that were
 * sealed to this node; opening checks a part against the dealing that the ledger commits to (SCHEME 7).
 */
export class PartCabinet {
  readonly #init: PartCabinetInit;
  readonly #open = new Map<string, HeldPart>();

  constructor(init: PartCabinetInit) {
    this.#init = init;
  }

  /** @throws ProxyRefusal `no-share` when the deposit gives this node none, `share-invalid` when what it gave is false */
  async partOf(sharing: EmergencySharing, signal: AbortSignal): Promise<HeldPart> {
    const name = toHex(sharing.id);
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const part = await this.#unseal(sharing, signal);
    const oldest = this.#open.keys().next();
    if (this.#open.size >= PARTS_OPEN_MAX && !oldest.done) this.forget(oldest.value);
    this.#open.set(name, part);
    return part;
  }

  /** Wipes the opened part of a deposit (hex id) from memory. */
  forget(sharingHex: string): void {
    const part = this.#open.get(sharingHex);
    part?.scalar.fill(0);
    part?.bytes.fill(0);
    this.#open.delete(sharingHex);
  }

  async #unseal(sharing: EmergencySharing, signal: AbortSignal): Promise<HeldPart> {
    const { backend, keys, state, fetchBlock } = this.#init;
    const get = (key: Uint8Array): Uint8Array | undefined => state().get(key);
    const institution = readInstitution(get, keys.id);
    if (institution === undefined) throw new ProxyRefusal('not-a-proxy');
    const mine = sharing.shares.find(({ node }) => equalBytes(node, keys.id));
    // The issuer may have other keys by now: what counts is the one of the deposit's block.
    const signKeys = readSignKeysAt(get, sharing.issuer, sharing.height);
    if (mine === undefined || signKeys.length === 0) throw new ProxyRefusal('no-share');
    const box = await fetchBlock(mine.box, signal);
    let fault: unknown;
    for (const signPublicKey of signKeys) {
      try {
        return openPart(backend, {
          holder: keys,
          index: institution.index,
          issuer: { id: sharing.issuer, signPublicKey },
          sharingId: sharing.id,
          commitment: sharing.commitment,
          box,
        });
      } catch (cause) {
        fault = cause;
      }
    }
    throw new ProxyRefusal('share-invalid', { cause: fault });
  }
}
