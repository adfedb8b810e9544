import { equalBytes } from '#crypto';
import type { Backend } from '#crypto';
import {
  decodeCertificate,
  decodeHeader,
  hashHeader,
  validatorSetOf,
  validatorsHashOf,
  verifyCertificate,
} from '../block.ts';
import type { Header, ValidatorSet } from '../block.ts';
import { rootFromTransactionPath, transactionPath } from '../transaction-tree.ts';
import { chainIdOf, validatorsOf } from './genesis.ts';
import type { Genesis } from './genesis.ts';
import { LedgerError } from './ledger-error.ts';

/**
 * One change of the validators, as a chain of trust needs it: the last header that the old ones certified, which
 * promises the hash of the new set, and the new set itself.
 */
export interface SetChange {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly validators: ValidatorSet;
}

interface KnownSet {
  readonly fromHeight: number;
  readonly validators: ValidatorSet;
  readonly hash: Uint8Array;
}

/**
 * The validator sets that a verifier has followed from the genesis, one certified change after the other. A set counts
 * for its heights and no others: what removed validators sign for later heights is nothing. Grows only.
 */
export class ValidatorHistory {
  readonly genesis: Genesis;
  readonly chainId: Uint8Array;
  readonly #backend: Backend;
  readonly #sets: KnownSet[];
  readonly #changes: SetChange[] = [];
  /** What a header that was verified says of the set after it: from then on the set before counts no more. */
  #promise: { readonly fromHeight: number; readonly hash: Uint8Array } | undefined;

  constructor(backend: Backend, genesis: Genesis) {
    this.genesis = genesis;
    this.chainId = chainIdOf(genesis);
    this.#backend = backend;
    const validators = validatorsOf(genesis);
    this.#sets = [{ fromHeight: 1, validators, hash: validatorsHashOf(validators) }];
  }

  /** The changes that were followed, in order: what somebody else needs to get here from the genesis. */
  get changes(): readonly SetChange[] {
    return this.#changes;
  }

  /**
   * Takes the next change. One that is known already is passed over; one that contradicts a known one is refused:
   * two certified changes away from one set mean that more than f of its validators signed twice.
   * Throws LedgerError('head-invalid').
   */
  follow(change: SetChange): void {
    const header = this.#verified(change.header, change.certificate);
    const fromHeight = header.height + 1;
    const hash = validatorsHashOf(sorted(change.validators));
    check(equalBytes(header.nextValidatorsHash, hash), 'validators');
    const known = this.#sets.find((set) => set.fromHeight === fromHeight);
    if (known !== undefined) return check(equalBytes(known.hash, hash), 'validators');
    check(fromHeight > this.#last().fromHeight, 'order');
    check(!equalBytes(header.validatorsHash, header.nextValidatorsHash), 'no-change');
    this.#promise = undefined;
    this.#sets.push({ fromHeight, validators: sorted(change.validators), hash });
    this.#changes.push(change);
  }

  /** The set that decides `height`, as far as this history knows. */
  setAt(height: number): ValidatorSet {
    return this.#setAt(height).validators;
  }

  /** The first height of the set that decides `height`. */
  fromHeightAt(height: number): number {
    return this.#setAt(height).fromHeight;
  }

  /**
   * The header, if a quorum of the validators of its height committed it: everything a client believes about the
   * ledger starts here. Needs nothing from the node that answered; how new the header is, it does not say.
   * Throws LedgerError('head-invalid'); field `validatorsHash` also when a change is not known here yet.
   */
  verifyHead(headerBytes: Uint8Array, certificateBytes: Uint8Array): Header {
    return this.#verified(headerBytes, certificateBytes);
  }

  #verified(headerBytes: Uint8Array, certificateBytes: Uint8Array): Header {
    const { header, certificate } = decodeHead(headerBytes, certificateBytes);
    const { validators, hash } = this.#setAt(header.height);
    check(header.height < (this.#promise?.fromHeight ?? Number.POSITIVE_INFINITY), 'validatorsHash');
    check(equalBytes(header.chainId, this.chainId), 'chainId');
    check(equalBytes(header.validatorsHash, hash), 'validatorsHash');
    check(certificate.height === header.height, 'height');
    check(equalBytes(certificate.blockHash, hashHeader(header)), 'blockHash');
    check(verifyCertificate(this.#backend, certificate, this.chainId, validators), 'certificate');
    this.#remember(header);
    return header;
  }

  #remember({ height, validatorsHash, nextValidatorsHash }: Header): void {
    const fromHeight = height + 1;
    const next = this.#sets.find((set) => set.fromHeight === fromHeight);
    if (next !== undefined) return check(equalBytes(next.hash, nextValidatorsHash), 'nextValidatorsHash');
    const isLast = this.#setAt(height) === this.#last();
    const stays = equalBytes(validatorsHash, nextValidatorsHash);
    const promise = this.#promise;
    if (promise?.fromHeight === fromHeight)
      check(equalBytes(promise.hash, nextValidatorsHash), 'nextValidatorsHash');
    else if (!isLast) check(stays, 'nextValidatorsHash');
    else if (!stays) this.#promise = { fromHeight, hash: nextValidatorsHash };
  }

  #last(): KnownSet {
    const last = this.#sets.at(-1);
    if (last === undefined) throw new LedgerError('head-invalid', { field: 'validators' });
    return last;
  }

  #setAt(height: number): KnownSet {
    return this.#sets.findLast(({ fromHeight }) => fromHeight <= height) ?? this.#last();
  }
}

/** `ValidatorHistory.verifyHead` along the given changes from the genesis. Throws LedgerError('head-invalid'). */
export function verifyHead(
  backend: Backend,
  genesis: Genesis,
  headerBytes: Uint8Array,
  certificateBytes: Uint8Array,
  changes: readonly SetChange[] = [],
): Header {
  const history = new ValidatorHistory(backend, genesis);
  for (const change of changes) history.follow(change);
  return history.verifyHead(headerBytes, certificateBytes);
}

function sorted(validators: ValidatorSet): ValidatorSet {
  try {
    return validatorSetOf(validators);
  } catch (error) {
    throw new LedgerError('head-invalid', { field: 'validators' }, error);
  }
}

function check(condition: boolean, field: string): void {
  if (!condition) throw new LedgerError('head-invalid', { field });
}

function decodeHead(headerBytes: Uint8Array, certificateBytes: Uint8Array) {
  try {
    return { header: decodeHeader(headerBytes), certificate: decodeCertificate(certificateBytes) };
  } catch (error) {
    throw new LedgerError('head-invalid', { field: 'encoding' }, error);
  }
}

/** Shows that a transaction is in a block: 32-byte siblings from the leaf upwards. */
export interface TransactionProof {
  readonly index: number;
  readonly count: number;
  readonly path: readonly Uint8Array[];
}

/** The proof for the transaction at `index` of a block. Throws RangeError when there is none. */
export function transactionProof(transactions: readonly Uint8Array[], index: number): TransactionProof {
  return { index, count: transactions.length, path: transactionPath(transactions, index) };
}

/** Throws LedgerError('inclusion-invalid') unless the wire transaction is in the block of this (verified) header. */
export function verifyTransactionInclusion(
  header: Pick<Header, 'txRoot'>,
  transaction: Uint8Array,
  proof: TransactionProof,
): void {
  const root = rootFromTransactionPath(transaction, proof.index, proof.count, proof.path);
  if (root === undefined || !equalBytes(root, header.txRoot)) throw new LedgerError('inclusion-invalid');
}
