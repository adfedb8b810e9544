import {
  DOMAIN,
  equalBytes,
  expectInteger,
  expectList,
  expectMap,
  fromBase64Url,
  verifyTagged,
} from '#crypto';
import type { Backend } from '#crypto';
import { BLOCK_TRANSACTIONS_MAX, bodyMatchesHeader, decodeBlock, encodeHeader, hashHeader } from '#consensus';
import type { Block, Header } from '#consensus';
import { decodeTransaction, transactionProof, verifyTransactionInclusion } from '#consensus/ledger';
import type { DecodedTransaction, TransactionProof, ValidatorHistory } from '#consensus/ledger';
import { ledgerBlockSchema } from './api.ts';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { bytesOf, demand, leastCount } from './receipt-file.ts';

/** A transaction with its place in a certified block: head, certificate and path are all that is kept of the block. */
export interface CommittedTransaction {
  readonly transaction: Uint8Array;
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly place: TransactionProof;
}

/**
 * Fetches the block of a height and keeps what proves one transaction of it.
 * @throws ClientError `proof-invalid` when the node shows another block, or one without it.
 */
export async function gatherCommitted(
  { api, state }: Connection,
  height: number,
  isWanted: (transaction: DecodedTransaction) => boolean,
  options: CallOptions,
): Promise<CommittedTransaction> {
  const request = { method: 'GET', path: `/ledger/${height}` } as const;
  const answer = await api.json(request, ledgerBlockSchema, options);
  const certificate = fromBase64Url(answer.certificate);
  const block = blockOf(fromBase64Url(answer.block));
  const header = encodeHeader(block.header);
  const certified = await state.verifiedHead(header, certificate, options);
  const isIt =
    certified.height === height &&
    equalBytes(hashHeader(certified), hashHeader(block.header)) &&
    bodyMatchesHeader(block);
  const index = isIt ? block.transactions.findIndex((wire) => isWanted(decodeTransaction(wire))) : -1;
  const transaction = block.transactions[index];
  if (transaction === undefined) throw new ClientError('proof-invalid', { what: 'the block', height });
  const { count, path } = transactionProof(block.transactions, index);
  return { transaction, header, certificate, place: { index, count: leastCount(index, count), path } };
}

function blockOf(bytes: Uint8Array): Block {
  try {
    return decodeBlock(bytes);
  } catch (cause) {
    throw new ClientError('proof-invalid', { what: 'block' }, { cause });
  }
}

/** The fields of one in canonical DAG-CBOR, for who adds more. */
export function committedFields({ transaction, header, certificate, place }: CommittedTransaction): object {
  const { index, count, path } = place;
  return { transaction, header, certificate, index, count, path: [...path] };
}

export const COMMITTED_FIELDS = ['transaction', 'header', 'certificate', 'index', 'count', 'path'] as const;

/** Shape only. @throws CryptoError `encoding`, ClientError `proof-invalid` */
export function committedFrom(value: unknown): CommittedTransaction {
  return committedOf(expectMap(value, [...COMMITTED_FIELDS], 'committed'));
}

export function committedOf(map: Readonly<Record<string, unknown>>): CommittedTransaction {
  return {
    transaction: bytesOf(map['transaction']),
    header: bytesOf(map['header']),
    certificate: bytesOf(map['certificate']),
    place: {
      index: expectInteger(map['index'], 0, BLOCK_TRANSACTIONS_MAX - 1, 'index'),
      count: expectInteger(map['count'], 1, BLOCK_TRANSACTIONS_MAX, 'count'),
      path: expectList(map['path'], 0, 32, 'path').map(bytesOf),
    },
  };
}

/**
 * A quorum certified the block, and the block holds the transaction. Who signed it `isSignedBy` says.
 * @throws ClientError `proof-invalid`, LedgerError, CryptoError
 */
export function verifyCommitted(
  history: ValidatorHistory,
  { transaction, header, certificate, place }: CommittedTransaction,
): { readonly block: Header; readonly decoded: DecodedTransaction } {
  const block = history.verifyHead(header, certificate);
  verifyTransactionInclusion(block, transaction, place);
  // Neighbouring counts give the same path: the least of them is the one that a file may name.
  demand(place.count === leastCount(place.index, place.count), 'place in the block');
  const decoded = decodeTransaction(transaction);
  demand(equalBytes(decoded.transaction.chainId, history.chainId), 'another chain');
  return { block, decoded };
}

/** True when this key signed the transaction. Never throws. */
export function isSignedBy(
  backend: Backend,
  { signedBytes, signature }: DecodedTransaction,
  signKey: Uint8Array,
): boolean {
  return verifyTagged(backend, DOMAIN.transactionSignature, signedBytes, signature, signKey);
}
