import { DOMAIN, sealRelease, signTagged, toHex } from '#crypto';
import type { NodeKeys, ReleaseCapsule } from '#crypto';
import { readEmergency, readRecoverySharing } from '#consensus/ledger';
import { encodeReleaseAnswer } from '#node/client';
import type { ReleaseItem, ReleaseRequest } from '#node/client';
import { anchoredHeader } from './anchored-header.ts';
import type { HeaderSource, VerifiedHeaders } from './anchored-header.ts';
import { untilFresh } from './fresh-view.ts';
import type { View } from './fresh-view.ts';
import { ProxyRefusal } from './proxy-refusal.ts';
import { emergencyGround, recoveryGround } from './release-ground.ts';
import type { Ground } from './release-ground.ts';
import { ShareCabinet } from './share-cabinet.ts';

export type ReleasesInit = View & HeaderSource & { keys: NodeKeys; verified: VerifiedHeaders };

/**
 * Gives out what this node has of a deposit (SCHEME 7), to nobody but whom the ledger names and only while the newest
 * certified block says so: its share of what opens the sealed block, that block, and partial decryptions of the records
 * asked for, sealed to the requester. Whoever carries the answer, the asking node included, has a box that only she
 * opens.
 */
export class Releases {
  readonly #init: ReleasesInit;
  readonly #cabinet: ShareCabinet;

  constructor(init: ReleasesInit) {
    this.#init = init;
    this.#cabinet = new ShareCabinet({ ...init, state: () => init.head().state });
  }

  /** @throws ProxyRefusal */
  async answer(request: ReleaseRequest, signal: AbortSignal): Promise<Uint8Array> {
    const { backend, chainId, keys } = this.#init;
    await untilFresh(this.#init, signal);
    const before = this.#ground(request);
    const part = await this.#cabinet.partOf(before.sharing, signal);
    const sealed = await this.#init.fetchBlock(before.sharing.sealed, signal);
    const capsules: ReleaseCapsule[] = [];
    for (const item of request.items) {
      signal.throwIfAborted();
      capsules.push(await this.#capsule(item, before.patient, signal));
    }
    // The chain went on while blocks were fetched: an end or an opt-out committed meanwhile counts.
    await untilFresh(this.#init, signal);
    const { requester, accessId, height, sharing } = this.#ground(request);
    if (toHex(sharing.id) !== toHex(before.sharing.id)) throw new ProxyRefusal('sharing-off');
    // Shared again meanwhile: this node's share is another one now, and is given when it is asked again.
    if (sharing.sharesHeight !== before.sharing.sharesHeight) throw new ProxyRefusal('stale-view');
    const index = this.#cabinet.index();
    const view = this.#init.head();
    const box = sealRelease(backend, {
      holder: { id: keys.id, index, secretKey: keys.validator.secretKey },
      part,
      sealed,
      context: { chainId, sharingId: sharing.id, requester: requester.id, accessId, height },
      requesterSeal: requester.seal,
      capsules,
    });
    const said = {
      node: keys.id,
      index,
      height,
      sharesHeight: sharing.sharesHeight,
      view: { height: view.height, hash: view.hash },
    };
    return encodeReleaseAnswer({ ...request, ...said, box }, (payload) =>
      signTagged(backend, DOMAIN.releaseAnswer, payload, keys.validator.secretKey),
    );
  }

  /** Wipes the opened shares of a deposit that is over. */
  forget(sharing: Uint8Array): void {
    this.#cabinet.forget(toHex(sharing));
  }

  /** Whom a refusal is about, once the request is on the ledger. */
  concerned({
    ground,
    id,
  }: ReleaseRequest): { grant: Uint8Array; patient: Uint8Array; delegate: Uint8Array } | null {
    const { state } = this.#init.head();
    const get = (key: Uint8Array): Uint8Array | undefined => state.get(key);
    if (ground === 'recovery') {
      const sharing = readRecoverySharing(get, id);
      return sharing === undefined ? null : { grant: sharing.id, patient: id, delegate: id };
    }
    const emergency = readEmergency(get, id);
    return emergency === undefined
      ? null
      : { grant: emergency.sharing, patient: emergency.patient, delegate: emergency.doctor };
  }

  #ground({ ground, id }: ReleaseRequest): Ground {
    const { head, fresh } = this.#init;
    if (!fresh()) throw new ProxyRefusal('stale-view');
    const { state, timeMs, height } = head();
    const get = (key: Uint8Array): Uint8Array | undefined => state.get(key);
    return ground === 'recovery' ? recoveryGround(get, id) : emergencyGround(get, id, { timeMs, height });
  }

  async #capsule(
    { record, slot }: ReleaseItem,
    patient: Uint8Array,
    signal: AbortSignal,
  ): Promise<ReleaseCapsule> {
    const header = await anchoredHeader(this.#init, record, patient, signal);
    const found = header.slots[slot];
    if (found === undefined) throw new ProxyRefusal('slot-unknown');
    return { E: found.E, recordId: record, slot };
  }
}
