import {
  convert,
  decode,
  decodeRecordHeader,
  DOMAIN,
  encode,
  equalBytes,
  matchesLink,
  signTagged,
  toHex,
  verifyRecordHeader,
} from '#crypto';
import type { Backend, CID, NodeKeys, RecordHeader } from '#crypto';
import { readAccess, readGrant, readPerson, readRecord, readSignKeysAt } from '#consensus/ledger';
import type { Access, Grant, LedgerState } from '#consensus/ledger';
import { encodeProxyAnswer } from '#node/client';
import type { ProxyAnswerItem } from '#node/client';
import { ProxyRefusal } from './proxy-refusal.ts';
import { RefusalLog } from './refusal-log.ts';
import type { RecordedRefusal } from './refusal-log.ts';
import { ShareCabinet } from './share-cabinet.ts';

export const PROXY_PROTOCOL = '/phr/proxy/1.0.0';
export const PROXY_REQUEST_BYTES_MAX = 128;
export const PROXY_RESPONSE_BYTES_MAX = 64 * 1024;
export const PROXY_CONCURRENT_MAX = 32;
/** How long a proxy waits to learn that its view is the newest. */
const FRESH_WAIT_MS = 3_000;
const FRESH_POLL_MS = 25;

export interface ProxyInit {
  backend: Backend;
  keys: NodeKeys;
  chainId: Uint8Array;
  /** The newest committed state and its height. */
  head(): { state: LedgerState; height: number };
  /** True while a quorum of signed head statements of the last seconds confirms this node's view. */
  fresh(): boolean;
  /** Two certified blocks of one height were seen: what the ledger says grants nothing any more. */
  isForked?(): boolean;
  clock: { now(): number; setTimeout(fn: () => void, ms: number): () => void };
  /** A committed access request is good for this many blocks (SCHEME 5): one that was banked soon is not. */
  accessWindowHeights: number;
  fetchBlock(cid: CID, signal: AbortSignal): Promise<Uint8Array>;
}

/**
 * The re-encryption proxy: converts only what a committed access request names, under a grant that is active at this
 * node's newest certified block. No audit entry, no key (SCHEME 5). It sees points and pseudonyms, no condition, no
 * keyword, no plaintext.
 */
export class Proxy {
  readonly #init: ProxyInit;
  readonly #cabinet: ShareCabinet;
  readonly #refusals = new RefusalLog();

  constructor(init: ProxyInit) {
    this.#init = init;
    this.#cabinet = new ShareCabinet({ ...init, state: () => init.head().state });
  }

  /** Bytes of a request for the conversions of one access. */
  static request(access: Uint8Array): Uint8Array {
    return encode({ access });
  }

  /** Answers a request from a member: canonical `{ answer }` signed by this node, or `{ refused: code }`. */
  async answer(request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    let access: Uint8Array | undefined;
    try {
      access = accessOf(request);
      return encode({ answer: await this.#answer(access, signal) });
    } catch (error) {
      if (!(error instanceof ProxyRefusal)) throw error;
      if (access !== undefined) this.#record(access, error);
      return encode({ refused: error.code });
    }
  }

  /** What this proxy refused that the reader may know of, see `RefusalLog`. */
  refusals(reader: { id: Uint8Array; role: string }): RecordedRefusal[] {
    return this.#refusals.readBy(reader);
  }

  #record(accessId: Uint8Array, { code }: ProxyRefusal): void {
    const { head, clock } = this.#init;
    const access = readAccess((key) => head().state.get(key), accessId);
    const about = access && { grant: access.grant, patient: access.patient, delegate: access.delegate };
    this.#refusals.record({ access: accessId, code, about: about ?? null }, clock.now());
  }

  /** Wipes the shares of a revoked grant. */
  revoked(grantId: Uint8Array): void {
    this.#cabinet.forget(toHex(grantId));
  }

  async #answer(accessId: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    await this.#untilFresh(signal);
    const { access, grant } = this.#authorize(accessId);
    const shares = await this.#cabinet.sharesOf(grant, signal);
    const items: ProxyAnswerItem[] = [];
    for (const [item] of access.items.entries()) {
      signal.throwIfAborted();
      items.push(await this.#convert(access, grant, shares, item, signal));
    }
    // The chain went on while blocks were fetched: a revocation committed meanwhile counts.
    await this.#untilFresh(signal);
    this.#authorize(accessId);
    const { backend, keys } = this.#init;
    const payload = {
      access: accessId,
      node: keys.id,
      index: this.#cabinet.index(),
      height: access.height,
      items,
    };
    return encodeProxyAnswer(payload, (bytes) =>
      signTagged(backend, DOMAIN.proxyResponse, bytes, keys.validator.secretKey),
    );
  }

  /** While a block is under way some validators are one height ahead: that passes, or this node is behind. */
  async #untilFresh(signal: AbortSignal): Promise<void> {
    const { fresh, clock } = this.#init;
    const deadline = clock.now() + FRESH_WAIT_MS;
    while (!fresh()) {
      signal.throwIfAborted();
      if (clock.now() >= deadline) throw new ProxyRefusal('stale-view');
      await new Promise<void>((resolve) => clock.setTimeout(resolve, FRESH_POLL_MS));
    }
  }

  /** Every condition of SCHEME 5 that needs the ledger alone. @throws ProxyRefusal */
  #authorize(accessId: Uint8Array): { access: Access; grant: Grant } {
    const { head, fresh, clock, accessWindowHeights } = this.#init;
    if (this.#init.isForked?.() === true) throw new ProxyRefusal('ledger-forked');
    if (!fresh()) throw new ProxyRefusal('stale-view');
    const { state, height } = head();
    const get = (key: Uint8Array): Uint8Array | undefined => state.get(key);
    const access = readAccess(get, accessId);
    if (access === undefined) throw new ProxyRefusal('access-unknown');
    const grant = readGrant(get, access.grant);
    if (grant === undefined || !equalBytes(grant.delegate, access.delegate))
      throw new ProxyRefusal('grant-unknown');
    if (grant.revokedHeight !== null) throw new ProxyRefusal('grant-revoked');
    if (grant.expiresAtMs <= clock.now()) throw new ProxyRefusal('grant-expired');
    if (height - access.height > accessWindowHeights) throw new ProxyRefusal('access-too-old');
    if (readPerson(get, access.delegate)?.status !== 'active') throw new ProxyRefusal('delegate-not-active');
    return { access, grant };
  }

  async #convert(
    access: Access,
    grant: Grant,
    shares: Uint8Array[],
    item: number,
    signal: AbortSignal,
  ): Promise<ProxyAnswerItem> {
    const { backend, chainId } = this.#init;
    const wanted = access.items[item];
    const share = wanted === undefined ? undefined : shares[wanted.rekey];
    if (wanted === undefined || share === undefined) throw new ProxyRefusal('rekey-unknown');
    const header = await this.#provenHeader(wanted.record, grant.patient, signal);
    const slot = header.slots[wanted.slot];
    if (slot === undefined) throw new ProxyRefusal('slot-unknown');
    const conversion = convert(backend, {
      share,
      E: slot.E,
      index: this.#cabinet.index(),
      context: {
        chainId,
        grantId: grant.id,
        rekey: wanted.rekey,
        recordId: wanted.record,
        slot: wanted.slot,
        delegate: access.delegate,
        accessId: access.id,
        height: access.height,
      },
    });
    return { item, E: slot.E, point: conversion.point, proof: conversion.proof };
  }

  /**
   * The anchored header, with its writer's signature and the proof that the writer knows every r: without it an
   * accomplice anchors junk built on another record's capsule and has that converted (SCHEME 4).
   */
  async #provenHeader(recordId: Uint8Array, patient: Uint8Array, signal: AbortSignal): Promise<RecordHeader> {
    const { head, backend, fetchBlock } = this.#init;
    const { state } = head();
    const get = (key: Uint8Array): Uint8Array | undefined => state.get(key);
    const record = readRecord(get, recordId);
    // Erased is gone, also for a request that was committed before.
    if (record === undefined || record.erasedHeight !== null) throw new ProxyRefusal('record-unknown');
    if (!equalBytes(record.patient, patient)) throw new ProxyRefusal('other-patient');
    const signKeys = readSignKeysAt(get, record.writer, record.height);
    const bytes = await fetchBlock(record.header, signal);
    if (signKeys.length === 0 || !matchesLink(record.header, bytes))
      throw new ProxyRefusal('header-mismatch');
    const header = decodeRecordHeader(bytes);
    const anchored =
      equalBytes(header.recordId, record.id) &&
      equalBytes(header.patient, record.patient) &&
      equalBytes(header.writer, record.writer) &&
      equalBytes(header.chainId, this.#init.chainId);
    if (!anchored) throw new ProxyRefusal('header-mismatch');
    if (!signKeys.some((key) => verifyRecordHeader(backend, header, key)))
      throw new ProxyRefusal('header-unproven');
    return header;
  }
}

/** What a proxy sent back: the signed answer's bytes, or why not. */
export function decodeProxyReply(reply: Uint8Array): { answer: Uint8Array } | { refused: string } {
  const value = decode(reply, PROXY_RESPONSE_BYTES_MAX);
  if (typeof value === 'object' && value !== null) {
    if ('answer' in value && value.answer instanceof Uint8Array) return { answer: value.answer };
    if ('refused' in value && typeof value.refused === 'string')
      return { refused: value.refused.slice(0, 40) };
  }
  return { refused: 'malformed' };
}

function accessOf(request: Uint8Array): Uint8Array {
  try {
    const value = decode(request, PROXY_REQUEST_BYTES_MAX);
    if (typeof value === 'object' && value !== null && 'access' in value) {
      const { access } = value;
      if (access instanceof Uint8Array && access.length === 32) return access;
    }
  } catch (cause) {
    throw new ProxyRefusal('malformed', { cause });
  }
  throw new ProxyRefusal('malformed');
}
