import { equalBytes, personIdOf, recordIdOf, toHex, verifyPublicKeys } from '#crypto';
import type { Backend } from '#crypto';
import type { Facts, Refusal, RefusalCode } from './ledger-error.ts';
import { verifyDeviceConsent, verifyKeyChange } from './key-change.ts';
import { applicantOf, verifyAdmission } from './membership.ts';
import type { MembershipAdmitBody } from './membership-body.ts';
import type { Get } from './readers.ts';
import type { DeviceEnrolBody, RotateKeysBody } from './person-body.ts';
import { receiptFault, storedHashOf } from './receipt.ts';
import type { BlockContext, VerifiedTransactions } from './rules/rule.ts';
import { verifyTransactionSignature } from './transaction.ts';
import type { DecodedTransaction } from './transaction.ts';

/** The default number of transactions that a node remembers as verified: several full blocks. */
export const VERIFIED_TRANSACTIONS_MAX = 16_384;

/** Remembers the newest `max` transactions that passed `verifyTransaction` on this node; the oldest are forgotten. */
export class VerifiedCache implements VerifiedTransactions {
  readonly #names = new Set<string>();
  readonly #max: number;

  constructor(max: number = VERIFIED_TRANSACTIONS_MAX) {
    this.#max = max;
  }

  has(hash: string): boolean {
    return this.#names.has(hash);
  }

  add(hash: string): void {
    this.#names.add(hash);
    if (this.#names.size <= this.#max) return;
    const oldest = this.#names.values().next();
    if (!oldest.done) this.#names.delete(oldest.value);
  }
}

/**
 * All that is true of a transaction whatever the state is, once the sender's key (32 bytes) is known: the signature,
 * proofs of possession of new keys, storage receipts (`get` gives the keys of institutions, which never change). A
 * sender's key may change, so the answer "good" is kept in `context.verified`, beside the key, and nothing is checked
 * twice on one node. Gives the fault, or undefined.
 */
export function verifyTransaction(
  backend: Backend,
  context: Pick<BlockContext, 'chainId' | 'verified'>,
  get: Get,
  decoded: DecodedTransaction,
  senderKey: Uint8Array,
): Refusal | undefined {
  const name = `${toHex(decoded.hash)}/${toHex(senderKey)}`;
  if (context.verified?.has(name) === true) return undefined;
  const fault = faultOf(backend, { chainId: context.chainId, get }, decoded, senderKey);
  if (fault !== undefined) return { ok: false, ...fault };
  context.verified?.add(name);
  return undefined;
}

function faultOf(
  backend: Backend,
  { chainId, get }: { chainId: Uint8Array; get: Get },
  decoded: DecodedTransaction,
  senderKey: Uint8Array,
): { code: RefusalCode; facts: Facts } | undefined {
  const { transaction } = decoded;
  if (
    transaction.kind === 'person.register' &&
    !equalBytes(personIdOf(transaction.body.keys), transaction.sender)
  ) {
    return { code: 'sender-not-keys', facts: {} };
  }
  if (!verifyTransactionSignature(backend, decoded, senderKey))
    return { code: 'signature-invalid', facts: {} };
  if (transaction.kind === 'person.register') {
    return verifyPublicKeys(backend, transaction.body.keys) ? undefined : { code: 'keys-invalid', facts: {} };
  }
  if (transaction.kind === 'device.enrol')
    return newKeysFault(backend, chainId, transaction.sender, transaction.body, verifyDeviceConsent);
  if (transaction.kind === 'person.rotate-keys')
    return newKeysFault(backend, chainId, transaction.sender, transaction.body, verifyKeyChange);
  if (transaction.kind === 'recovery.start')
    return newKeysFault(backend, chainId, transaction.body.person, transaction.body, verifyKeyChange);
  if (transaction.kind === 'record.anchor') {
    const { patient, records, receipts } = transaction.body;
    const stored = records.map(({ nonce, header }) => ({
      recordId: recordIdOf(patient, transaction.sender, nonce),
      header,
    }));
    return receiptFault(backend, get, storedHashOf(chainId, patient, stored), receipts);
  }
  if (transaction.kind === 'membership.admit') return admissionFault(backend, chainId, transaction.body);
  return undefined;
}

/** Keys that are new in a transaction prove themselves, and have signed what they are to be: `isMeant` says of whom. */
function newKeysFault(
  backend: Backend,
  chainId: Uint8Array,
  whose: Uint8Array,
  { keys, signature }: RotateKeysBody | DeviceEnrolBody,
  isMeant: typeof verifyKeyChange,
): { code: RefusalCode; facts: Facts } | undefined {
  const isGood = verifyPublicKeys(backend, keys) && isMeant(backend, chainId, whose, keys, signature);
  return isGood ? undefined : { code: 'keys-invalid', facts: {} };
}

function admissionFault(
  backend: Backend,
  chainId: Uint8Array,
  body: MembershipAdmitBody,
): { code: RefusalCode; facts: Facts } | undefined {
  if (!verifyAdmission(backend, chainId, applicantOf(body), body.signature))
    return { code: 'admission-invalid', facts: {} };
  const areProven = body.administrators.every((keys) => verifyPublicKeys(backend, keys));
  return areProven ? undefined : { code: 'keys-invalid', facts: {} };
}
