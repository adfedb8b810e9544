import { keywordKey, normaliseKeyword, searchTag, toHex } from '#crypto';
import type { WriterKit } from '#crypto';
import { readIndex, stateKeys } from '#consensus/ledger';
import { STATE_KEYS_MAX } from './api.ts';
import type { Connection } from './connection.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';

/** Probes of one counter in one round: two rounds find a counter below 8 and four one below 2,000. */
const PROBES_MAX = 8;

/** A counter that is being found: everything below `low` is taken, everything from `high` on is free. */
interface Hunt {
  readonly name: string;
  readonly key: Uint8Array;
  low: number;
  high: number;
  /** Distance of the next probe while no free place is known. */
  stride: number;
}

const nameOf = (kit: WriterKit, keyword: string): string =>
  `${toHex(kit.ixLane)}:${normaliseKeyword(keyword)}`;

/**
 * The next free place of every (compartment, keyword) in this writer's own lanes.
 *
 * Found once by galloping and then narrowing over proven index reads, afterwards counted here. Lanes have no gaps
 * and are ours alone, so the search is over a row of taken places followed by free ones.
 */
export class LaneCounters {
  readonly #connection: Connection;
  readonly #next = new Map<string, number>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Finds every counter that is not known yet; afterwards `peek` answers for all of them. */
  async discover(
    patient: Uint8Array,
    wanted: readonly { kit: WriterKit; keywords: readonly string[] }[],
    options: CallOptions,
  ): Promise<void> {
    const hunts = new Map<string, Hunt>();
    for (const { kit, keywords } of wanted) {
      for (const keyword of keywords) {
        const name = nameOf(kit, keyword);
        if (this.#next.has(name) || hunts.has(name)) continue;
        hunts.set(name, {
          name,
          key: keywordKey(kit.ixLane, keyword),
          low: 0,
          high: Number.POSITIVE_INFINITY,
          stride: 1,
        });
      }
    }
    let open = [...hunts.values()];
    while (open.length > 0) {
      checkAborted(options);
      await this.#round(patient, open, options);
      for (const { name, low, high } of open) if (low === high) this.#next.set(name, low);
      open = open.filter(({ low, high }) => low < high);
    }
  }

  /** The next place; `discover` must have run for it. */
  peek(kit: WriterKit, keyword: string): number {
    return this.#next.get(nameOf(kit, keyword)) ?? 0;
  }

  /** After a commit: `n` and everything below it is taken. */
  take(kit: WriterKit, keyword: string, n: number): void {
    this.#next.set(nameOf(kit, keyword), n + 1);
  }

  /** Forgets everything: another process of the same writer has moved the lanes. */
  forget(): void {
    this.#next.clear();
  }

  async #round(patient: Uint8Array, hunts: readonly Hunt[], options: CallOptions): Promise<void> {
    const { keys, state } = this.#connection;
    const probesMax = Math.max(1, Math.min(PROBES_MAX, Math.floor(STATE_KEYS_MAX / hunts.length)));
    const probes = hunts.flatMap((hunt) =>
      placesOf(hunt, probesMax).map((n) => ({ hunt, n, tag: searchTag(hunt.key, n) })),
    );
    const proven = await state.read(
      probes.map(({ tag }) => stateKeys.index(patient, keys.id, tag)),
      options,
    );
    for (const { hunt, n, tag } of probes) {
      if (readIndex(proven.get, patient, keys.id, tag) === undefined) hunt.high = Math.min(hunt.high, n);
      else hunt.low = Math.max(hunt.low, n + 1);
    }
  }
}

/** Where to look next: ever further apart while no free place is known, then evenly between what is known. */
function placesOf(hunt: Hunt, count: number): number[] {
  if (Number.isFinite(hunt.high)) {
    const width = hunt.high - hunt.low;
    const probes = Math.min(count, width);
    return Array.from({ length: probes }, (_, i) => hunt.low + Math.floor(((i + 1) * width) / (probes + 1)));
  }
  const places: number[] = [];
  for (let i = 0; i < count; i += 1) {
    places.push(hunt.low + hunt.stride - 1);
    hunt.stride *= 2;
  }
  return places;
}
