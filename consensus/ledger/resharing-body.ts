import { GRANT_REKEYS_MAX } from '#crypto';
import type { CID } from '#crypto';
import { INSTITUTIONS_MAX, NONCE_MAX } from './bounds.ts';
import { idShape, integerShape, linkShape, listShape, objectShape } from './shape.ts';
import type { Shape } from './shape.ts';

/** An old holder's part of a re-sharing (SCHEME 7): its shares of a grant or deposit, shared again among the members. */
export interface ReshareDealBody {
  /** Id of the grant, or of the sharing. */
  owner: Uint8Array;
  /** Number of the epoch to whose members it goes. */
  epoch: number;
  /** One list for each rekey of the grant, or scalar of the deposit, as many commitments as the new threshold, 32 bytes each. */
  commitments: readonly (readonly Uint8Array[])[];
  /** One sealed box for each member of the epoch, sorted by node. */
  boxes: readonly { node: Uint8Array; box: CID }[];
}

/** A new holder's word that its boxes of these deals are good: as many as the old threshold, in the ledger's order. */
export interface ReshareConfirmBody {
  owner: Uint8Array;
  epoch: number;
  /** Hashes of the transactions of the deals. */
  deals: readonly Uint8Array[];
}

/** Bodies that nodes send for themselves, signed with their validator keys. */
export interface ResharingBodies {
  'reshare.deal': ReshareDealBody;
  'reshare.confirm': ReshareConfirmBody;
}

/** Commitments of a deal, as they lie in the transaction and in the state. */
export const commitmentsShape = listShape(idShape, 1, INSTITUTIONS_MAX);
export const dealsShape = listShape(idShape, 1, INSTITUTIONS_MAX);
const epochShape = integerShape(1, NONCE_MAX);

export const RESHARING_BODY_SHAPES: { readonly [K in keyof ResharingBodies]: Shape<ResharingBodies[K]> } = {
  'reshare.deal': objectShape<ReshareDealBody>({
    owner: idShape,
    epoch: epochShape,
    commitments: listShape(commitmentsShape, 1, GRANT_REKEYS_MAX),
    boxes: listShape(objectShape({ node: idShape, box: linkShape }), 1, INSTITUTIONS_MAX),
  }),
  'reshare.confirm': objectShape<ReshareConfirmBody>({
    owner: idShape,
    epoch: epochShape,
    deals: dealsShape,
  }),
};
