import type { Backend } from '../backend/backend.ts';
import { equalBytes, uint32, wipe } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import {
  checkIndices,
  commit,
  evaluate,
  interpolateShares,
  lagrangeAtZero,
  randomPolynomial,
  sharePublic,
} from '../grant/polynomial.ts';
import {
  checkHolders,
  isShareOf,
  openShareBox,
  sealShareBox,
  type CommitmentLists,
  type HeldPart,
  type ShareHolder,
} from '../grant/share-box.ts';
import { hash, type Hash } from '../hash.ts';
import type { SealKeyPair } from '../keys/person.ts';
import { invertScalar, nonzeroScalarFromBytes, scalarToBytes } from '../scalar.ts';
import { checkSharingHolders, checkSharingLists } from './deposit.ts';

/** What the boxes of one re-sharing are bound to. */
export interface SubDealingContext {
  /** 32 bytes that name what is shared: the id of a grant, or of a sharing. */
  readonly owner: Uint8Array;
  /** The epoch of the holders to whom it goes. */
  readonly epoch: number;
}

export interface Dealer {
  /** Id of an old holder, 32 bytes. */
  readonly id: Uint8Array;
  readonly index: number;
}

export interface DealSubSharesInit extends SubDealingContext {
  readonly dealer: Dealer & { readonly secretKey: Uint8Array };
  /** The old holder's shares, 32 bytes each, one a scalar. */
  readonly shares: readonly Uint8Array[];
  /** z of a sharing, 32 bytes, which is passed on as it is; empty or absent for a grant. */
  readonly lock?: Uint8Array;
  /** Of the new holders: at least 1, and 2 for a sharing, none of whose holders opens alone. */
  readonly threshold: number;
  readonly holders: readonly ShareHolder[];
}

export interface SubDealing {
  readonly commitments: CommitmentLists;
  readonly boxes: readonly { readonly id: Uint8Array; readonly index: number; readonly box: Uint8Array }[];
}

function boxContext({ owner, epoch }: SubDealingContext, dealer: Dealer, holder: Dealer): Hash {
  const [from, to] = [uint32(dealer.index), uint32(holder.index)];
  return hash(DOMAIN.resharing, owner, uint32(epoch), dealer.id, from, holder.id, to);
}

function requireSound({ owner, dealer, shares, lock, threshold, holders }: DealSubSharesInit): void {
  const isSharing = lock !== undefined && lock.length > 0;
  if (isSharing) checkSharingHolders(threshold, holders);
  else checkHolders(holders);
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > holders.length)
    throw new CryptoError('input-invalid', 'threshold');
  checkIndices([dealer.index]);
  const isLock = !isSharing || (lock.length === 32 && shares.length <= 2);
  if (!isLock || shares.length < 1 || owner.length !== 32) throw new CryptoError('input-invalid', 'shares');
}

/**
 * An old holder's part of a re-sharing (SCHEME 7; Desmedt and Jajodia 1997): every share of 32 bytes shared again
 * under a fresh polynomial, for another set of holders or another threshold, the sub-shares of each new holder in one
 * X-Wing box. Throws CryptoError('input-invalid' | 'scalar-invalid' | 'key-invalid').
 */
export function dealSubShares(backend: Backend, init: DealSubSharesInit): SubDealing {
  const { dealer, holders, threshold } = init;
  requireSound(init);
  const indices = holders.map(({ index }) => index);
  const polynomials = init.shares.map((share) =>
    randomPolynomial(backend, nonzeroScalarFromBytes(share), threshold, indices),
  );
  const boxes = holders.map(({ id, index, seal }) => {
    const shares = polynomials.map((polynomial) => scalarToBytes(evaluate(polynomial, index)));
    const box = sealShareBox(backend, {
      sender: { id: dealer.id, secretKey: dealer.secretKey },
      recipientSeal: seal,
      context: boxContext(init, dealer, { id, index }),
      part: { shares, lock: init.lock ?? new Uint8Array(0) },
    });
    wipe(...shares);
    return { id, index, box };
  });
  return { commitments: polynomials.map((polynomial) => commit(backend, polynomial)), boxes };
}

/**
 * True when a sub-dealing shares what its dealer holds: as many polynomials as `old`, of `threshold` commitments of 32
 * bytes each, and every constant the public image of the dealer's old share (SCHEME 7). Everybody can check it; whether
 * the boxes fit, each receiver for itself. Never throws.
 */
export function isSubDealingOf(
  backend: Backend,
  old: CommitmentLists,
  sub: { readonly from: number; readonly threshold: number; readonly commitments: CommitmentLists },
): boolean {
  if (old.length === 0 || sub.commitments.length !== old.length) return false;
  try {
    return sub.commitments.every((list, j) => {
      const [constant] = list;
      const fits = list.length === sub.threshold && list.every((point) => backend.group.isElement(point));
      if (!fits || constant === undefined) return false;
      return equalBytes(constant, sharePublic(backend, old[j] ?? [], sub.from));
    });
  } catch {
    return false;
  }
}

export interface OpenSubSharesInit extends SubDealingContext {
  readonly dealer: Dealer & { readonly signPublicKey: Uint8Array };
  readonly holder: Dealer & { readonly seal: SealKeyPair };
  /** How many scalars are shared. */
  readonly count: number;
  /** The dealer's own, one list a scalar: given while it is to be judged, not when what joins is checked anyway. */
  readonly commitments?: CommitmentLists;
  /** H(owner, z) as the ledger has it, when the owner is a sharing. */
  readonly lock?: Hash | undefined;
  readonly box: Uint8Array;
}

/**
 * The sub-shares of a new holder, 32 bytes each, every one checked against the dealer's commitments if they are given,
 * and z of a sharing, checked against its hash (SCHEME 7). Throws CryptoError('share-invalid') whatever is wrong: this dealer is not to be used.
 */
export function openSubShares(backend: Backend, init: OpenSubSharesInit): HeldPart {
  const { owner, dealer, holder, count, commitments, lock, box } = init;
  if (lock !== undefined && commitments !== undefined) checkSharingLists(commitments);
  return openShareBox(backend, {
    sender: dealer,
    recipient: holder.seal,
    context: boxContext(init, dealer, holder),
    index: holder.index,
    count,
    commitments,
    lock: lock === undefined ? undefined : { owner, commitment: lock },
    box,
  });
}

/**
 * The commitments that follow from those of exactly the old threshold of dealers (SCHEME 7), one list of 32-byte elements a
 * scalar: what the new shares are checked against. The constants stay what they were. Throws CryptoError('share-invalid').
 */
export function joinCommitments(
  backend: Backend,
  subs: readonly { readonly from: number; readonly commitments: CommitmentLists }[],
): Uint8Array[][] {
  try {
    const { numerators, denominator } = lagrangeAtZero(subs.map(({ from }) => from));
    const inverse = invertScalar(denominator);
    const lists = subs[0]?.commitments ?? [];
    const threshold = lists[0]?.length ?? 0;
    const isSound = subs.every(
      ({ commitments }) =>
        commitments.length === lists.length && commitments.every(({ length }) => length === threshold),
    );
    if (threshold === 0 || !isSound) throw new CryptoError('share-invalid', 'lists of one length');
    return lists.map((list, j) =>
      list.map((_, k) =>
        backend.group.sum(
          subs.map(({ commitments }, i) => ({
            coefficient: (numerators[i] ?? 0n) * inverse,
            point: commitments[j]?.[k] ?? new Uint8Array(0),
          })),
        ),
      ),
    );
  } catch (error) {
    throw new CryptoError('share-invalid', 'sub-dealings do not join', { cause: error });
  }
}

export interface JoinDealtInit {
  readonly index: number;
  /** As `joinCommitments` gave them. */
  readonly commitments: CommitmentLists;
  /** Of exactly the old threshold of dealers. */
  readonly dealt: readonly { readonly from: number; readonly shares: readonly Uint8Array[] }[];
}

/**
 * A new holder's shares, 32 bytes each, out of the sub-shares that the dealers sent it, checked against the joined
 * commitments (SCHEME 7). Throws CryptoError('share-invalid').
 */
export function joinDealtShares(
  backend: Backend,
  { index, commitments, dealt }: JoinDealtInit,
): Uint8Array[] {
  try {
    if (dealt.some(({ shares }) => shares.length !== commitments.length))
      throw new CryptoError('share-invalid', 'one share a scalar');
    return commitments.map((list, j) => {
      const share = interpolateShares(
        dealt.map(({ from, shares }) => ({ index: from, share: shares[j] ?? new Uint8Array(0) })),
      );
      if (!isShareOf(backend, list, index, share)) throw new CryptoError('share-invalid');
      return share;
    });
  } catch (error) {
    throw new CryptoError('share-invalid', 'sub-shares do not join', { cause: error });
  }
}
