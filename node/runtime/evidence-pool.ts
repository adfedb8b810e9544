import { toHex } from '#crypto';
import type { checkEvidence } from '#consensus/ledger';

/** Evidence against one node that waits at a time: one that equivocates without end must not fill memory or blocks. */
export const EVIDENCE_OF_NODE_MAX = 4;

export type EvidenceAdmission = 'new' | 'known' | 'full' | 'invalid';

/** Evidence that no block holds yet. Every node keeps what it found or heard, and puts it into the next block it proposes. */
export class EvidencePool {
  readonly #check: (bytes: Uint8Array) => ReturnType<typeof checkEvidence>;
  /** By accused node and occasion. */
  readonly #items = new Map<string, { readonly node: string; readonly bytes: Uint8Array }>();

  /** @param check against the newest committed state */
  constructor(check: (bytes: Uint8Array) => ReturnType<typeof checkEvidence>) {
    this.#check = check;
  }

  get size(): number {
    return this.#items.size;
  }

  admit(bytes: Uint8Array): EvidenceAdmission {
    const verdict = this.#check(bytes);
    if (!verdict.ok) return verdict.code === 'evidence-known' ? 'known' : 'invalid';
    const node = toHex(verdict.fault.node);
    const name = `${node}/${toHex(verdict.fault.slot)}`;
    if (this.#items.has(name)) return 'known';
    if ([...this.#items.values()].filter((item) => item.node === node).length >= EVIDENCE_OF_NODE_MAX)
      return 'full';
    this.#items.set(name, { node, bytes });
    return 'new';
  }

  /** At most `max` items, each of another occasion. */
  take(max: number): Uint8Array[] {
    return [...this.#items.values()].slice(0, max).map(({ bytes }) => bytes);
  }

  /** After a block: drops what the ledger has now. */
  settle(): void {
    for (const [name, { bytes }] of this.#items) if (!this.#check(bytes).ok) this.#items.delete(name);
  }
}
