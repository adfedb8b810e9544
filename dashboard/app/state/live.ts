import type { BlockEvent, NodeStatus } from '#node/client';

/** The node says something at least every 5 s; after this much silence the connection counts as lost. */
const SILENCE_MAX_MS = 12_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 10_000;

export interface LiveListener {
  onStatus(status: NodeStatus): void;
  onBlock(block: BlockEvent): void;
  onConnection(state: 'connected' | 'lost'): void;
  /** The session that the stream was opened with is over. */
  onSessionEnded(isClosed: boolean): void;
}

/**
 * Follows the events of the node and comes back by itself.
 *
 * EventSource retries a broken connection but gives up for good on an answer like 503, and it does not notice a
 * node that is frozen with its connections open: so silence is watched and every loss opens a new source.
 */
export function follow(url: string, listener: LiveListener): { reopen: () => void } {
  let retryMs = RETRY_FIRST_MS;
  let closeCurrent = (): void => undefined;
  const open = (): void => {
    const source = new EventSource(url);
    let silence = window.setTimeout(lose, SILENCE_MAX_MS);
    const heard = (): void => {
      window.clearTimeout(silence);
      silence = window.setTimeout(lose, SILENCE_MAX_MS);
      retryMs = RETRY_FIRST_MS;
    };
    function lose(): void {
      window.clearTimeout(silence);
      source.close();
      listener.onConnection('lost');
      window.setTimeout(open, retryMs);
      retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
    }
    closeCurrent = () => {
      window.clearTimeout(silence);
      source.close();
    };
    source.addEventListener('error', lose);
    source.addEventListener('session', ({ data }: MessageEvent<string>) =>
      listener.onSessionEnded(data.includes('closed')),
    );
    source.addEventListener('status', (event: MessageEvent<string>) => {
      heard();
      listener.onConnection('connected');
      listener.onStatus(JSON.parse(event.data) as NodeStatus);
    });
    source.addEventListener('block', (event: MessageEvent<string>) => {
      heard();
      listener.onBlock(JSON.parse(event.data) as BlockEvent);
    });
  };
  open();
  return {
    // With the cookie as it is now: the node tells a stream about the session that it was opened with.
    reopen: () => {
      closeCurrent();
      open();
    },
  };
}
