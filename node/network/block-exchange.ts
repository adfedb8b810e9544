import type { BlockBroker, BlockRetrievalOptions } from '@helia/interface';
import { CID } from 'multiformats/cid';
import { BLOCK_BYTES_MAX } from '#storage';
import type { DurableBlockstore } from '#storage';
import { holderOrder } from './member-routing.ts';
import type { KnownMember, Membership } from './membership.ts';
import { NetworkError } from './network-error.ts';
import type { NetworkLimits } from './network-limits.ts';
import type { NetworkInit, NetworkLogger, NodeId } from './network.ts';
import type { Requests } from './requests.ts';

export const BLOCK_PROTOCOL = '/phr/block/1.0.0';
/** Longest CID accepted in a request, in bytes: version, codec and a SHA-256 multihash need 36. */
const CID_BYTES_MAX = 64;

export interface BlockExchangeInit {
  readonly requests: Requests;
  readonly membership: Membership;
  readonly blockstore: DurableBlockstore;
  readonly limits: NetworkLimits;
  readonly logger: NetworkLogger;
  readonly authorizeBlock: NetworkInit['authorizeBlock'];
  readonly holdersFirst: NetworkInit['holdersFirst'];
  readonly isConnected: (member: KnownMember) => boolean;
}

class BlockRefusal extends Error {
  readonly code: 'refused' | 'not-found' | 'malformed';

  constructor(code: 'refused' | 'not-found' | 'malformed') {
    super(code);
    this.code = code;
  }
}

/**
 * Helia's only way to fetch a block: one request to one holder at a time, each with its own time limit, then the next
 * holder. It serves blocks only to members whom `authorizeBlock` lets have them; whether a refused block exists here is
 * not told.
 */
export class BlockExchange implements BlockBroker {
  readonly name = 'phr-block-exchange';
  readonly #init: BlockExchangeInit;

  constructor(init: BlockExchangeInit) {
    this.#init = init;
    init.requests.handle(BLOCK_PROTOCOL, async (from, bytes) => this.#serve(from, bytes), {
      requestBytesMax: CID_BYTES_MAX,
      responseBytesMax: BLOCK_BYTES_MAX,
      concurrentMax: init.limits.blocksServedMax,
      timeoutMs: init.limits.blockTimeoutMs,
    });
  }

  /** @throws NetworkError `block-unavailable` (cause: one error a holder) | `aborted` | `timeout` */
  async retrieve(cid: CID, options: BlockRetrievalOptions = {}): Promise<Uint8Array> {
    const errors: unknown[] = [];
    for (const member of this.#holders(cid, options.providers)) {
      options.signal?.throwIfAborted();
      try {
        const block = await this.#init.requests.request(member.node, BLOCK_PROTOCOL, cid.bytes, {
          bytesMax: BLOCK_BYTES_MAX,
          timeoutMs: this.#init.limits.blockTimeoutMs,
          ...(options.signal ? { signal: options.signal } : {}),
        });
        await options.validateFn?.(block);
        return block;
      } catch (error) {
        options.signal?.throwIfAborted();
        this.#init.logger.debug(
          { peer: member.key, cid: cid.toString(), error: nameOf(error) },
          'holder-failed',
        );
        errors.push(error);
      }
    }
    throw new NetworkError('block-unavailable', {
      cause: new AggregateError(errors),
      facts: { holdersAsked: errors.length },
    });
  }

  /** Hinted holders, then connected members, then the rest, the latter two in rendezvous order. */
  #holders(cid: CID, providers: BlockRetrievalOptions['providers']): KnownMember[] {
    const { membership, holdersFirst, isConnected } = this.#init;
    const order = holderOrder(membership, cid.multihash.bytes);
    const hinted = (providers ?? []).flatMap((provider) => {
      const peer = CID.asCID(provider)?.toString();
      return order.find((member) => member.peer.toCID().toString() === peer) ?? [];
    });
    const first = (holdersFirst?.(cid) ?? []).flatMap((node: NodeId) => membership.ofNode(node) ?? []);
    const [near, far] = [order.filter(isConnected), order.filter((member) => !isConnected(member))];
    const byKey = new Map([...hinted, ...first, ...near, ...far].map((member) => [member.key, member]));
    return [...byKey.values()];
  }

  async #serve(from: NodeId, bytes: Uint8Array): Promise<Uint8Array> {
    const cid = decodeCid(bytes);
    if (!(await this.#isAuthorized(from, cid))) throw new BlockRefusal('refused');
    try {
      return await this.#init.blockstore.read(cid);
    } catch (error) {
      if (nameOf(error) === 'NotFoundError') throw new BlockRefusal('not-found');
      throw error;
    }
  }

  async #isAuthorized(from: NodeId, cid: CID): Promise<boolean> {
    try {
      return (await this.#init.authorizeBlock(from, cid)) === true;
    } catch (error) {
      this.#init.logger.warn({ cid: cid.toString(), error: nameOf(error) }, 'authorize-failed');
      return false;
    }
  }
}

function decodeCid(bytes: Uint8Array): CID {
  try {
    return CID.decode(bytes);
  } catch {
    throw new BlockRefusal('malformed');
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
