import { equalBytes, toBase64Url, toHex } from '#crypto';
import { quorum } from '#consensus';
import type { InstitutionEntry } from '#consensus/ledger';
import type { NodeStatus } from '#node/client';
import { nodeVersion } from './version.ts';

export interface StatusInit {
  name: string;
  network: string;
  devnet: boolean;
  self: Uint8Array;
  nodes: readonly Pick<InstitutionEntry, 'id' | 'name'>[];
  chainId: Uint8Array;
  startedAtMs: number;
  head: { height: number; hash: Uint8Array; time: number };
  stateRoot: Uint8Array;
  consensus: { round: number; phase: string; syncing: boolean; abstains: boolean };
  connected: readonly Uint8Array[];
  /** Newest height heard from a validator's signed head statement. */
  heightOf(node: Uint8Array): number | undefined;
  mempool: number;
  fork: { height: number; file: Uint8Array } | undefined;
}

/** The node's status as its API and dashboard give it: counts, ids and names of institutions, nothing of people. */
export function statusOf(init: StatusInit): NodeStatus {
  const validators = init.nodes.map((node) => {
    const self = equalBytes(node.id, init.self);
    return {
      id: toHex(node.id),
      name: node.name,
      self,
      connected: self || init.connected.some((id) => equalBytes(id, node.id)),
      height: self ? init.head.height : (init.heightOf(node.id) ?? null),
    };
  });
  const reachable = validators.filter(({ connected }) => connected).length;
  const needed = quorum(init.nodes.length);
  return {
    node: toHex(init.self),
    name: init.name,
    version: nodeVersion,
    chainId: toHex(init.chainId),
    network: init.network,
    devnet: init.devnet,
    height: init.head.height,
    hash: toHex(init.head.hash),
    stateRoot: toHex(init.stateRoot),
    timeMs: init.head.time,
    round: init.consensus.round,
    // A node that may have forgotten what it signed is at work in all but its votes; an operator has to see that.
    phase: init.consensus.abstains && !init.consensus.syncing ? 'not-voting' : init.consensus.phase,
    condition: init.consensus.syncing ? 'syncing' : reachable < needed ? 'stopped' : 'working',
    quorum: needed,
    reachable,
    validators,
    mempool: init.mempool,
    startedAtMs: init.startedAtMs,
    ...(init.fork && { fork: { height: init.fork.height, evidence: toBase64Url(init.fork.file) } }),
  };
}
