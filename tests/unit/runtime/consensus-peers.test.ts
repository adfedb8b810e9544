import { expect, test } from 'vitest';
import { ConsensusPeers } from '../../../node/runtime/consensus-peers.ts';
import type { PeersInit } from '../../../node/runtime/consensus-peers.ts';

/** Peers whose transport fails with this code; nothing else of them is used by `send`. */
function failing(code: string): ConsensusPeers {
  const send = (): never => {
    throw Object.assign(new Error(code), { code });
  };
  const parts: unknown = {
    ports: { transport: { send, broadcast: () => undefined } },
    seats: { idOf: () => new Uint8Array(32) },
  };
  return new ConsensusPeers(parts as PeersInit);
}

test('an answer to a validator that left a moment ago is dropped, and any other failure is not hidden', () => {
  const answer = { kind: 'sync', from: 1 } as const;
  expect(() => failing('unknown-peer').send(2, answer)).not.toThrow();
  expect(() => failing('not-started').send(2, answer)).toThrow('not-started');
});
