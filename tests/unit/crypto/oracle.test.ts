import { describe, expect, it } from 'vitest';
import {
  canOpen,
  combine,
  convert,
  delegateCompartment,
  utf8,
  verifyConversion,
  type Backend,
} from '#crypto';
import { proofContext } from '../../../crypto/conversion/conversion.ts';
import { sharePublic } from '../../../crypto/grant/polynomial.ts';
import { frame, hashToScalar } from '../../../crypto/hash.ts';
import { invertScalar, reduceScalar, scalarFromBytes, scalarToBytes } from '../../../crypto/scalar.ts';
import { bob, bytesOf, compartmentOf, contextOf, grantTo, headerOf, nativeBackend, sealFor } from './cast.ts';

/**
 * A proxy answers everybody who may ask, on capsules that askers made. Section 5: it answers for anchored capsules with
 * a proof of knowledge of r only, and these tests say what an asker can get out of it all the same.
 */
const laboratory = compartmentOf();
const imaging = compartmentOf({ category: 'imaging' });
const grant = grantTo([laboratory, imaging]);
const [j, k] = [grant.rekeyOf[0]!, grant.rekeyOf[1]!];
const rekey = grant.rekeys[j]!;
const { group } = nativeBackend;
const context = contextOf(grant, j, bytesOf('record'));

function ask(E: Uint8Array, at = j, asked = context, backend: Backend = nativeBackend) {
  return grant.shares
    .slice(0, 3)
    .map((shares, i) => convert(backend, { share: shares[at]!, E, index: i + 1, context: asked }));
}

function combined(conversions: ReturnType<typeof ask>, at = j): Uint8Array {
  return combine(nativeBackend, {
    delegate: bob,
    grantId: grant.grantId,
    rekeyIndex: at,
    rekey: grant.rekeys[at]!,
    conversions,
  });
}

describe('a proxy used as an oracle', () => {
  it('tells an asker nothing about capsules of her own that she could not compute without asking', () => {
    for (const label of ['one', 'two', 'three']) {
      const r = hashToScalar(proofContext(context, 1).tag, bytesOf(label));
      const E = group.multiplyBase(r);
      for (const { index, point } of ask(E)) {
        expect(point).toEqual(group.multiply(r, sharePublic(nativeBackend, rekey.commitments, index)));
      }
    }
  });

  it('does tell about a capsule of somebody else, so that the proof of r is what keeps it shut', async () => {
    const target = headerOf(await sealFor([laboratory], utf8('a record')));
    const E = target.slots[0]!.E;
    const [answer] = ask(E);
    const image = sharePublic(nativeBackend, rekey.commitments, 1);
    for (const guess of [bytesOf('r'), grant.shares[0]![k]!, laboratory.kappa]) {
      const r = scalarToBytes(scalarFromBytes(hashToScalar(proofContext(context, 1).tag, guess)));
      expect(answer!.point).not.toEqual(group.multiply(r, image));
    }
    const key = {
      kind: 'converted',
      compartment: delegateCompartment(laboratory),
      Y: combined(ask(E)),
    } as const;
    expect(canOpen(nativeBackend, target, key)).toBe(true);
  });

  it('opens no record of another compartment, whichever rekey of the grant it is asked to use', async () => {
    const other = headerOf(await sealFor([imaging], utf8('a record')));
    const E = other.slots[0]!.E;
    const opens = (at: number) =>
      canOpen(nativeBackend, other, {
        kind: 'converted',
        compartment: delegateCompartment(imaging),
        Y: combined(ask(E, at), at),
      });
    expect(opens(k)).toBe(true);
    for (let at = 0; at < grant.rekeys.length; at++) expect(opens(at)).toBe(at === k);
  });

  it('gives answers that add up, and no proof for the sum', async () => {
    const headers = await Promise.all(['a', 'b'].map((text) => sealFor([laboratory], utf8(text))));
    const [E1, E2] = headers.map((sealed) => headerOf(sealed).slots[0]!.E) as [Uint8Array, Uint8Array];
    const E = group.sum([E1, E2].map((point) => ({ coefficient: 1n, point })));
    const [first, second, honest] = [E1, E2, E].map((one) => ask(one)[0]!) as [never, never, never];
    const { point: p1, proof: proof1 } = first as { point: Uint8Array; proof: Uint8Array };
    const { point: p2, proof: proof2 } = second as { point: Uint8Array; proof: Uint8Array };
    const point = group.sum([p1, p2].map((one) => ({ coefficient: 1n, point: one })));
    expect(point).toEqual((honest as { point: Uint8Array }).point);
    const z = (proof: Uint8Array) => scalarFromBytes(proof.subarray(32));
    const mixed = Uint8Array.from([...proof1.subarray(0, 32), ...scalarToBytes(z(proof1) + z(proof2))]);
    const holds = (proof: Uint8Array) =>
      verifyConversion(nativeBackend, { rekey, E, context, conversion: { index: 1, point, proof } });
    for (const proof of [proof1, proof2, mixed]) expect(holds(proof)).toBe(false);
    expect(holds((honest as { proof: Uint8Array }).proof)).toBe(true);
  });
});

describe('a proxy whose generator repeats itself', () => {
  const stuck: Backend = { ...nativeBackend, random: (length) => new Uint8Array(length).fill(7) };
  const E = group.multiplyBase(bytesOf('r').map((byte, i) => (i === 31 ? byte & 15 : byte)));
  const share = grant.shares[0]![j]!;
  const asked = [1, 2].map((height) => ({ ...context, height }));
  /** Two responses to two challenges over one nonce: the share is their slope. */
  const slope = (proofs: readonly Uint8Array[]) => {
    const [c1, c2] = proofs.map((proof) => scalarFromBytes(proof.subarray(0, 32))) as [bigint, bigint];
    const [z1, z2] = proofs.map((proof) => scalarFromBytes(proof.subarray(32))) as [bigint, bigint];
    return scalarToBytes((z1 - z2) * invertScalar(reduceScalar(c1 - c2)));
  };

  it('gives its share to nobody, since every request has a nonce of its own', () => {
    const proofs = asked.map((one) => convert(stuck, { share, E, index: 1, context: one }).proof);
    expect(proofs[0]).not.toEqual(proofs[1]);
    expect(slope(proofs)).not.toEqual(share);
  });

  it('would give it away with a nonce of randomness alone (positive control)', () => {
    const point = group.multiply(share, E);
    const image = group.multiplyBase(share);
    const proofs = asked.map((one) => {
      const { tag, statement } = proofContext(one, 1);
      const nonce = hashToScalar(tag, stuck.random(32));
      const points = frame(new Uint8Array(0), image, E, point);
      const challenge = hashToScalar(
        tag,
        statement,
        points,
        frame(group.multiplyBase(nonce), group.multiply(nonce, E)),
      );
      const z = scalarFromBytes(nonce) + scalarFromBytes(challenge) * scalarFromBytes(share);
      return Uint8Array.from([...challenge, ...scalarToBytes(z)]);
    });
    for (const [i, proof] of proofs.entries()) {
      const conversion = { index: 1, point, proof };
      expect(verifyConversion(nativeBackend, { rekey, E, conversion, context: asked[i]! })).toBe(true);
    }
    expect(slope(proofs)).toEqual(share);
  });
});
