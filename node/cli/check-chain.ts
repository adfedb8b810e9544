import { bodyMatchesHeader, decodeBlock, decodeCertificate, hashHeader, verifyCertificate } from '#consensus';
import type { Block } from '#consensus';
import { restoreState, ValidatorHistory } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';
import { equalBytes, toHex } from '#crypto';
import type { Backend } from '#crypto';
import { setChanges } from '#node/runtime';
import type { LedgerStore, StoredBlock } from '#storage';
import type { Finding } from './check.ts';

/** How many blocks are checked: the first, the last and others evenly between. */
export const BLOCKS_SAMPLED_MAX = 64;

/** Every sampled block is whole, belongs to this chain, follows its parent, and has a certificate of a quorum. */
export function checkBlocks(backend: Backend, store: LedgerStore, genesis: Genesis, height: number): Finding {
  const heights = sampleHeights(height);
  const history = new ValidatorHistory(backend, genesis);
  try {
    const state = restoreState(store.state());
    const changes = setChanges(store, (key) => state.get(key), height);
    for (const change of changes) history.follow(change);
  } catch {
    return { part: 'blocks', state: 'failed', text: 'a change of the members is not certified' };
  }
  for (const at of heights) {
    const fault = faultAt(backend, store, history, at);
    if (fault !== undefined) return { part: 'blocks', state: 'failed', text: `height ${at}: ${fault}` };
  }
  return {
    part: 'blocks',
    state: 'ok',
    text: `${heights.length} of ${height} checked: hash, parent, certificate`,
  };
}

/** The stored state rows have the root that the head's header names. */
export function checkState(store: LedgerStore, head: StoredBlock): Finding {
  const expected = decodeBlock(head.block).header.stateRoot;
  const found = restoreState(store.state()).root;
  return equalBytes(expected, found)
    ? { part: 'state', state: 'ok', text: `root ${toHex(found)}` }
    : { part: 'state', state: 'failed', text: `root ${toHex(found)}, the head says ${toHex(expected)}` };
}

export function sampleHeights(height: number): number[] {
  const count = Math.min(height, BLOCKS_SAMPLED_MAX);
  const picked = Array.from({ length: count }, (_, index) =>
    count === 1 ? height : 1 + Math.round((index * (height - 1)) / (count - 1)),
  );
  return [...new Set(picked)];
}

function faultAt(
  backend: Backend,
  store: LedgerStore,
  history: ValidatorHistory,
  height: number,
): string | undefined {
  const stored = store.blockAt(height);
  if (stored === undefined) return 'the block is missing';
  const { chainId } = history;
  let block: Block;
  try {
    block = decodeBlock(stored.block);
    const certificate = decodeCertificate(stored.certificate);
    if (block.header.height !== height || !equalBytes(block.header.chainId, chainId))
      return 'the block is of another chain';
    if (!bodyMatchesHeader(block)) return 'the block does not match its header';
    if (certificate.height !== height || !equalBytes(certificate.blockHash, hashHeader(block.header))) {
      return 'the certificate is for another block';
    }
    if (!verifyCertificate(backend, certificate, chainId, history.setAt(height)))
      return 'the certificate is not valid';
  } catch {
    return 'the block cannot be decoded';
  }
  if (height === 1) return undefined;
  const parent = store.blockAt(height - 1);
  if (parent === undefined) return 'the parent is missing';
  try {
    return equalBytes(hashHeader(decodeBlock(parent.block).header), block.header.parentHash)
      ? undefined
      : 'the parent is another block';
  } catch {
    return 'the parent cannot be decoded';
  }
}
