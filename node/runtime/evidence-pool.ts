import { concatBytes, toHex } from '#crypto';
import type { checkEvidence } from '#consensus/ledger';
import type { LedgerStore } from '#storage';

/** Evidence against one node that waits at a time: one that equivocates without end must not fill memory or blocks. */
export const EVIDENCE_OF_NODE_MAX = 4;

const ROOM = 'evidence';

export type EvidenceAdmission = 'new' | 'known' | 'full' | 'invalid';

interface Item {
  readonly key: Uint8Array;
  readonly node: string;
  readonly bytes: Uint8Array;
}

export interface EvidencePoolInit {
  /** Against the newest committed state. */
  check(bytes: Uint8Array): ReturnType<typeof checkEvidence>;
  /** Where evidence outlasts the process until a block holds it. */
  rows: Pick<LedgerStore, 'list' | 'update'>;
}

/**
 * Evidence that no block holds yet. Every node keeps what it found or heard, and puts it into the next block it proposes;
 * it is on the disk before anybody is told of it, so a kill loses none.
 */
export class EvidencePool {
  readonly #init: EvidencePoolInit;
  /** By accused node and occasion. */
  readonly #items = new Map<string, Item>();

  constructor(init: EvidencePoolInit) {
    this.#init = init;
  }

  get size(): number {
    return this.#items.size;
  }

  /** Takes up what waited when the process ended; what a block holds by now, or is none, leaves the disk. */
  restore(): void {
    const { rows } = this.#init;
    const gone: (readonly [key: Uint8Array, value: null])[] = [];
    for (const [key, bytes] of rows.list(ROOM)) {
      const item = this.#judged(bytes);
      if (typeof item === 'string' || toHex(item.key) !== toHex(key)) gone.push([key, null]);
      else this.#items.set(toHex(key), item);
    }
    if (gone.length > 0) rows.update(ROOM, gone);
  }

  admit(bytes: Uint8Array): EvidenceAdmission {
    const item = this.#judged(bytes);
    if (typeof item === 'string') return item;
    this.#init.rows.update(ROOM, [[item.key, item.bytes]]);
    this.#items.set(toHex(item.key), item);
    return 'new';
  }

  /** At most `max` items, each of another occasion. */
  take(max: number): Uint8Array[] {
    return [...this.#items.values()].slice(0, max).map(({ bytes }) => bytes);
  }

  /** After a block: drops what the ledger has now. */
  settle(): void {
    const gone = [...this.#items.values()].filter(({ bytes }) => !this.#init.check(bytes).ok);
    if (gone.length === 0) return;
    for (const { key } of gone) this.#items.delete(toHex(key));
    this.#init.rows.update(
      ROOM,
      gone.map(({ key }) => [key, null] as const),
    );
  }

  #judged(bytes: Uint8Array): Item | Exclude<EvidenceAdmission, 'new'> {
    const verdict = this.#init.check(bytes);
    if (!verdict.ok) return verdict.code === 'evidence-known' ? 'known' : 'invalid';
    const { node: accused, slot } = verdict.fault;
    const node = toHex(accused);
    const key = concatBytes(accused, slot);
    if (this.#items.has(toHex(key))) return 'known';
    const ofNode = [...this.#items.values()].filter((item) => item.node === node).length;
    return ofNode >= EVIDENCE_OF_NODE_MAX ? 'full' : { key, node, bytes };
  }
}
