import { listCountKey, listItemKey, readCount, readItem } from '#consensus/ledger';
import type { Get, ListName } from '#consensus/ledger';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';

/** More than any page shows; a longer list is read in parts by its own calls. */
const ITEMS_MAX = 4096;

/**
 * All items of a counted list of the state. The count is proven, so nothing can be left out; should an item vanish
 * between the two reads (an application that was just decided), it is simply no longer there.
 */
export async function readList(
  connection: Connection,
  list: Exclude<ListName, 'audit'>,
  owner: Uint8Array,
  options: CallOptions,
): Promise<Uint8Array[]> {
  const { state } = connection;
  const first = await state.read([listCountKey(list, owner)], options);
  const count = Math.min(readCount(first.get, list, owner), ITEMS_MAX);
  if (count === 0) return [];
  const positions = Array.from({ length: count }, (_, i) => i);
  const proven = await state.read(
    positions.map((i) => listItemKey(list, owner, i)),
    options,
  );
  return positions.flatMap((i) => readItem(proven.get, list, owner, i) ?? []);
}

/** Entries behind ids, those that exist, in the order of the ids. */
export async function readEach<T, I = Uint8Array>(
  connection: Connection,
  ids: readonly I[],
  key: (id: I) => Uint8Array,
  reader: (get: Get, id: I) => T | undefined,
  options: CallOptions,
): Promise<T[]> {
  if (ids.length === 0) return [];
  const proven = await connection.state.read(ids.map(key), options);
  return ids.flatMap((id) => {
    const entry = reader(proven.get, id);
    return entry === undefined ? [] : [entry];
  });
}
