import { DOMAIN, encode, hash, toHex, verifyTagged } from '#crypto';
import type { Backend, CID } from '#crypto';
import type { Receipt } from './body.ts';
import type { Facts, RefusalCode } from './ledger-error.ts';
import { readInstitution } from './readers.ts';
import type { Get } from './readers.ts';

/** A header and the record that it names. */
export interface StoredRecord {
  readonly recordId: Uint8Array;
  readonly header: CID;
}

/**
 * What a storage receipt is signed over (DOMAIN.receipt, with the validator key): 32 bytes that name the chain, the
 * patient and every record of the batch with its header, in order. Who signs says: "I hold these headers and all that
 * they link to, durably, and each header names this patient and this record". Since an id belongs to one writer, a
 * header that somebody saw on its way has receipts for its own record alone.
 */
export function storedHashOf(
  chainId: Uint8Array,
  patient: Uint8Array,
  records: readonly StoredRecord[],
): Uint8Array {
  const named = records.map(({ recordId, header }) => [recordId, header]);
  return hash(DOMAIN.stored, chainId, patient, encode(named));
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
