import { concatBytes, DOMAIN, sha256, utf8 } from '#crypto';

/**
 * The authenticated map as LEDGER.md describes it, written as plainly as possible: no persistence, no caching, every
 * root from scratch. Shares no code with consensus/ledger/map.
 */
export function naiveRoot(map: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const leaves = [...map].map(([hex, value]) => ({
    bits: bitsOf(hex),
    hash: naiveLeaf(bytesOf(hex), value),
  }));
  return leaves.length === 0 ? new Uint8Array(32) : naiveNode(leaves);
}

interface NaiveLeaf {
  bits: string;
  hash: Uint8Array;
}

function naiveNode(leaves: NaiveLeaf[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) throw new Error('empty');
  if (leaves.length === 1) return only.hash;
  let bit = 0;
  while (leaves.every(({ bits }) => bits[bit] === only.bits[bit])) bit++;
  const side = (digit: string): Uint8Array => naiveNode(leaves.filter(({ bits }) => bits[bit] === digit));
  return tagged(DOMAIN.stateNode, side('0'), side('1'), Uint8Array.of(bit));
}

export function naiveLeaf(key: Uint8Array, value: Uint8Array): Uint8Array {
  return tagged(DOMAIN.stateLeaf, key, sha256(value));
}

export function tagged(tag: string, ...parts: Uint8Array[]): Uint8Array {
  const head = sha256(utf8(tag));
  return sha256(concatBytes(head, head, ...parts));
}

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const bitsOf = (hex: string): string =>
  Array.from(hex, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
