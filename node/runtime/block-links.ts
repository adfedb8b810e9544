import { CID, concatBytes, equalBytes } from '#crypto';
import type { LedgerStore, PrivateRow } from '#storage';

/** owner | digest -> the link: what an owner (a record, a grant, a deposit, a transaction) keeps. */
const OF_OWNER = 'links-of';
/** digest | owner -> claim | person: who keeps a block, and as what. */
const OF_BLOCK = 'linked-by';
/** person | owner -> nothing: what a person's erasure takes along. */
const OF_PERSON = 'owners-of';
/** digest -> claim: erased, neither taken nor given any more. */
const ERASED = 'erased-blocks';

const NONE = new Uint8Array(0);
const ID_BYTES = 32;
/** Links of one owner that are looked at: a body of 1 GiB has 1,093 blocks. */
const LINKS_MAX = 4096;
const OWNERS_MAX = 1024;

/**
 * As what an owner keeps a block. A header belongs to one record, says the ledger, and goes with it whoever else names
 * it. Bodies and attachments are named by their owners alone: they stay while another owner names them, so that nobody
 * takes away what is not his by naming it first and erasing it then.
 */
export const CLAIM = { header: 1, body: 2, attachment: 3 } as const;
export type Claim = (typeof CLAIM)[keyof typeof CLAIM];

const digestOf = (cid: CID): Uint8Array => cid.multihash.digest;

/** Which blocks are kept for what, durably: the rows behind every deletion. */
export class BlockLinks {
  readonly #store: LedgerStore;

  constructor(store: LedgerStore) {
    this.#store = store;
  }

  /** Whether any owner keeps the block. */
  isLinked(digest: Uint8Array): boolean {
    return this.#store.range(OF_BLOCK, digest, 1).length > 0;
  }

  isErased(digest: Uint8Array): boolean {
    return this.#store.get(ERASED, digest) !== undefined;
  }

  /**
   * Rows by which `owner` of `person` keeps the blocks. Who links as an attachment what is somebody else's already gains
   * no say over it. A body that went with another record comes back for a record that lives.
   */
  link(owner: Uint8Array, person: Uint8Array, cids: readonly CID[], claim: Claim): PrivateRow[] {
    const rows = cids.flatMap((cid): PrivateRow[] => {
      const digest = digestOf(cid);
      if (claim === CLAIM.attachment && this.#isOfAnother(digest, person)) return [];
      const wentAsBody = this.#store.get(ERASED, digest)?.[0] === CLAIM.body;
      return [
        [OF_OWNER, concatBytes(owner, digest), cid.bytes],
        [OF_BLOCK, concatBytes(digest, owner), concatBytes(Uint8Array.of(claim), person)],
        ...(claim === CLAIM.body && wentAsBody ? [[ERASED, digest, null] as const] : []),
      ];
    });
    return [[OF_PERSON, concatBytes(person, owner), NONE], ...rows];
  }

  #isOfAnother(digest: Uint8Array, person: Uint8Array): boolean {
    return this.#store.range(OF_BLOCK, digest, 2).some(([, value]) => !equalBytes(value.subarray(1), person));
  }

  /** Who keeps a block, a few of them. */
  ownersOf(cid: CID): Uint8Array[] {
    return this.#store.range(OF_BLOCK, digestOf(cid), 8).map(([key]) => key.slice(ID_BYTES));
  }

  /** Owners that a person has now, some at a time; `release` makes them fewer. */
  ownersBy(person: Uint8Array): Uint8Array[] {
    return this.#store.range(OF_PERSON, person, OWNERS_MAX).map(([key]) => key.slice(ID_BYTES));
  }

  /** The blocks that go with `owner`, and as what. */
  goingWith(owner: Uint8Array): { cid: CID; claim: number }[] {
    return this.#store.range(OF_OWNER, owner, LINKS_MAX).flatMap(([, bytes]) => {
      const cid = CID.decode(bytes);
      const claim = this.#store.get(OF_BLOCK, concatBytes(digestOf(cid), owner))?.[0] ?? CLAIM.body;
      const isKept = claim !== CLAIM.header && this.#store.range(OF_BLOCK, digestOf(cid), 2).length > 1;
      return isKept ? [] : [{ cid, claim }];
    });
  }

  erased(going: readonly { cid: CID; claim: number }[]): PrivateRow[] {
    return going.map(({ cid, claim }) => [ERASED, digestOf(cid), Uint8Array.of(claim)]);
  }

  /** Rows by which `owner` keeps nothing any more. */
  release(owner: Uint8Array, person: Uint8Array): PrivateRow[] {
    return [
      [OF_PERSON, concatBytes(person, owner), null],
      ...this.#store.range(OF_OWNER, owner, LINKS_MAX).flatMap(([key]): PrivateRow[] => [
        [OF_OWNER, key, null],
        [OF_BLOCK, concatBytes(key.slice(ID_BYTES), owner), null],
      ]),
    ];
  }
}
