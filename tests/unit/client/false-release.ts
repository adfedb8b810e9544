import { DOMAIN, openPart, sealRelease, signTagged } from '#crypto';
import type { Backend, NodeKeys, PersonKeys, ReleaseCapsule } from '#crypto';
import type { Emergency, EmergencySharing } from '#consensus/ledger';
import { decodeReleaseAnswer, encodeReleaseAnswer } from '#node/client';

/**
 * The answer that a node would send which wants to mislead the doctor: signed, sealed and shaped like its honest one,
 * with another share in it.
 */
export function falseRelease(
  backend: Backend,
  init: {
    honest: Uint8Array;
    node: NodeKeys;
    index: number;
    issuer: PersonKeys;
    doctor: PersonKeys;
    chainId: Uint8Array;
    emergency: Emergency;
    sharing: EmergencySharing;
    partBox: Uint8Array;
    /** The block that r opens. */
    sealed: Uint8Array;
    /** The capsules behind the items of the answer. */
    capsules: readonly ReleaseCapsule[];
    /** What it lies about. */
    about: 'scalar' | 'opening' | 'lock' | 'sealed';
  },
): Uint8Array {
  const { node, index, issuer, doctor, sharing, emergency } = init;
  const answer = decodeReleaseAnswer(init.honest);
  const { shares, lock } = openPart(backend, {
    holder: node,
    index,
    issuer: { id: issuer.id, signPublicKey: issuer.sign.publicKey },
    sharing,
    box: init.partBox,
  });
  const [opening, held] = shares;
  if (opening === undefined || held === undefined) throw new Error('no part');
  const other = backend.random(32).map((byte, i) => (i === 31 ? byte & 0x0f : byte));
  const { about } = init;
  const box = sealRelease(backend, {
    holder: { id: node.id, index, secretKey: node.validator.secretKey },
    part: {
      shares: [about === 'opening' ? other : opening, about === 'scalar' ? other : held],
      lock: about === 'lock' ? backend.random(32) : lock,
    },
    sealed: about === 'sealed' ? backend.random(init.sealed.length) : init.sealed,
    context: {
      chainId: init.chainId,
      sharingId: sharing.id,
      requester: doctor.id,
      accessId: emergency.id,
      height: answer.height,
    },
    requesterSeal: doctor.publicKeys.seal,
    capsules: init.capsules,
  });
  return encodeReleaseAnswer({ ...answer, box }, (payload) =>
    signTagged(backend, DOMAIN.releaseAnswer, payload, node.validator.secretKey),
  );
}
