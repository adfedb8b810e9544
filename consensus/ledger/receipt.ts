import { DOMAIN, encode, hash, toHex, verifyTagged } from '#crypto';
import type { Backend, CID } from '#crypto';
import type { Receipt } from './body.ts';
import type { Facts, RefusalCode } from './ledger-error.ts';
import { readInstitution } from './readers.ts';
import type { Get } from './readers.ts';

/**
 * What a storage receipt is signed over (DOMAIN.receipt, with the validator key): 32 bytes that name the chain, the
 * patient and every header of the batch in order. Who signs says: "I hold these headers and all that they link to,
 * durably, and each header names this patient".
 */
export function storedHashOf(chainId: Uint8Array, patient: Uint8Array, headers: readonly CID[]): Uint8Array {
  return hash(DOMAIN.stored, chainId, patient, encode(headers));
}

/** Every receipt must be good and of another institution. Whether they are enough, of members, the rule says. */
export function receiptFault(
  backend: Backend,
  get: Get,
  storedHash: Uint8Array,
  receipts: readonly Receipt[],
): { code: RefusalCode; facts: Facts } | undefined {
  const seen = new Set<string>();
  for (const { node, signature } of receipts) {
    const key = seen.has(toHex(node)) ? undefined : readInstitution(get, node)?.validatorKey;
    seen.add(toHex(node));
    if (key === undefined || !verifyTagged(backend, DOMAIN.receipt, storedHash, signature, key)) {
      return { code: 'receipt-invalid', facts: { node: toHex(node) } };
    }
  }
  return undefined;
}
