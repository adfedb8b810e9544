/**
 * Shape checks of decoded values: what `decode` returned is `unknown` until it went through here.
 * Everything a peer sends has a bound; outside it the message does not exist (`ConsensusError('malformed')`).
 */

/** Stable codes of everything consensus refuses or stops on; texts in PROTOCOL.md, "Codes". */
export const CONSENSUS_ERROR_CODES = [
  'malformed',
  'too-large',
  'state-diverged',
  'journal-foreign',
  'stopped',
] as const;

export type ConsensusErrorCode = (typeof CONSENSUS_ERROR_CODES)[number];

/** The one error class of `consensus/`: a stable code and the name of the field or step, never its content. */
export class ConsensusError extends Error {
  readonly code: ConsensusErrorCode;

  constructor(code: ConsensusErrorCode, what: string, cause?: unknown) {
    super(`${code}: ${what}`, cause === undefined ? undefined : { cause });
    this.name = 'ConsensusError';
    this.code = code;
  }
}

/** An array of `lengthMin..lengthMax` elements, or `malformed`. */
export function asArray(value: unknown, lengthMin: number, lengthMax: number, what: string): unknown[] {
  if (!Array.isArray(value) || value.length < lengthMin || value.length > lengthMax) {
    throw new ConsensusError('malformed', what);
  }
  return value as unknown[];
}

/** A byte string of `lengthMin..lengthMax` bytes, or `malformed`. */
export function asBytes(value: unknown, lengthMin: number, lengthMax: number, what: string): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length < lengthMin || value.length > lengthMax) {
    throw new ConsensusError('malformed', what);
  }
  return value;
}

/** 32 bytes, or `malformed`. */
export function asHash(value: unknown, what: string): Uint8Array {
  return asBytes(value, 32, 32, what);
}

/** A safe integer in `min..max`, or `malformed`. */
export function asInteger(value: unknown, min: number, max: number, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw new ConsensusError('malformed', what);
  }
  return value;
}
