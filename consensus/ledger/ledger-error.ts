/** Facts beside a code: ids and hashes as hex, numbers, names of fields. Never plaintext, keys or names of people. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** Every code with which the ledger refuses a transaction; each has its line in LEDGER.md, "Refusals". */
export const REFUSAL_CODES = [
  'malformed',
  'other-chain',
  'expired',
  'expiry-too-far',
  'sender-unknown',
  'already-registered',
  'nonce-used',
  'nonce-ahead',
  'signature-invalid',
  'sender-not-keys',
  'keys-invalid',
  'sender-not-active',
  'role-not-allowed',
  'institution-unknown',
  'person-unknown',
  'other-institution',
  'own-case',
  'wrong-status',
  'already-decided-by-sender',
  'device-unknown',
  'other-patient',
  'not-a-patient',
  'not-a-doctor',
  'person-not-active',
  'not-permitted',
  'assignment-exists',
  'assignment-unknown',
  'too-many-custodians',
  'recipient-not-allowed',
  'duplicate',
  'receipt-invalid',
  'receipts-too-few',
  'record-exists',
  'record-unknown',
  'previous-amended',
  'sequence-wrong',
  'tag-taken',
  'too-many-writers',
  'request-open',
  'request-unknown',
  'delegate-not-allowed',
  'grant-exists',
  'grant-unknown',
  'grant-revoked',
  'grant-expired',
  'threshold-wrong',
  'commitments-wrong',
  'shares-wrong',
  'expiry-wrong',
  'rekey-unknown',
  'record-erased',
  'kit-serial-wrong',
  'kit-superseded',
  'identifier-taken',
  'identifier-not-allowed',
  'identity-key-exists',
  'identity-key-invalid',
  'keys-used',
  'too-many-key-changes',
  'recovery-open',
  'recovery-unknown',
  'window-open',
  'too-many-covers',
  'cover-unknown',
  'guardian-not-allowed',
  'guardianship-exists',
  'guardianship-unknown',
  'too-many-guardians',
  'sharing-exists',
  'sharing-off',
  'emergency-open',
  'emergency-unknown',
  'emergency-expired',
  'too-many-reviews',
  'move-unknown',
  'evidence-invalid',
  'evidence-known',
  'institution-not-member',
  'institution-known',
  'admission-invalid',
  'height-wrong',
  'proposal-open',
  'proposal-unknown',
  'proposal-over',
  'change-scheduled',
  'too-few-members',
  'too-many-members',
  'reshare-not-due',
  'reshare-unknown',
  'not-a-holder',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Why a transaction does not apply. `nonce-ahead` may apply later; every other code only after the state changed. */
export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  readonly facts: Facts;
}

/** Codes of `LedgerError`, see LEDGER.md, "Errors". */
export const LEDGER_ERROR_CODES = [
  'transaction-malformed',
  'genesis-malformed',
  'state-malformed',
  'proof-invalid',
  'head-invalid',
  'inclusion-invalid',
] as const;
export type LedgerErrorCode = (typeof LEDGER_ERROR_CODES)[number];

/** The one error class of `consensus/ledger/`: thrown for bytes that are not what they claim to be. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;
  readonly facts: Facts;

  constructor(code: LedgerErrorCode, facts: Facts = {}, cause?: unknown) {
    super(
      `${code}${facts['field'] === undefined ? '' : `: ${String(facts['field'])}`}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.facts = facts;
  }
}
