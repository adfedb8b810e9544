import type { CID } from 'multiformats/cid';
import type { DurableBlockstore } from '#storage';
import type { Host } from './libp2p-host.ts';
import type { Membership } from './membership.ts';
import { NetworkError } from './network-error.ts';
import type { NetworkBlocks, NodeId } from './network.ts';

/** A fetch without a caller's signal ends after this long: the caller cannot hang on a net that does not answer. */
const FETCH_MS_MAX = 60_000;

/**
 * Blocks of the whole net. What lies here is read from the store; anything else goes through Helia (the exchange, then
 * kept). Writing and deleting go to the store as well, because Helia skips a put when a file is there, be it damaged, and
 * its delete waits behind every get that is under way.
 */
export class HeliaBlocks implements NetworkBlocks {
  readonly #host: () => Host;
  readonly #store: DurableBlockstore;
  readonly #membership: Membership;

  constructor(init: { host: () => Host; store: DurableBlockstore; membership: Membership }) {
    this.#host = init.host;
    this.#store = init.store;
    this.#membership = init.membership;
  }

  async get(
    cid: CID,
    options: { signal?: AbortSignal; holders?: readonly NodeId[] } = {},
  ): Promise<Uint8Array> {
    if (options.signal?.aborted === true) throw new NetworkError('aborted');
    const held = await this.#held(cid);
    if (held !== undefined) return held;
    const limit = AbortSignal.timeout(FETCH_MS_MAX);
    const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
    const providers = (options.holders ?? []).flatMap((node) => {
      const member = this.#membership.ofNode(node);
      return member === undefined ? [] : [member.peer.toCID()];
    });
    try {
      return await this.#fetch(cid, { signal, providers });
    } catch (error) {
      if (signal.aborted) throw new NetworkError(limit.aborted ? 'timeout' : 'aborted', { cause: error });
      throw unavailable(error);
    }
  }

  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    await this.#store.put(cid, bytes);
  }

  async has(cid: CID): Promise<boolean> {
    return this.#store.has(cid);
  }

  async delete(cid: CID): Promise<void> {
    await this.#store.delete(cid);
  }

  /** What lies here, without the machinery of a fetch. A damaged block is set aside by this, so that holders are asked. */
  async #held(cid: CID): Promise<Uint8Array | undefined> {
    try {
      return await this.#store.read(cid);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw unavailable(error);
    }
  }

  async #fetch(cid: CID, options: Parameters<Host['blockstore']['get']>[1]): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#host().blockstore.get(cid, options)) chunks.push(chunk);
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : new Uint8Array(Buffer.concat(chunks));
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.name === 'NotFoundError';
}

function unavailable(error: unknown): NetworkError {
  return error instanceof NetworkError ? error : new NetworkError('block-unavailable', { cause: error });
}
