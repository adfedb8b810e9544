import { createSharing, linkOf, openPart, openRelease, sealRelease, utf8 } from '#crypto';
import type { Backend, CryptoErrorCode, ReleaseCapsule, SharedSecret } from '#crypto';
import { expect } from 'vitest';
import { bob, bytesOf, CHAIN, compartmentOf, headerOf, maria, nodes, sealFor } from './cast.ts';

export const emergency = compartmentOf({ category: 'emergency', period: 'all' });
export const other = compartmentOf({ category: 'laboratory', period: 'all' });
export const issuer = { id: maria.id, signPublicKey: maria.sign.publicKey };
export const refused = expect.objectContaining({ code: 'share-invalid' });
export const coded = (code: CryptoErrorCode) => expect.objectContaining({ code });
export const holders = nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey }));

export function share(backend: Backend, secret: SharedSecret, threshold = 3) {
  const made = createSharing(backend, { issuer: maria, patient: maria.id, secret, threshold, holders });
  const { sharingId: id, commitments, lock, sealed } = made;
  const sharing = { id, commitments, lock, sealed: linkOf('raw', sealed) };
  const open = (i: number, change: object = {}) =>
    openPart(backend, {
      holder: nodes[i]!,
      index: i + 1,
      issuer,
      sharing,
      box: made.boxes[i]!.box,
      ...change,
    });
  return { ...made, sharing, open, parts: nodes.map((_, i) => open(i)) };
}
export type Shared = ReturnType<typeof share>;

export function contextOf({ sharingId }: Shared) {
  return { chainId: CHAIN, sharingId, requester: bob.id, accessId: bytesOf('emergency'), height: 12 };
}

export function release(
  backend: Backend,
  sharing: Shared,
  i: number,
  capsules: readonly ReleaseCapsule[],
  change: object = {},
): Uint8Array {
  return sealRelease(backend, {
    holder: { id: nodes[i]!.id, index: i + 1, secretKey: nodes[i]!.validator.secretKey },
    part: sharing.parts[i]!,
    sealed: sharing.sealed,
    context: contextOf(sharing),
    requesterSeal: bob.seal.publicKey,
    capsules,
    ...change,
  });
}

export function receive(
  backend: Backend,
  shared: Shared,
  i: number,
  capsules: readonly ReleaseCapsule[],
  box: Uint8Array,
  change: object = {},
) {
  return openRelease(backend, {
    requester: bob,
    holder: { id: nodes[i]!.id, index: i + 1, signPublicKey: nodes[i]!.validator.publicKey },
    context: contextOf(shared),
    sharing: shared.sharing,
    capsules,
    box,
    ...change,
  });
}

export async function recordIn(backend: Backend, text: string, compartment = emergency) {
  const sealed = await sealFor([compartment], utf8(text), { backend });
  const header = headerOf(sealed);
  return { sealed, header, capsule: { E: header.slots[0]!.E, recordId: header.recordId, slot: 0 } };
}
