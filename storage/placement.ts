import { compareBytes, DOMAIN, hash } from '#crypto';

/**
 * The `r` nodes that should hold `key`, best first, by rendezvous hashing (Thaler & Ravishankar, 1998): each node's
 * weight is the hash of key and node, so every node computes the same order from the same list, and when a node leaves
 * only the keys it held move.
 *
 * @param key any bytes, such as a multihash or a stored hash
 * @param nodes node ids of 32 bytes, in any order, without repetition
 * @returns at most `r` of `nodes`
 */
export function placement(key: Uint8Array, nodes: readonly Uint8Array[], r: number): Uint8Array[] {
  const weighed = nodes.map((node) => ({ node, weight: hash(DOMAIN.placement, key, node) }));
  // Equal weights mean equal ids; the order of ids then keeps the result independent of the order of the list.
  weighed.sort((a, b) => compareBytes(b.weight, a.weight) || compareBytes(a.node, b.node));
  return weighed.slice(0, Math.max(0, r)).map(({ node }) => node);
}
