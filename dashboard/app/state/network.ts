import { signal } from '@preact/signals';
import type { BlockEvent, NodeStatus } from '#node/client';
import { follow } from './live.ts';

const BLOCKS_KEPT_MAX = 20;

/** What the node says about itself and the network: its word, not proven. */
export const status = signal<NodeStatus | undefined>(undefined);
/** Newest first. */
export const blocks = signal<readonly BlockEvent[]>([]);
export const connection = signal<'waiting' | 'connected' | 'lost'>('waiting');
/** When the last word came, Unix milliseconds. */
export const heardAtMs = signal(0);

let stream: ReturnType<typeof follow> | undefined;

/** Opens the stream anew: after a sign-in it is the one of that session. */
export function refollowNetwork(): void {
  stream?.reopen();
}

/** Starts to follow the node, once for the life of the page. */
export function followNetwork(onSessionEnded: (isClosed: boolean) => void): void {
  if (stream !== undefined) return;
  stream = follow('/api/v1/events', {
    onSessionEnded,
    onStatus: (next) => {
      heardAtMs.value = Date.now();
      status.value = next;
    },
    onBlock: (block) => {
      blocks.value = [block, ...blocks.value.filter(({ height }) => height !== block.height)]
        .toSorted((a, b) => b.height - a.height)
        .slice(0, BLOCKS_KEPT_MAX);
    },
    onConnection: (state) => {
      connection.value = state;
    },
  });
}
