import { toHex } from '#crypto';
import { genesisState } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';

/** Values of state keys before the first block, by key as hex: everybody can compute them from the genesis. */
export function genesisValues(
  genesis: Genesis,
  keys: readonly Uint8Array[],
): Map<string, Uint8Array | undefined> {
  const state = genesisState(genesis);
  return new Map(keys.map((key) => [toHex(key), state.get(key)]));
}
