import { fromHex, toBase64Url, toHex } from '#crypto';
import type { Backend, NodeKeys } from '#crypto';
import { readAccess, readEmergency, readGrant, readRecoverySharing, readSharing } from '#consensus/ledger';
import type { LedgerState } from '#consensus/ledger';
import { decodeProxyReply, Proxy } from '#node/proxy';
import { answer, refusal } from './fake-wire.ts';
import type { Body, Tampering, View } from './fake-wire.ts';

/** What the proxies see of the network that they serve. */
interface Served {
  readonly backend: Backend;
  readonly chainId: Uint8Array;
  readonly blocks: ReadonlyMap<string, Uint8Array>;
  readonly state: LedgerState;
  readonly height: number;
  readonly timeMs: number;
  readonly tampering: Tampering;
  view(): View;
}

/** The real proxies of a fake network's nodes, and the two routes that ask them. */
export class FakeProxies {
  readonly #served: Served;
  readonly #proxies: { keys: NodeKeys; proxy: Proxy }[] = [];

  constructor(served: Served) {
    this.#served = served;
  }

  add(keys: NodeKeys): void {
    const served = this.#served;
    const proxy = new Proxy({
      backend: served.backend,
      keys,
      chainId: served.chainId,
      head: () => served.tampering.behind ?? served.view(),
      fresh: () => true,
      clock: { now: () => served.timeMs, setTimeout: () => () => undefined },
      accessWindowHeights: 32,
      fetchBlock: (cid) => {
        const bytes = served.blocks.get(cid.toString());
        return bytes ? Promise.resolve(bytes) : Promise.reject(new Error('block unavailable'));
      },
    });
    this.#proxies.push({ keys, proxy });
  }

  async conversions(json: Body, person: Uint8Array): Promise<Response> {
    const accessId = fromHex(json.access ?? '');
    const access = readAccess(this.#get, accessId);
    const grant = access && readGrant(this.#get, access.grant);
    if (!grant || toHex(access.delegate) !== toHex(person)) return refusal(404, 'not-found');
    return await this.#ask(Proxy.request(accessId), json, grant.shares);
  }

  async releases(json: Body, person: Uint8Array): Promise<Response> {
    const id = fromHex(json.id ?? '');
    if (json.ground === 'recovery') {
      const own = toHex(id) === toHex(person) ? readRecoverySharing(this.#get, id) : undefined;
      if (own === undefined) return refusal(404, 'not-found');
      return await this.#ask(Proxy.releaseRequest({ ground: 'recovery', id, items: [] }), json, own.shares);
    }
    const emergency = readEmergency(this.#get, id);
    const isOwn = emergency && toHex(emergency.doctor) === toHex(person);
    const sharing = emergency && readSharing(this.#get, emergency.patient);
    if (!isOwn || !sharing) return refusal(404, 'not-found');
    const items = (json.items ?? []).map(({ record, slot }) => ({ record: fromHex(record), slot }));
    return await this.#ask(Proxy.releaseRequest({ ground: 'emergency', id, items }), json, sharing.shares);
  }

  readonly #get = (key: Uint8Array): Uint8Array | undefined => this.#served.state.get(key);

  async #ask(
    request: Uint8Array,
    json: Body,
    holders: readonly { readonly node: Uint8Array }[],
  ): Promise<Response> {
    const { tampering } = this.#served;
    const answers: string[] = [];
    const refusals: { node: string; code: string }[] = [];
    const round = json.without === undefined ? 0 : 1;
    for (const { keys, proxy } of this.#proxies) {
      if (!holders.some(({ node }) => toHex(node) === toHex(keys.id))) continue;
      if (json.without?.includes(toHex(keys.id)) || tampering.isLate?.(keys, round)) continue;
      const reply = decodeProxyReply(await proxy.answer(request, AbortSignal.timeout(10_000)));
      if ('refused' in reply) refusals.push({ node: toHex(keys.id), code: reply.refused });
      else answers.push(toBase64Url(tampering.answer?.(reply.answer, keys) ?? reply.answer));
    }
    return answer({ answers, refusals });
  }
}
