import { DOMAIN, encode, hash, toHex, verifyTagged } from '#crypto';
import type { Backend, CID } from '#crypto';
import { faultBound } from '../block.ts';
import type { Receipt } from './body.ts';
import type { Genesis } from './genesis.ts';
import type { Facts, RefusalCode } from './ledger-error.ts';

/**
 * What a storage receipt is signed over (DOMAIN.receipt, with the validator key): 32 bytes that name the chain, the
 * patient and every header of the batch in order. Who signs says: "I hold these headers and all that they link to,
 * durably, and each header names this patient".
 */
export function storedHashOf(chainId: Uint8Array, patient: Uint8Array, headers: readonly CID[]): Uint8Array {
  return hash(DOMAIN.stored, chainId, patient, encode(headers));
}

/** f+1: so many holders that at least one is honest and stays. */
export function receiptsNeeded(genesis: Genesis): number {
  return faultBound(genesis.institutions.length) + 1;
}

/** Every receipt must be good and of another institution, and there must be `receiptsNeeded` of them. */
export function receiptFault(
  backend: Backend,
  genesis: Genesis,
  storedHash: Uint8Array,
  receipts: readonly Receipt[],
): { code: RefusalCode; facts: Facts } | undefined {
  const needed = receiptsNeeded(genesis);
  if (receipts.length < needed)
    return { code: 'receipts-too-few', facts: { needed, given: receipts.length } };
  const keys = new Map(genesis.institutions.map(({ id, validatorKey }) => [toHex(id), validatorKey]));
  for (const { node, signature } of receipts) {
    const key = keys.get(toHex(node));
    keys.delete(toHex(node));
    if (key === undefined || !verifyTagged(backend, DOMAIN.receipt, storedHash, signature, key)) {
      return { code: 'receipt-invalid', facts: { node: toHex(node) } };
    }
  }
  return undefined;
}
