import { abortCause } from './frame-stream.ts';
import { NetworkError } from './network-error.ts';
import type { NetworkLogger, NodeId } from './network.ts';

export interface Receipt {
  readonly node: NodeId;
  /** 64 bytes, of the node's validator key over the stored hash. */
  readonly signature: Uint8Array;
}

/** Default of `stragglerMs`. */
export const STRAGGLER_MS = 2_000;

export interface GatheringInit {
  /** Best first. */
  readonly candidates: readonly NodeId[];
  /** Holders worked with at a time, and receipts after which no more are waited for. */
  readonly wanted: number;
  /** Receipts without which the gathering fails. */
  readonly needed: number;
  /** Gets one verified receipt; rejects when the node cannot give it. */
  readonly ask: (node: NodeId) => Promise<Receipt>;
  /** How long stragglers are waited for once `needed` have signed. */
  readonly stragglerMs: number;
  readonly signal: AbortSignal;
  readonly logger: NetworkLogger;
}

/**
 * Works with `wanted` candidates at a time; one that fails is replaced by the next.
 * @throws NetworkError `not-enough-holders` when the candidates run out below `needed` | `aborted` | `timeout`
 */
export async function gatherReceipts(init: GatheringInit): Promise<Receipt[]> {
  const { needed, signal, wanted } = init;
  if (signal.aborted) throw abortCause(signal);
  const receipts: Receipt[] = [];
  const waiting = [...init.candidates];
  const { promise, resolve, reject } = Promise.withResolvers<Receipt[]>();
  let busy = 0;
  let straggling: NodeJS.Timeout | undefined;
  const finish = (): void => resolve(receipts.slice(0, wanted));
  const settle = (): void => {
    while (busy + receipts.length < wanted) {
      const node = waiting.shift();
      if (node === undefined) break;
      busy += 1;
      void work(node);
    }
    if (receipts.length >= wanted || (busy === 0 && receipts.length >= needed)) finish();
    else if (busy === 0) {
      reject(new NetworkError('not-enough-holders', { facts: { given: receipts.length, needed } }));
    } else if (receipts.length >= needed) straggling ??= setTimeout(finish, init.stragglerMs);
  };
  const work = async (node: NodeId): Promise<void> => {
    try {
      receipts.push(await init.ask(node));
    } catch (error) {
      init.logger.warn({ peer: Buffer.from(node).toString('hex'), error: codeOf(error) }, 'holder-replaced');
    }
    busy -= 1;
    settle();
  };
  const onAbort = (): void => reject(abortCause(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  settle();
  try {
    return await promise;
  } finally {
    clearTimeout(straggling);
    signal.removeEventListener('abort', onAbort);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof NetworkError) return error.remoteCode ?? error.code;
  return error instanceof Error ? error.name : 'unknown';
}
