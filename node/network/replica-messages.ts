import { decode, encode, expectBytes, expectBytesUpTo, expectLink, expectList, expectMap } from '#crypto';
import type { CID } from '#crypto';
import { BLOCK_BYTES_MAX } from '#storage';
import { NetworkError } from './network-error.ts';

export const REPLICA_PROTOCOL = '/phr/replica/1.0.0';
/** Block bytes in one `store` request; a larger batch goes in several. */
export const STORE_BYTES_MAX = 6 << 20;
export const STORE_BLOCKS_MAX = 256;
export const REPLICA_LINKS_MAX = 16_384;
/** Header CIDs in one receipt: the records of one anchor transaction. */
export const RECEIPT_HEADERS_MAX = 64;
/** Longest request: a full `store`, each block with its CID and framing. */
export const REPLICA_REQUEST_BYTES_MAX = STORE_BYTES_MAX + BLOCK_BYTES_MAX + STORE_BLOCKS_MAX * 64;
export const REPLICA_ANSWER_BYTES_MAX = REPLICA_LINKS_MAX * 48;

export interface ReplicaBlock {
  readonly cid: CID;
  readonly bytes: Uint8Array;
}

export type ReplicaRequest =
  | { readonly kind: 'have'; readonly cids: readonly CID[] }
  | { readonly kind: 'store'; readonly blocks: readonly ReplicaBlock[] }
  | {
      readonly kind: 'receipt';
      readonly chainId: Uint8Array;
      readonly patient: Uint8Array;
      readonly headers: readonly CID[];
    };

/** To `have` and `receipt`: what the holder lacks, else (to `receipt`) its signature. */
export type ReplicaAnswer =
  | { readonly kind: 'missing'; readonly cids: readonly CID[] }
  | { readonly kind: 'receipt'; readonly signature: Uint8Array };

export function encodeReplicaRequest(request: ReplicaRequest): Uint8Array {
  return encode(request);
}

/** @throws NetworkError `malformed` */
export function decodeReplicaRequest(bytes: Uint8Array): ReplicaRequest {
  return shaped(() => {
    const value = decode(bytes, REPLICA_REQUEST_BYTES_MAX);
    switch (kindOf(value)) {
      case 'have': {
        const { cids } = expectMap(value, ['kind', 'cids'], 'have');
        return { kind: 'have', cids: links(cids, REPLICA_LINKS_MAX) };
      }
      case 'store': {
        const { blocks } = expectMap(value, ['kind', 'blocks'], 'store');
        return { kind: 'store', blocks: expectList(blocks, 0, STORE_BLOCKS_MAX, 'blocks').map(block) };
      }
      case 'receipt': {
        const { chainId, patient, headers } = expectMap(
          value,
          ['kind', 'chainId', 'patient', 'headers'],
          'receipt',
        );
        return {
          kind: 'receipt',
          chainId: expectBytes(chainId, 32, 'chain'),
          patient: expectBytes(patient, 32, 'patient'),
          headers: links(headers, RECEIPT_HEADERS_MAX),
        };
      }
      default:
        throw new NetworkError('malformed');
    }
  });
}

export function encodeReplicaAnswer(answer: ReplicaAnswer): Uint8Array {
  return encode(answer);
}

/** @throws NetworkError `malformed` */
export function decodeReplicaAnswer(bytes: Uint8Array): ReplicaAnswer {
  return shaped(() => {
    const value = decode(bytes, REPLICA_ANSWER_BYTES_MAX);
    if (kindOf(value) === 'missing') {
      const { cids } = expectMap(value, ['kind', 'cids'], 'missing');
      return { kind: 'missing', cids: links(cids, REPLICA_LINKS_MAX) };
    }
    const { kind, signature } = expectMap(value, ['kind', 'signature'], 'receipt');
    if (kind !== 'receipt') throw new NetworkError('malformed');
    return { kind, signature: expectBytes(signature, 64, 'signature') };
  });
}

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
}

function block(value: unknown): ReplicaBlock {
  const { cid, bytes } = expectMap(value, ['cid', 'bytes'], 'block');
  return { cid: expectLink(cid, 'block'), bytes: expectBytesUpTo(bytes, BLOCK_BYTES_MAX, 'block') };
}

function links(value: unknown, countMax: number): CID[] {
  return expectList(value, 0, countMax, 'links').map((link) => expectLink(link, 'link'));
}

function shaped<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof NetworkError ? error : new NetworkError('malformed', { cause: error });
  }
}
