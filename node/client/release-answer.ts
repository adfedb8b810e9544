import {
  CryptoError,
  decode,
  DOMAIN,
  encode,
  equalBytes,
  expectBytes,
  expectInteger,
  expectList,
  expectMap,
  sha256,
  verifyTagged,
} from '#crypto';
import type { Backend } from '#crypto';
import { ACCESS_ITEMS_MAX, INSTITUTIONS_MAX } from '#consensus/ledger';
import { RELEASE_GROUNDS } from './api.ts';
import type { ReleaseGround } from './api.ts';

/** One slot of one anchored record. */
export interface ReleaseItem {
  readonly record: Uint8Array;
  readonly slot: number;
}

/** What is asked of every holder of a part; `id` names the emergency, or the person who recovers. */
export interface ReleaseRequest {
  readonly ground: ReleaseGround;
  readonly id: Uint8Array;
  /** At most ACCESS_ITEMS_MAX; none when only the shared bytes are asked for. */
  readonly items: readonly ReleaseItem[];
}

/** What a node puts its name to when it releases. The box is for the requester alone; its hash is in here. */
export interface ReleasePayload extends ReleaseRequest {
  readonly node: Uint8Array;
  /** Share index, 1..n. */
  readonly index: number;
  /** Height at which the ledger opened it; the proofs in the box are bound to it. */
  readonly height: number;
  /** The block since which the node's share counts: shares from before a re-sharing and after it do not join. */
  readonly sharesHeight: number;
  /** The newest certified block when the node judged: by its state and time this was releasable. */
  readonly view: { readonly height: number; readonly hash: Uint8Array };
  /** SHA-256 of the box. */
  readonly release: Uint8Array;
}

/** Shape-checked; `verifyReleaseAnswer` says whether the node signed it. */
export interface UnverifiedRelease extends ReleasePayload {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

export const RELEASE_REQUEST_BYTES_MAX = 8 * 1024;
const RELEASE_ANSWER_BYTES_MAX = 64 * 1024;
const PAYLOAD_BYTES_MAX = 16 * 1024;

const itemsValue = (items: readonly ReleaseItem[]): object[] =>
  items.map(({ record, slot }) => ({ record, slot }));

export function encodeReleaseRequest({ ground, id, items }: ReleaseRequest): Uint8Array {
  return encode({ ground, id, items: itemsValue(items) });
}

/** @throws CryptoError `encoding` */
export function decodeReleaseRequest(bytes: Uint8Array): ReleaseRequest {
  const map = expectMap(decode(bytes, RELEASE_REQUEST_BYTES_MAX), ['ground', 'id', 'items'], 'request');
  return requestFrom(map.ground, map.id, map.items);
}

function requestFrom(ground: unknown, id: unknown, items: unknown): ReleaseRequest {
  const known = RELEASE_GROUNDS.find((one) => one === ground);
  if (known === undefined) throw new CryptoError('encoding', 'ground');
  const list = expectList(items, 0, ACCESS_ITEMS_MAX, 'items').map((value) => {
    const { record, slot } = expectMap(value, ['record', 'slot'], 'item');
    return { record: expectBytes(record, 32, 'record'), slot: expectInteger(slot, 0, 255, 'slot') };
  });
  if (known === 'recovery' && list.length > 0) throw new CryptoError('encoding', 'items');
  return { ground: known, id: expectBytes(id, 32, 'id'), items: list };
}

/** Canonical `[payload, signature, box]`; `sign` signs the payload under DOMAIN.releaseAnswer with the validator key. */
export function encodeReleaseAnswer(
  answer: Omit<ReleasePayload, 'release'> & { readonly box: Uint8Array },
  sign: (payload: Uint8Array) => Uint8Array,
): Uint8Array {
  const { ground, id, items, node, index, height, sharesHeight, view, box } = answer;
  const payload = encode({
    ground,
    id,
    items: itemsValue(items),
    node,
    index,
    height,
    sharesHeight,
    view: { height: view.height, hash: view.hash },
    release: sha256(box),
  });
  return encode([payload, sign(payload), box]);
}

/** Size, canonical form and fields; the box is the one that the payload names. @throws CryptoError `encoding` */
export function decodeReleaseAnswer(bytes: Uint8Array): UnverifiedRelease & { readonly box: Uint8Array } {
  const [payload, signature, box] = expectList(decode(bytes, RELEASE_ANSWER_BYTES_MAX), 3, 3, 'answer');
  const release = decodeReleasePayload(payload, signature);
  if (!(box instanceof Uint8Array) || !equalBytes(sha256(box), release.release))
    throw new CryptoError('encoding', 'box');
  return { ...release, box };
}

/** The part of an answer that may be shown to others. @throws CryptoError `encoding` */
export function decodeReleasePayload(payload: unknown, signature: unknown): UnverifiedRelease {
  if (!(payload instanceof Uint8Array)) throw new CryptoError('encoding', 'payload');
  const fields = [
    'ground',
    'id',
    'items',
    'node',
    'index',
    'height',
    'sharesHeight',
    'view',
    'release',
  ] as const;
  const map = expectMap(decode(payload, PAYLOAD_BYTES_MAX), fields, 'payload');
  const view = expectMap(map.view, ['height', 'hash'], 'view');
  return {
    ...requestFrom(map.ground, map.id, map.items),
    node: expectBytes(map.node, 32, 'node'),
    index: expectInteger(map.index, 1, INSTITUTIONS_MAX, 'index'),
    height: expectInteger(map.height, 1, Number.MAX_SAFE_INTEGER, 'height'),
    sharesHeight: expectInteger(map.sharesHeight, 1, Number.MAX_SAFE_INTEGER, 'height'),
    view: {
      height: expectInteger(view.height, 1, Number.MAX_SAFE_INTEGER, 'height'),
      hash: expectBytes(view.hash, 32, 'hash'),
    },
    release: expectBytes(map.release, 32, 'release'),
    payload,
    signature: expectBytes(signature, 64, 'signature'),
  };
}

/** True when the node with this validator key put its name to it. Never throws. */
export function verifyReleaseAnswer(
  backend: Backend,
  { payload, signature }: UnverifiedRelease,
  validatorKey: Uint8Array,
): boolean {
  return verifyTagged(backend, DOMAIN.releaseAnswer, payload, signature, validatorKey);
}

/** True when an answer is to exactly this request. */
export function answersRequest(answer: ReleaseRequest, request: ReleaseRequest): boolean {
  return equalBytes(encodeReleaseRequest(answer), encodeReleaseRequest(request));
}
