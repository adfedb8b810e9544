import { DOMAIN, hash } from '#crypto';

/**
 * The binary Merkle tree over the transactions of a block (shape of RFC 6962, 2.1: the left subtree holds the
 * largest power of two below the count). Leaves and nodes are hashed under different domain tags, so a node can
 * never be shown as a leaf; the empty list has a root of its own that no leaf or node can have.
 */
export function txRootOf(transactions: readonly Uint8Array[]): Uint8Array {
  if (transactions.length === 0) return hash(DOMAIN.transactionNode);
  return subtreeRoot(transactions.map((transaction) => hash(DOMAIN.transactionLeaf, transaction)));
}

function subtreeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (leaves.length === 1 && first !== undefined) return first;
  const split = splitOf(leaves.length);
  return hash(DOMAIN.transactionNode, subtreeRoot(leaves.slice(0, split)), subtreeRoot(leaves.slice(split)));
}

/** Largest power of two strictly below `count` (count >= 2). */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/**
 * Siblings from the leaf `index` up to the root, 32 bytes each, at most ceil(log2(count)) of them.
 * Throws RangeError when there is no such transaction.
 */
export function transactionPath(transactions: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= transactions.length) {
    throw new RangeError('no transaction at this index');
  }
  let leaves = transactions.map((transaction) => hash(DOMAIN.transactionLeaf, transaction));
  let at = index;
  const path: Uint8Array[] = [];
  while (leaves.length > 1) {
    const split = splitOf(leaves.length);
    const left = leaves.slice(0, split);
    const right = leaves.slice(split);
    path.push(subtreeRoot(at < split ? right : left));
    leaves = at < split ? left : right;
    if (at >= split) at -= split;
  }
  return path.toReversed();
}

/**
 * The root that `path` (leaf upwards) gives `transaction` at `index` of `count`; undefined when the path has the
 * wrong length or the index is outside. The caller compares with a certified header's `txRoot`; `count` is
 * chosen by whoever shows the proof, so only inclusion follows from it, never the number of transactions.
 */
export function rootFromTransactionPath(
  transaction: Uint8Array,
  index: number,
  count: number,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count) || index < 0 || index >= count)
    return undefined;
  const turns: boolean[] = [];
  let at = index;
  for (let width = count; width > 1;) {
    const split = splitOf(width);
    const goesLeft = at < split;
    turns.push(goesLeft);
    if (!goesLeft) at -= split;
    width = goesLeft ? split : width - split;
  }
  if (turns.length !== path.length) return undefined;
  let root = hash(DOMAIN.transactionLeaf, transaction);
  for (const [level, sibling] of path.entries()) {
    const goesLeft = turns[turns.length - 1 - level] === true;
    root = goesLeft
      ? hash(DOMAIN.transactionNode, root, sibling)
      : hash(DOMAIN.transactionNode, sibling, root);
  }
  return root;
}
