import type { LedgerState } from '#consensus/ledger';
import { ProxyRefusal } from './proxy-refusal.ts';

/** How long a proxy waits to learn that its view is the newest. */
const FRESH_WAIT_MS = 3_000;
const FRESH_POLL_MS = 25;

/** The newest committed state as this node has it, and whether others confirm that it is the newest. */
export interface View {
  /** `timeMs` and `hash` are those of the newest certified block. */
  head(): { state: LedgerState; height: number; timeMs: number; hash: Uint8Array };
  /** True while a quorum of signed head statements of the last seconds confirms this node's view. */
  fresh(): boolean;
  /** Two certified blocks of one height were seen: what the ledger says grants nothing any more. */
  isForked?(): boolean;
  clock: { now(): number; setTimeout(fn: () => void, ms: number): () => void };
}

/**
 * While a block is under way some validators are one height ahead: that passes, or this node is behind.
 * @throws ProxyRefusal `ledger-forked`, `stale-view`
 */
export async function untilFresh({ fresh, isForked, clock }: View, signal: AbortSignal): Promise<void> {
  if (isForked?.() === true) throw new ProxyRefusal('ledger-forked');
  const deadline = clock.now() + FRESH_WAIT_MS;
  while (!fresh()) {
    signal.throwIfAborted();
    if (clock.now() >= deadline) throw new ProxyRefusal('stale-view');
    await new Promise<void>((resolve) => clock.setTimeout(resolve, FRESH_POLL_MS));
  }
}
