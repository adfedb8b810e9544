import { convert, CryptoError, decode, DOMAIN, encode, equalBytes, signTagged, toHex } from '#crypto';
import type { NodeKeys } from '#crypto';
import { isServed, readAccess, readGrant, readPerson } from '#consensus/ledger';
import type { Access, Grant } from '#consensus/ledger';
import {
  decodeReleaseRequest,
  encodeProxyAnswer,
  encodeReleaseRequest,
  RELEASE_REQUEST_BYTES_MAX,
} from '#node/client';
import type { ProxyAnswerItem, ReleaseRequest } from '#node/client';
import { anchoredHeader, VerifiedHeaders } from './anchored-header.ts';
import type { HeaderSource } from './anchored-header.ts';
import { untilFresh } from './fresh-view.ts';
import type { View } from './fresh-view.ts';
import { ProxyRefusal } from './proxy-refusal.ts';
import { RefusalLog } from './refusal-log.ts';
import type { RecordedRefusal, RefusalStore } from './refusal-log.ts';
import { Releases } from './releases.ts';
import { ShareCabinet } from './share-cabinet.ts';

export const PROXY_PROTOCOL = '/phr/proxy/1.0.0';
export const PROXY_REQUEST_BYTES_MAX = RELEASE_REQUEST_BYTES_MAX;
export const PROXY_RESPONSE_BYTES_MAX = 64 * 1024;
export const PROXY_CONCURRENT_MAX = 32;

export interface ProxyInit extends View, HeaderSource {
  keys: NodeKeys;
  head: View['head'];
  /** A committed access request is good for this many blocks (SCHEME 5): one that was banked soon is not. */
  accessWindowHeights: number;
  /** Where refusals outlast a restart; without it they are kept in memory. */
  refusalStore?: RefusalStore;
}

type Asked =
  | { readonly kind: 'access'; readonly id: Uint8Array }
  | { readonly kind: 'release'; readonly id: Uint8Array; readonly request: ReleaseRequest };

/**
 * The re-encryption proxy: converts only what a committed access request names, under a grant that is active at this
 * node's newest certified block. No audit entry, no key (SCHEME 5). It sees points and pseudonyms, no condition, no
 * keyword, no plaintext.
 */
export class Proxy {
  readonly #init: ProxyInit & { verified: VerifiedHeaders };
  readonly #cabinet: ShareCabinet;
  readonly #releases: Releases;
  readonly #refusals: RefusalLog;

  constructor(init: ProxyInit) {
    this.#init = { ...init, verified: new VerifiedHeaders() };
    this.#cabinet = new ShareCabinet({ ...init, state: () => init.head().state });
    this.#releases = new Releases(this.#init);
    const { clock, refusalStore: store } = init;
    const setTimeout = (fn: () => void, ms: number): (() => void) => clock.setTimeout(fn, ms);
    this.#refusals = new RefusalLog(store === undefined ? {} : { store, setTimeout });
  }

  /** Bytes of a request for the conversions of one access. */
  static request(access: Uint8Array): Uint8Array {
    return encode({ access });
  }

  /** Bytes of a request for this node's part of a shared key. */
  static releaseRequest(request: ReleaseRequest): Uint8Array {
    return encodeReleaseRequest(request);
  }

  /** Answers a request from a member: canonical `{ answer }` signed by this node, or `{ refused: code }`. */
  async answer(request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    let asked: Asked | undefined;
    try {
      asked = askedIn(request);
      const answer =
        asked.kind === 'access'
          ? await this.#answer(asked.id, signal)
          : await this.#releases.answer(asked.request, signal);
      return encode({ answer });
    } catch (error) {
      if (!(error instanceof ProxyRefusal)) throw error;
      if (asked !== undefined) this.#record(asked, error);
      return encode({ refused: error.code });
    }
  }

  /** What this proxy refused that the reader may know of, see `RefusalLog`. */
  refusals(reader: { id: Uint8Array; role: string }): RecordedRefusal[] {
    return this.#refusals.readBy(reader);
  }

  #record(asked: Asked, { code }: ProxyRefusal): void {
    const about =
      asked.kind === 'access' ? this.#concerned(asked.id) : this.#releases.concerned(asked.request);
    this.#refusals.record({ access: asked.id, code, about }, this.#init.clock.now());
  }

  #concerned(accessId: Uint8Array): RecordedRefusal['about'] {
    const { state } = this.#init.head();
    const access = readAccess((key) => state.get(key), accessId);
    return access === undefined
      ? null
      : { grant: access.grant, patient: access.patient, delegate: access.delegate };
  }

  /** Writes what is not on the disk yet; call it before the store is closed. */
  stop(): void {
    this.#refusals.close();
  }

  /** Wipes the shares of a revoked grant. */
  revoked(grantId: Uint8Array): void {
    this.#cabinet.forget(toHex(grantId));
  }

  /** Wipes what is opened of a grant or deposit (32-byte id) whose blocks are gone. */
  released(owner: Uint8Array): void {
    this.#cabinet.forget(toHex(owner));
    this.#releases.forget(owner);
  }

  async #answer(accessId: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    await untilFresh(this.#init, signal);
    const { access, grant } = this.#authorize(accessId);
    const { shares } = await this.#cabinet.partOf(grant, signal);
    const items: ProxyAnswerItem[] = [];
    for (const [item] of access.items.entries()) {
      signal.throwIfAborted();
      items.push(await this.#convert(access, grant, shares, item, signal));
    }
    // The chain went on while blocks were fetched: a revocation committed meanwhile counts.
    await untilFresh(this.#init, signal);
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

  /** Every condition of SCHEME 5 that needs the ledger alone. @throws ProxyRefusal */
  #authorize(accessId: Uint8Array): { access: Access; grant: Grant } {
    const { head, fresh, clock, accessWindowHeights } = this.#init;
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
    // Shares that were held when it was committed count no more: a conversion is judged by the height of its access.
    const isOld = height - access.height > accessWindowHeights || access.height < grant.sharesHeight;
    if (isOld) throw new ProxyRefusal('access-too-old');
    const isActive = readPerson(get, access.delegate)?.status === 'active';
    if (!isActive || !isServed(get, access.delegate, height)) throw new ProxyRefusal('delegate-not-active');
    return { access, grant };
  }

  async #convert(
    access: Access,
    grant: Grant,
    shares: readonly Uint8Array[],
    item: number,
    signal: AbortSignal,
  ): Promise<ProxyAnswerItem> {
    const { backend, chainId } = this.#init;
    const wanted = access.items[item];
    const share = wanted === undefined ? undefined : shares[wanted.rekey];
    if (wanted === undefined || share === undefined) throw new ProxyRefusal('rekey-unknown');
    const header = await anchoredHeader(this.#init, wanted.record, grant.patient, signal);
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

/** A request for conversions names an access and nothing else; every other one is for a release. */
function askedIn(request: Uint8Array): Asked {
  try {
    const value = decode(request, PROXY_REQUEST_BYTES_MAX);
    if (typeof value === 'object' && value !== null && 'access' in value) {
      const { access } = value;
      if (access instanceof Uint8Array && access.length === 32) return { kind: 'access', id: access };
      throw new ProxyRefusal('malformed');
    }
    const release = decodeReleaseRequest(request);
    return { kind: 'release', id: release.id, request: release };
  } catch (cause) {
    if (cause instanceof CryptoError) throw new ProxyRefusal('malformed', { cause });
    throw cause;
  }
}
