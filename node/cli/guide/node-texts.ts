import type { ConsensusErrorCode } from '#consensus';
import type { StartRefusedCode } from '#node/runtime';
import type { Text } from './ledger-texts.ts';

/** Why a node does not start, or stops by itself. */
export const NODE_TEXTS: Readonly<
  Record<StartRefusedCode | Exclude<ConsensusErrorCode, 'malformed' | 'too-large'>, Text>
> = {
  'not-a-member': [
    'The genesis names no institution with this node key, and the configuration names no peers to join by.',
    'Put the key of this institution where nodeKeyFile says. To join a running network, give peers as docs/GENESIS.md says.',
  ],
  'key-of-another': [
    'The node key is that of another institution than the configuration names.',
    'Put the right key where nodeKeyFile says. Two nodes must never run with one key: they would sign against each other.',
  ],
  'store-head-missing': [
    'The ledger on this disk has a head without a certificate.',
    'Move the ledger directory aside, keep the journal, and start: the chain is fetched from the others.',
  ],
  'store-of-another-chain': [
    'The ledger on this disk belongs to another network.',
    'Correct dataDir or genesisFile. A new network needs an empty data directory.',
  ],
  'store-state-damaged': [
    'The state on this disk is not the one that its newest block names.',
    'Check the disk. Move the ledger directory aside, keep the journal, and start: the chain is fetched from the others.',
  ],
  'store-head-uncertified': [
    'The newest block on this disk has no valid certificate of this network.',
    'Check the disk and who wrote to it. Move the ledger directory aside, keep the journal, and start.',
  ],
  'certified-block-does-not-apply': [
    'A block that the others agreed on does not apply here.',
    'Run "phr check" and compare the version with the others. Go on with their version.',
  ],
  'state-diverged': [
    'A block that the others agreed on gives another state here, so the node stopped signing.',
    'Run "phr check" and compare the version with the others. Go on with their version.',
  ],
  'journal-foreign': [
    'The journal in the data directory belongs to another node or another network.',
    'Correct dataDir or nodeKeyFile. A data directory is never shared and never moved to another node.',
  ],
  stopped: ['The consensus of this node was started twice.', 'Start the node again.'],
};

/** What the operating system says, by the codes of Node.js. */
export const SYSTEM_TEXTS: Readonly<Record<string, Text>> = {
  EADDRINUSE: [
    'Another program listens on the port already, perhaps this node itself.',
    'Stop it, or change listen or api.port in the configuration.',
  ],
  EADDRNOTAVAIL: [
    'This machine does not have the address.',
    'Correct listen or api.host. A public address behind a router belongs to --announce, not to listen.',
  ],
  EACCES: [
    'The operating system denies it to this user.',
    'Start the node as the user that owns its files. Ports below 1024 need a right of their own.',
  ],
  EPERM: ['The operating system denies it.', 'Start the node as the user that owns its files.'],
  EROFS: ['The disk is mounted read-only.', 'Look into the system log why, and mount it writable.'],
  ENOSPC: [
    'The disk is full.',
    'Free space; delete nothing in the data directory. Then start the node again.',
  ],
  EDQUOT: ['The quota of the disk is used up.', 'Raise it; delete nothing in the data directory.'],
  EIO: ['The disk failed.', 'Look into the system log. Do not start the node from this disk again.'],
  EEXIST: ['A file lies where a directory belongs.', 'Correct dataDir, or move the file away.'],
  ENOTDIR: ['A file lies where a directory belongs.', 'Correct dataDir, or move the file away.'],
  EMFILE: ['The process may open no more files.', 'Raise its limit (ulimit -n), and start the node again.'],
};
