/** Why a proxy does not convert, or a node does not release its part of a shared key. Sent to the asking node as the code alone. */
export const PROXY_REFUSAL_CODES = [
  'malformed',
  'stale-view',
  'ledger-forked',
  'not-a-proxy',
  'access-unknown',
  'access-too-old',
  'grant-unknown',
  'grant-revoked',
  'grant-expired',
  'delegate-not-active',
  'record-unknown',
  'other-patient',
  'header-mismatch',
  'header-unproven',
  'slot-unknown',
  'rekey-unknown',
  'no-share',
  'share-invalid',
  'emergency-unknown',
  'not-countersigned',
  'emergency-over',
  'sharing-off',
  'not-recoverable',
] as const;
export type ProxyRefusalCode = (typeof PROXY_REFUSAL_CODES)[number];

/** A proxy's refusal: fail closed, with the reason as a code. */
export class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal';
  readonly code: ProxyRefusalCode;
  constructor(code: ProxyRefusalCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}
