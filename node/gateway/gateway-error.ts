/** Every code with which the gateway refuses or fails; docs/ERRORS.md has a line for each. */
export const GATEWAY_ERROR_CODES = [
  /** The secret or the authentication code of a message is wrong: somebody else made it. */
  'forged',
  /** No enrolment of this gateway has this name, or it was withdrawn. */
  'source-unknown',
  /** The message names another patient than the one whose lane its source writes to. */
  'other-patient',
  /** A source sends more than one may; the fact `retryMs` says when to go on. */
  'too-fast',
  /** The queue is more than half full, and this source has its equal share of it. */
  'share-full',
  /** A message is larger than the gateway takes, or holds more readings. */
  'message-too-large',
  /** A message has not the shape of readings. */
  'message-malformed',
  /** A code that the gateway has no unit and bounds for. */
  'code-unknown',
  /** The unit of a reading is not that of its code. */
  'unit-mismatch',
  /** The counter was used: the readings are here already. The fact `next` says where to go on. */
  'replayed',
  /** Counters within a message do not rise. */
  'out-of-order',
  /** More sources than a gateway keeps counters for. */
  'sources-full',
  /** The queue on disk has reached its bound; the device keeps what it has and tries later. */
  'queue-full',
  /** The queue cannot be written; nothing was accepted. */
  'queue-failed',
  /** Another process uses this directory. */
  'already-running',
  /** The directory holds no enrolled gateway, or one already. */
  'not-enrolled',
  'already-enrolled',
  /** The enrolment code is for another network than the node shows. */
  'other-network',
  /** What was read from the disk does not open: another key, or a damaged file. */
  'disk-damaged',
  /** Readings or the gateway's session would cross a network in the clear. */
  'transport-insecure',
] as const;
export type GatewayErrorCode = (typeof GATEWAY_ERROR_CODES)[number];

/** The one error class of `node/gateway/`. Facts are counters, bounds and ids: never values. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: GatewayErrorCode;
  readonly facts: Readonly<Record<string, string | number>>;
  constructor(code: GatewayErrorCode, facts: Record<string, string | number> = {}, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.facts = facts;
  }
}
