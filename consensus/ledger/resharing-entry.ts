import type { CID } from '#crypto';
import { GRANT_REKEYS_MAX } from '#crypto';
import { INSTITUTIONS_MAX, NONCE_MAX, SEATS_MAX, STATE_VALUE_BYTES_MAX, TIME_MS_MAX } from './bounds.ts';
import { commitmentsShape, dealsShape } from './resharing-body.ts';
import { entryCodec, idShape, integerShape, linkShape, listShape, objectShape } from './shape.ts';
import type { Shape } from './shape.ts';

/** Who shared again what the holders of a grant or deposit have now, with its old share index. */
export interface Dealer {
  node: Uint8Array;
  index: number;
}

/** One old holder's deal, named by the hash of its transaction. */
export interface Deal extends Dealer {
  id: Uint8Array;
  owner: Uint8Array;
  epoch: number;
  timeMs: number;
  /** One list a rekey or scalar while the re-sharing is under way; none afterwards. */
  commitments: Uint8Array[][];
  /** In the order of the epoch's members, while the re-sharing is under way; none afterwards. */
  boxes: CID[];
}

/** A new holder's newest word about the deals. */
export interface Confirmation {
  node: Uint8Array;
  deals: Uint8Array[];
}

/** A re-sharing under way, gone when it is settled. */
export interface Resharing {
  /** Id of a grant, or of a sharing. */
  owner: Uint8Array;
  epoch: number;
  /** Of the new holders. */
  threshold: number;
  /** Hashes, in the order in which the ledger took them. */
  deals: Uint8Array[];
  confirmations: Confirmation[];
}

/** A holder's boxes: one of the issuer, or after a re-sharing one of each dealer. */
export interface HeldShares {
  node: Uint8Array;
  boxes: CID[];
}

const epochShape = integerShape(0, NONCE_MAX);
const indexShape = integerShape(1, SEATS_MAX);

export const dealersShape: Shape<Dealer[]> = listShape(
  objectShape<Dealer>({ node: idShape, index: indexShape }),
  0,
  INSTITUTIONS_MAX,
);

export const heldSharesShape: Shape<HeldShares[]> = listShape(
  objectShape<HeldShares>({ node: idShape, boxes: listShape(linkShape, 1, INSTITUTIONS_MAX) }),
  1,
  INSTITUTIONS_MAX,
);

/** Codecs of the state values of re-sharing. */
export const RESHARING_ENTRY = {
  resharing: entryCodec<Resharing>('resharing', STATE_VALUE_BYTES_MAX, {
    owner: idShape,
    epoch: epochShape,
    threshold: integerShape(1, INSTITUTIONS_MAX),
    deals: dealsShape,
    confirmations: listShape(
      objectShape<Confirmation>({ node: idShape, deals: dealsShape }),
      0,
      INSTITUTIONS_MAX,
    ),
  }),
  deal: entryCodec<Deal>('deal', STATE_VALUE_BYTES_MAX, {
    id: idShape,
    owner: idShape,
    epoch: epochShape,
    node: idShape,
    index: indexShape,
    timeMs: integerShape(0, TIME_MS_MAX),
    commitments: listShape(commitmentsShape, 0, GRANT_REKEYS_MAX),
    boxes: listShape(linkShape, 0, INSTITUTIONS_MAX),
  }),
} as const;
