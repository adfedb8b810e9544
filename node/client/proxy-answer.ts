import {
  CryptoError,
  decode,
  DOMAIN,
  encode,
  expectBytes,
  expectInteger,
  expectList,
  expectMap,
  verifyTagged,
} from '#crypto';
import type { Backend } from '#crypto';
import { ACCESS_ITEMS_MAX, SEATS_MAX } from '#consensus/ledger';

/** What one proxy did for one item of an access request. */
export interface ProxyAnswerItem {
  /** Index into the items of the access request. */
  readonly item: number;
  /** The capsule that was converted, 32 bytes. */
  readonly E: Uint8Array;
  /** E_i, 32 bytes. */
  readonly point: Uint8Array;
  /** DLEQ proof, 64 bytes. */
  readonly proof: Uint8Array;
}

/** A proxy's whole answer. Signed, so that a false conversion can be shown to others (SCHEME 5). */
export interface ProxyAnswer {
  /** Hash of the access request's transaction. */
  readonly access: Uint8Array;
  /** Node id. */
  readonly node: Uint8Array;
  /** Share index, 1..n. */
  readonly index: number;
  /** Height of the block that holds the access request; the proofs are bound to it. */
  readonly height: number;
  readonly items: readonly ProxyAnswerItem[];
}

/** Shape-checked; `verifyProxyAnswer` says whether the node signed it. */
export interface UnverifiedProxyAnswer extends ProxyAnswer {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

export const PROXY_ANSWER_BYTES_MAX = 64 * 1024;

/** Canonical `[payload, signature]`; `sign` signs the payload under DOMAIN.proxyResponse with the validator key. */
export function encodeProxyAnswer(
  answer: ProxyAnswer,
  sign: (payload: Uint8Array) => Uint8Array,
): Uint8Array {
  const { access, node, index, height, items } = answer;
  const payload = encode({
    access,
    node,
    index,
    height,
    items: items.map(({ item, E, point, proof }) => ({ item, E, point, proof })),
  });
  return encode([payload, sign(payload)]);
}

/** Size, canonical form and fields of an answer; no item twice. @throws CryptoError `encoding` */
export function decodeProxyAnswer(bytes: Uint8Array): UnverifiedProxyAnswer {
  const [outer, signature] = expectList(decode(bytes, PROXY_ANSWER_BYTES_MAX), 2, 2, 'answer');
  if (!(outer instanceof Uint8Array)) throw new CryptoError('encoding', 'payload');
  const map = expectMap(
    decode(outer, PROXY_ANSWER_BYTES_MAX),
    ['access', 'node', 'index', 'height', 'items'],
    'payload',
  );
  const items = expectList(map.items, 0, ACCESS_ITEMS_MAX, 'items').map((value) => {
    const one = expectMap(value, ['item', 'E', 'point', 'proof'], 'item');
    return {
      item: expectInteger(one.item, 0, ACCESS_ITEMS_MAX - 1, 'item'),
      E: expectBytes(one.E, 32, 'E'),
      point: expectBytes(one.point, 32, 'point'),
      proof: expectBytes(one.proof, 64, 'proof'),
    };
  });
  if (new Set(items.map(({ item }) => item)).size !== items.length)
    throw new CryptoError('encoding', 'an item twice');
  return {
    access: expectBytes(map.access, 32, 'access'),
    node: expectBytes(map.node, 32, 'node'),
    index: expectInteger(map.index, 1, SEATS_MAX, 'index'),
    height: expectInteger(map.height, 1, Number.MAX_SAFE_INTEGER, 'height'),
    items,
    payload: outer,
    signature: expectBytes(signature, 64, 'signature'),
  };
}

/** True when the node with this validator key signed exactly this answer. Never throws. */
export function verifyProxyAnswer(
  backend: Backend,
  answer: UnverifiedProxyAnswer,
  validatorKey: Uint8Array,
): boolean {
  return verifyTagged(backend, DOMAIN.proxyResponse, answer.payload, answer.signature, validatorKey);
}
