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

let isFollowing = false;

/** Starts to follow the node, once for the life of the page. */
export function followNetwork(): void {
  if (isFollowing) return;
  isFollowing = true;
  follow('/api/v1/events', {
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
