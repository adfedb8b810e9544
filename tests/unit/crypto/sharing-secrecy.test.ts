import { describe, expect, it } from 'vitest';
import { canOpen, combineReleases, convert, createSharing, emergencySecret, toHex } from '#crypto';
import { interpolateShares, lagrangeAtZero } from '../../../crypto/grant/polynomial.ts';
import { invertScalar, reduceScalar, scalarFromBytes, scalarToBytes } from '../../../crypto/scalar.ts';
import { maskOf, unseal } from '../../../crypto/sharing/deposit.ts';
import { releaseConversionContext } from '../../../crypto/sharing/release.ts';
import { deterministic, maria, nativeBackend } from './cast.ts';
import {
  contextOf,
  emergency,
  holders,
  other,
  receive,
  recordIn,
  refused,
  release,
  share,
} from './sharing-scene.ts';

describe('what the ledger has of a deposit', () => {
  it('names no compartment: every commitment is of something else, and fits any of them', () => {
    const [one, two] = [
      share(nativeBackend, emergencySecret(emergency)),
      share(nativeBackend, emergencySecret(other)),
    ];
    const seen = [one, two].flatMap(({ commitments }) => commitments.flat()).map(toHex);
    for (const { A, a } of [emergency, other]) {
      expect(seen).not.toContain(toHex(A));
      expect(seen).not.toContain(
        toHex(nativeBackend.group.multiplyBase(scalarToBytes(invertScalar(scalarFromBytes(a))))),
      );
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(one.sealed.length).toBe(two.sealed.length);
    expect(one.boxes.map(({ box }) => box.length)).toEqual(two.boxes.map(({ box }) => box.length));
    // For each compartment there is a mask that makes it out of this B: without r nothing prefers one.
    const b = interpolateShares(
      one.parts.slice(0, 3).map(({ shares: [, scalar] }, i) => ({ index: i + 1, share: scalar! })),
    );
    for (const { a, A } of [emergency, other]) {
      const mask = scalarToBytes(reduceScalar(scalarFromBytes(a) * invertScalar(scalarFromBytes(b))));
      expect(nativeBackend.group.multiply(mask, one.commitments[1]![0]!)).toEqual(A);
    }
    // With r the same check tells: the harness can fail.
    const r = interpolateShares(
      one.parts.slice(0, 3).map(({ shares: [opening] }, i) => ({ index: i + 1, share: opening! })),
    );
    const told = nativeBackend.group.multiply(
      maskOf(one.sharingId, { r, z: one.parts[0]!.lock }),
      one.commitments[1]![0]!,
    );
    expect([toHex(emergency.A) === toHex(told), toHex(other.A) === toHex(told)]).toEqual([true, false]);
  });

  it('has nothing in common with another deposit of the same secret, also with a weak generator', () => {
    const [one, two] = [1, 2].map(() => share(nativeBackend, emergencySecret(emergency)));
    const seen = [one!, two!].flatMap(({ commitments, sealed }) =>
      [...commitments.flat(), sealed].map(toHex),
    );
    expect(new Set(seen).size).toBe(seen.length);
    const weak = { ...deterministic(nativeBackend, 'weak'), random: (n: number) => new Uint8Array(n) };
    const made = [emergency, other].map((compartment) =>
      createSharing(weak, {
        issuer: maria,
        patient: maria.id,
        secret: emergencySecret(compartment),
        threshold: 2,
        holders,
        nonce: new Uint8Array(16),
      }),
    );
    expect(toHex(made[0]!.commitments[0]![0]!)).not.toBe(toHex(made[1]!.commitments[0]![0]!));
  });
});

describe('who takes every logarithm of the ledger', () => {
  it('has r and b of a deposit, and opens nothing of it without the box of a holder', () => {
    const { sharingId, sealed, commitments, lock, parts } = share(nativeBackend, emergencySecret(emergency));
    const scalar = (at: number) =>
      interpolateShares(parts.slice(0, 3).map(({ shares }, i) => ({ index: i + 1, share: shares[at]! })));
    const [r, b] = [scalar(0), scalar(1)];
    expect(nativeBackend.group.multiplyBase(r)).toEqual(commitments[0]![0]);
    expect(nativeBackend.group.multiplyBase(b)).toEqual(commitments[1]![0]);
    const a = (z: Uint8Array) =>
      scalarToBytes(reduceScalar(scalarFromBytes(maskOf(sharingId, { r, z })) * scalarFromBytes(b)));
    for (const z of [new Uint8Array(0), new Uint8Array(32), lock, r, b, sharingId]) {
      expect(() => unseal(sharingId, { r, z }, sealed)).toThrow(refused);
      expect(a(z)).not.toEqual(emergency.a);
    }
    // With what every holder has besides its shares, all of it opens: the drill can fail.
    const z = parts[3]!.lock;
    expect(unseal(sharingId, { r, z }, sealed)).toHaveLength(64);
    expect(a(z)).toEqual(emergency.a);
  });
});

describe('fewer holders than the threshold', () => {
  const sharing = share(nativeBackend, emergencySecret(emergency));
  const two = sharing.parts.slice(0, 2).map(({ shares }) => shares);
  const z = sharing.parts[0]!.lock;

  it.each([
    ['r', 0],
    ['b', 1],
  ] as const)('hold shares of %s that fit every scalar', (_what, at) => {
    const { numerators, denominator } = lagrangeAtZero([1, 2, 3]);
    for (const candidate of [1n, 77n, scalarFromBytes(emergency.a)]) {
      const known = two.reduce((sum, part, i) => sum + numerators[i]! * scalarFromBytes(part[at]!), 0n);
      const third = reduceScalar((candidate * denominator - known) * invertScalar(numerators[2]!));
      const shares = [...two.map((part) => part[at]!), scalarToBytes(third)];
      const joined = interpolateShares(shares.map((one, i) => ({ index: i + 1, share: one })));
      expect(scalarFromBytes(joined)).toBe(reduceScalar(candidate));
    }
  });

  it('open nothing: neither the sealed block nor a record', async () => {
    const { header, capsule } = await recordIn(nativeBackend, 'shut');
    const releases = [0, 1].map((i) =>
      receive(nativeBackend, sharing, i, [capsule], release(nativeBackend, sharing, i, [capsule])),
    );
    expect(() => combineReleases(nativeBackend, releases, emergency.name)).toThrow(refused);
    const invented = { ...releases[1]!, index: 3 };
    expect(() => combineReleases(nativeBackend, [...releases, invented], emergency.name)).toThrow(refused);
    for (const r of [two[0]![0]!, two[0]![1]!, interpolateShares([{ index: 1, share: two[0]![0]! }])])
      expect(() => unseal(sharing.sharingId, { r, z }, sharing.sealed)).toThrow(refused);
    const key = { kind: 'converted', compartment: emergency, Y: releases[0]!.conversions[0]!.point } as const;
    expect(canOpen(nativeBackend, header, key)).toBe(false);
  });

  it('with the doctor of an ended emergency, who has r, mask, kappa and ix, open nothing he did not open then', async () => {
    const [seen, later] = [
      await recordIn(nativeBackend, 'seen'),
      await recordIn(nativeBackend, 'written later'),
    ];
    const releases = [0, 1, 2].map((i) =>
      receive(nativeBackend, sharing, i, [seen.capsule], release(nativeBackend, sharing, i, [seen.capsule])),
    );
    const { compartment, elements } = combineReleases(nativeBackend, releases, emergency.name);
    const r = interpolateShares(releases);
    const mask = maskOf(sharing.sharingId, { r, z: releases[0]!.lock });
    const { group } = nativeBackend;
    const context = contextOf(sharing);
    const points = two.map((part, i) => {
      const request = releaseConversionContext(context, later.capsule);
      return convert(nativeBackend, { share: part[1]!, E: later.capsule.E, index: i + 1, context: request });
    });
    const tries = [
      ...elements,
      ...points.map(({ point }) => group.multiply(mask, point)),
      group.multiply(r, later.capsule.E),
      group.multiply(mask, later.capsule.E),
      // t - 1 shares with every element that the doctor has in the place of the missing one.
      ...[elements[0]!, releases[2]!.conversions[0]!.point, compartment.A].map((missing) => {
        const { numerators, denominator } = lagrangeAtZero([1, 2, 3]);
        const all = [...points.map(({ point }) => point), missing];
        const sum = group.sum(all.map((point, i) => ({ coefficient: numerators[i]!, point })));
        return group.multiply(scalarToBytes(scalarFromBytes(mask) * invertScalar(denominator)), sum);
      }),
    ];
    const opens = (Y: Uint8Array, { header }: typeof later) =>
      canOpen(nativeBackend, header, { kind: 'converted', compartment, Y });
    expect(tries.filter((Y) => opens(Y, later))).toEqual([]);
    expect(opens(elements[0]!, seen)).toBe(true);
    expect(opens(group.multiply(emergency.a, later.capsule.E), later)).toBe(true);
  });
});
