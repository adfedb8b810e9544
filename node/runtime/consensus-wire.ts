import { decode, encode } from '#crypto';
import { BLOCK_BYTES_MAX, CERTIFICATE_BYTES_MAX, HEIGHT_MAX, SIGNATURE_BYTES, TIME_MS_MAX } from '#consensus';
import { asArray, asBytes, asHash, asInteger } from '#consensus';
import { MESSAGE_BYTES_MAX } from '#consensus/pbft';

/** A range answer stops before this many bytes of blocks, except that it always has its first. */
export const RANGE_BYTES_MAX = 4 * 1024 * 1024;
export const RANGE_BLOCKS_MAX = 64;
/** Everything between validators fits: the largest message, or a full range. */
export const WIRE_BYTES_MAX =
  RANGE_BYTES_MAX + BLOCK_BYTES_MAX + RANGE_BLOCKS_MAX * CERTIFICATE_BYTES_MAX + 4096;

/** A block and its certificate, both in canonical bytes. */
export interface CertifiedBytes {
  readonly block: Uint8Array;
  readonly certificate: Uint8Array;
}

/** "At this time my newest block was this one", signed by a validator. */
export interface HeadStatement {
  readonly height: number;
  /** Hash of the block of that height; the chain id at height 0. */
  readonly hash: Uint8Array;
  readonly timeMs: number;
  readonly signature: Uint8Array;
}

/** What validators say to each other, around and including the protocol's own messages. */
export type WireMessage =
  | { readonly kind: 'vote'; readonly message: Uint8Array }
  | { readonly kind: 'head'; readonly statement: HeadStatement }
  | { readonly kind: 'sync'; readonly from: number }
  | { readonly kind: 'range'; readonly blocks: readonly CertifiedBytes[] }
  | { readonly kind: 'need'; readonly height: number; readonly hash: Uint8Array }
  | { readonly kind: 'body'; readonly block: Uint8Array };

const KINDS = ['vote', 'head', 'sync', 'range', 'need', 'body'] as const;

/** Canonical bytes: [kind, fields...]. */
export function encodeWire(message: WireMessage): Uint8Array {
  return encode([KINDS.indexOf(message.kind), ...fieldsOf(message)]);
}

function fieldsOf(message: WireMessage): unknown[] {
  switch (message.kind) {
    case 'vote':
      return [message.message];
    case 'head': {
      const { height, hash, timeMs, signature } = message.statement;
      return [height, hash, timeMs, signature];
    }
    case 'sync':
      return [message.from];
    case 'range':
      return [message.blocks.map(({ block, certificate }) => [block, certificate])];
    case 'need':
      return [message.height, message.hash];
    case 'body':
      return [message.block];
  }
}

/** Inverse of `encodeWire`; throws ConsensusError or CryptoError on anything else. */
export function decodeWire(bytes: Uint8Array): WireMessage {
  const fields = asArray(decode(bytes, WIRE_BYTES_MAX), 2, 5, 'wire message');
  const kind = KINDS[asInteger(fields[0], 0, KINDS.length - 1, 'wire kind')] ?? 'vote';
  asArray(fields, kind === 'head' ? 5 : kind === 'need' ? 3 : 2, 5, 'wire fields');
  switch (kind) {
    case 'vote':
      return { kind, message: asBytes(fields[1], 1, MESSAGE_BYTES_MAX, 'vote') };
    case 'head': {
      const height = asInteger(fields[1], 0, HEIGHT_MAX, 'head height');
      const hash = asHash(fields[2], 'head hash');
      const timeMs = asInteger(fields[3], 0, TIME_MS_MAX, 'head time');
      const signature = asBytes(fields[4], SIGNATURE_BYTES, SIGNATURE_BYTES, 'head signature');
      return { kind, statement: { height, hash, timeMs, signature } };
    }
    case 'sync':
      return { kind, from: asInteger(fields[1], 1, HEIGHT_MAX, 'sync height') };
    case 'range':
      return { kind, blocks: asArray(fields[1], 1, RANGE_BLOCKS_MAX, 'range').map(certifiedFrom) };
    case 'need':
      return {
        kind,
        height: asInteger(fields[1], 1, HEIGHT_MAX, 'need height'),
        hash: asHash(fields[2], 'need hash'),
      };
    case 'body':
      return { kind, block: asBytes(fields[1], 1, BLOCK_BYTES_MAX, 'body') };
  }
}

function certifiedFrom(value: unknown): CertifiedBytes {
  const pair = asArray(value, 2, 2, 'range item');
  return {
    block: asBytes(pair[0], 1, BLOCK_BYTES_MAX, 'range block'),
    certificate: asBytes(pair[1], 1, CERTIFICATE_BYTES_MAX, 'range certificate'),
  };
}
