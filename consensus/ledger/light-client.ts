import { equalBytes } from '#crypto';
import type { Backend } from '#crypto';
import {
  decodeCertificate,
  decodeHeader,
  hashHeader,
  validatorsHashOf,
  verifyCertificate,
} from '../block.ts';
import type { Header } from '../block.ts';
import { rootFromTransactionPath, transactionPath } from '../transaction-tree.ts';
import { chainIdOf, validatorsOf } from './genesis.ts';
import type { Genesis } from './genesis.ts';
import { LedgerError } from './ledger-error.ts';

/**
 * The header, if a quorum of the genesis' validators committed it: everything a client believes about the ledger
 * starts here. Needs the genesis and nothing from the node that answered; how new the header is, it does not say.
 * Throws LedgerError('head-invalid').
 */
export function verifyHead(
  backend: Backend,
  genesis: Genesis,
  headerBytes: Uint8Array,
  certificateBytes: Uint8Array,
): Header {
  const { header, certificate } = decodeHead(headerBytes, certificateBytes);
  const chainId = chainIdOf(genesis);
  const validators = validatorsOf(genesis);
  const check = (condition: boolean, field: string): void => {
    if (!condition) throw new LedgerError('head-invalid', { field });
  };
  check(equalBytes(header.chainId, chainId), 'chainId');
  check(equalBytes(header.validatorsHash, validatorsHashOf(validators)), 'validatorsHash');
  check(certificate.height === header.height, 'height');
  check(equalBytes(certificate.blockHash, hashHeader(header)), 'blockHash');
  check(verifyCertificate(backend, certificate, chainId, validators), 'certificate');
  return header;
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
