import { deriveNodeKeys, equalBytes } from '#crypto';
import type { Backend, NodeKeys } from '#crypto';
import { deriveIdentityKeys } from '#crypto/identity';
import type { IdentityKeys } from '#crypto/identity';
import { chainIdOf, decodeGenesis, nodesOf } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';
import { takeUnusedMark } from '#node/config';
import type { Config } from '#node/config';
import { StartRefused, systemClock } from '#node/runtime';
import type { Clock, Logger } from '#node/runtime';

export interface NodeInit {
  config: Config;
  /** Canonical genesis bytes. */
  genesis: Uint8Array;
  /** 32 bytes: every key of the node comes from it. */
  nodeRoot: Uint8Array;
  backend: Backend;
  logger: Logger;
  clock?: Clock;
}

/** Who this node is, and who the others are. */
export interface Member {
  readonly config: Config;
  readonly backend: Backend;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly genesisBytes: Uint8Array;
  readonly genesis: Genesis;
  readonly chainId: Uint8Array;
  readonly keys: NodeKeys;
  readonly identityKeys: IdentityKeys;
  /** True at the first start of a key that was made here: it can have signed nothing yet. Asked once. */
  takeUnused(): boolean;
}

/**
 * A node that joins later is not named by the genesis: it needs peers in its configuration to learn the rest from.
 * @throws StartRefused `not-a-member` when it is neither, `key-of-another` when the genesis gives the key another name; LedgerError `genesis-malformed`
 */
export function memberOf(init: NodeInit): Member {
  const { config, backend, logger, clock = systemClock } = init;
  const genesis = decodeGenesis(init.genesis);
  const keys = deriveNodeKeys(backend, init.nodeRoot);
  const named = nodesOf(genesis).find(({ id }) => equalBytes(id, keys.id));
  if (named === undefined && config.peers.length === 0) throw new StartRefused('not-a-member');
  // A key that was copied to the wrong machine would vote against its owner.
  if (named !== undefined && named.name !== config.name) throw new StartRefused('key-of-another');
  return {
    config,
    backend,
    logger,
    clock,
    genesisBytes: init.genesis,
    genesis,
    chainId: chainIdOf(genesis),
    keys,
    identityKeys: deriveIdentityKeys(init.nodeRoot),
    takeUnused: () => takeUnusedMark(config.nodeKeyFile, init.nodeRoot),
  };
}
