/**
 * Every refusal of this room, by a stable code. The texts carry sizes and names of fields only: never a key, a
 * plaintext, a keyword or a name. The table in crypto/SCHEME.md says what a person can do about each.
 */
export const CRYPTO_ERROR_CODES = [
  'encoding',
  'input-invalid',
  'too-large',
  'point-invalid',
  'scalar-invalid',
  'key-invalid',
  'share-invalid',
  'conversion-invalid',
  'evaluation-invalid',
  'open-failed',
  'recovery-code-invalid',
] as const;

export type CryptoErrorCode = (typeof CRYPTO_ERROR_CODES)[number];

/** The one error class of the room. `open-failed` is deliberately the same for every reason an opening fails. */
export class CryptoError extends Error {
  override readonly name = 'CryptoError';
  readonly code: CryptoErrorCode;

  constructor(code: CryptoErrorCode, message: string = code, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
