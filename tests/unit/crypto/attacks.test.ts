import { describe, expect, it } from 'vitest';
import {
  canOpen,
  combine,
  concatBytes,
  convert,
  delegateCompartment,
  encode,
  decode,
  decodeRecordHeader,
  deriveCompartment,
  hashToScalar,
  signTagged,
  DOMAIN,
  utf8,
  verifyConversion,
  verifyRecordHeader,
  verifyTagged,
  type Compartment,
} from '#crypto';
import { proofContext as conversionProofContext } from '../../../crypto/conversion/conversion.ts';
import { delegateScalar } from '../../../crypto/grant/delegation.ts';
import { frame } from '../../../crypto/hash.ts';
import { lagrangeAtZero } from '../../../crypto/grant/polynomial.ts';
import { proofContext } from '../../../crypto/record/header.ts';
import { invertScalar, reduceScalar, scalarFromBytes, scalarToBytes } from '../../../crypto/scalar.ts';
import { prove } from '../../../crypto/schnorr.ts';
import {
  backends,
  bob,
  bytesOf,
  compartmentOf,
  contextOf,
  eve,
  grantTo,
  headerOf,
  nativeBackend,
  sealFor,
} from './cast.ts';

const laboratory = compartmentOf();
const plaintext = utf8('a record');

/** What colluding proxies can do with their shares: interpolate at zero. */
function interpolate(shares: { index: number; share: Uint8Array }[]): bigint {
  const { numerators, denominator } = lagrangeAtZero(shares.map(({ index }) => index));
  const sum = shares.reduce((total, { share }, i) => total + numerators[i]! * scalarFromBytes(share), 0n);
  return reduceScalar(sum * invertScalar(denominator));
}

describe('collusion drill', () => {
  const grant = grantTo([laboratory]);
  const j = grant.rekeyOf[0]!;
  const rekey = grant.rekeys[j]!;
  const d = scalarFromBytes(
    delegateScalar(nativeBackend, { delegate: bob, grantId: grant.grantId, rekeyIndex: j, rekey }),
  );
  const pool = (count: number) =>
    grant.shares.slice(0, count).map((shares, i) => ({ index: i + 1, share: shares[j]! }));

  it('t proxies and the delegate recover exactly the granted compartment scalar', () => {
    expect(scalarToBytes(d * interpolate(pool(3)))).toEqual(laboratory.a);
    expect(scalarToBytes(d * interpolate(pool(4)))).toEqual(laboratory.a);
  });

  it('what they recovered opens nothing else: sibling period, category, next generation, other patient', async () => {
    const stolen: Compartment = { ...laboratory, a: scalarToBytes(d * interpolate(pool(3))) };
    const granted = headerOf(await sealFor([laboratory], plaintext));
    expect(canOpen(nativeBackend, granted, { kind: 'owner', compartment: stolen })).toBe(true);
    const others = [
      compartmentOf({ period: '2026-10' }),
      compartmentOf({ category: 'imaging' }),
      compartmentOf({ generation: 1 }),
      compartmentOf({}, bytesOf('seed of another patient')),
    ];
    for (const other of others) {
      const header = headerOf(await sealFor([other], plaintext));
      expect(canOpen(nativeBackend, header, { kind: 'owner', compartment: other })).toBe(true);
      // Even with kappa and ix of the other compartment leaked on top, only its own scalar opens it.
      for (const claimed of [stolen, { ...other, a: stolen.a }]) {
        expect(canOpen(nativeBackend, header, { kind: 'owner', compartment: claimed })).toBe(false);
      }
    }
  });

  it('what they recovered is no seed: nothing derived from it is a compartment of the patient', () => {
    const held = [laboratory.a, laboratory.kappa, laboratory.ix, scalarToBytes(d), ...grant.shares.flat()];
    for (const secret of held) {
      for (const name of [laboratory.name, { ...laboratory.name, period: '2026-10' }]) {
        const derived = deriveCompartment(nativeBackend, secret, name);
        expect(derived.A).not.toEqual(compartmentOf(name).A);
      }
    }
  });

  it('t - 1 proxies and the delegate get nothing: their shares fit every opening scalar', async () => {
    expect(scalarToBytes(d * interpolate(pool(2)))).not.toEqual(laboratory.a);
    const header = headerOf(await sealFor([laboratory], plaintext));
    const E = header.slots[0]!.E;
    const context = contextOf(grant, j, header.recordId);
    const two = pool(2).map(({ index, share }) => convert(nativeBackend, { share, E, index, context }));
    const invented = convert(nativeBackend, { share: bytesOfScalar('invented'), E, index: 3, context });
    const Y = combine(nativeBackend, {
      delegate: bob,
      grantId: grant.grantId,
      rekeyIndex: j,
      rekey,
      conversions: [...two, invented],
    });
    expect(
      canOpen(nativeBackend, header, { kind: 'converted', compartment: delegateCompartment(laboratory), Y }),
    ).toBe(false);
    // For any candidate there is a third share that makes it come out: two shares say nothing about f(0).
    for (const candidate of [1n, 2n, scalarFromBytes(laboratory.a)]) {
      const constant = reduceScalar(candidate * invertScalar(d));
      const { numerators, denominator } = lagrangeAtZero([1, 2, 3]);
      const known = pool(2).reduce((sum, { share }, i) => sum + numerators[i]! * scalarFromBytes(share), 0n);
      const third = reduceScalar((constant * denominator - known) * invertScalar(numerators[2]!));
      const fitted = [...pool(2), { index: 3, share: scalarToBytes(third) }];
      expect(reduceScalar(d * interpolate(fitted))).toBe(candidate);
    }
  });

  it('t proxies without the delegate get nothing either', async () => {
    const header = headerOf(await sealFor([laboratory], plaintext));
    const a = scalarToBytes(interpolate(pool(4)));
    expect(canOpen(nativeBackend, header, { kind: 'owner', compartment: { ...laboratory, a } })).toBe(false);
  });
});

function bytesOfScalar(label: string): Uint8Array {
  return scalarToBytes(
    BigInt(`0x${[...bytesOf(label)].map((b) => b.toString(16).padStart(2, '0')).join('')}`),
  );
}

function signed(statement: object, proof: Uint8Array) {
  const unsigned = encode({ ...statement, proof });
  const signature = signTagged(nativeBackend, DOMAIN.recordHeader, unsigned, eve.sign.secretKey);
  expect(verifyTagged(nativeBackend, DOMAIN.recordHeader, unsigned, signature, eve.sign.publicKey)).toBe(
    true,
  );
  return decodeRecordHeader(encode({ ...statement, proof, signature }));
}

describe('a junk record on the capsule of another', () => {
  const k = bytesOfScalar('k');

  async function junkOn(transform: 'add' | 'multiply') {
    const target = headerOf(await sealFor([laboratory], plaintext));
    const E = target.slots[0]!.E;
    const { group } = nativeBackend;
    const capsule =
      transform === 'add'
        ? group.sum([
            { coefficient: 1n, point: E },
            { coefficient: scalarFromBytes(k), point: group.generator },
          ])
        : group.multiply(k, E);
    // Eve signs a header of her own, well formed in every field, with the attacker's capsule in its slot.
    const own = decode((await sealFor([laboratory], utf8('junk'), { writer: eve })).header, 4096) as Record<
      string,
      unknown
    >;
    const { proof: _p, signature: _s, ...statement } = own;
    const slot = (statement['slots'] as Record<string, unknown>[])[0]!;
    return {
      target,
      capsule,
      statement: { ...statement, slots: [{ ...slot, E: capsule }] },
      ownProof: own['proof'] as Uint8Array,
    };
  }

  it.each(['add', 'multiply'] as const)(
    'has no proof of knowledge and is refused (%s)',
    async (transform) => {
      const { target, statement, ownProof, capsule } = await junkOn(transform);
      const probe = signed(statement, ownProof);
      // Every proof that she can make or copy: her own record's, the target's, one for k, one for k on the target.
      const forK = prove(nativeBackend, proofContext(probe), [{ witness: k, pairs: [{ image: capsule }] }]);
      const one = prove(nativeBackend, proofContext(probe), [
        { witness: k, pairs: [{ base: target.slots[0]!.E, image: capsule }] },
      ]);
      for (const proof of [ownProof, target.proof, forK, one, new Uint8Array(64)]) {
        for (const backend of backends) {
          expect(verifyRecordHeader(backend, signed(statement, proof), eve.sign.publicKey)).toBe(false);
        }
      }
      const honest = decodeRecordHeader((await sealFor([laboratory], utf8('junk'), { writer: eve })).header);
      expect(verifyRecordHeader(nativeBackend, honest, eve.sign.publicKey)).toBe(true);
    },
  );

  it.each(['add', 'multiply'] as const)(
    'would open the target if a proxy converted it (%s): the proof is needed',
    async (transform) => {
      const { target, capsule } = await junkOn(transform);
      const grant = grantTo([laboratory]);
      const j = grant.rekeyOf[0]!;
      const context = contextOf(grant, j, bytesOf('junk record'));
      const conversions = grant.shares
        .slice(0, 3)
        .map((shares, i) => convert(nativeBackend, { share: shares[j]!, E: capsule, index: i + 1, context }));
      const { group } = nativeBackend;
      const junk = combine(nativeBackend, {
        delegate: bob,
        grantId: grant.grantId,
        rekeyIndex: j,
        rekey: grant.rekeys[j]!,
        conversions,
      });
      const Y =
        transform === 'add'
          ? group.sum([
              { coefficient: 1n, point: junk },
              { coefficient: -scalarFromBytes(k), point: laboratory.A },
            ])
          : group.multiply(scalarToBytes(invertScalar(scalarFromBytes(k))), junk);
      expect(
        canOpen(nativeBackend, target, {
          kind: 'converted',
          compartment: delegateCompartment(laboratory),
          Y,
        }),
      ).toBe(true);
    },
  );

  it('cannot borrow one proven slot to carry an unproven one', async () => {
    const { capsule, statement } = await junkOn('add');
    const own = decodeRecordHeader((await sealFor([laboratory], utf8('junk'), { writer: eve })).header);
    const slots = [
      statement.slots[0]!,
      { E: own.slots[0]!.E, hint: own.slots[0]!.hint, box: own.slots[0]!.box },
    ];
    const proof = new Uint8Array(96);
    proof.set(own.proof);
    proof.set(own.proof.subarray(32), 64);
    const header = signed({ ...statement, slots }, proof);
    expect(header.slots[0]!.E).toEqual(capsule);
    expect(verifyRecordHeader(nativeBackend, header, eve.sign.publicKey)).toBe(false);
  });
});

describe.each(backends)('bad elements and scalars on $name', ({ group }) => {
  const good = group.generator;
  const p = new Uint8Array(32).fill(0xff);
  p[0] = 0xed;
  p[31] = 0x7f;
  const order = Uint8Array.from(scalarToBytes(-1n));
  order[0] = order[0]! + 1;
  const badElements = {
    'the identity': new Uint8Array(32),
    'the field prime': p,
    'all ones': new Uint8Array(32).fill(0xff),
    'a negative field element': Uint8Array.of(1, ...new Uint8Array(31)),
    'a set top bit': Uint8Array.from(good).map((byte, i) => (i === 31 ? byte | 0x80 : byte)),
    'too short': good.subarray(1),
  };
  it.each(Object.entries(badElements))('refuses %s', (_, point) => {
    expect(group.isElement(point)).toBe(false);
    expect(() => group.multiply(scalarToBytes(5n), point)).toThrow(
      expect.objectContaining({ code: 'point-invalid' }),
    );
    for (const coefficient of [1n, -1n, 0n, 2n ** 200n]) {
      expect(() => group.sum([{ coefficient, point }])).toThrow(
        expect.objectContaining({ code: 'point-invalid' }),
      );
    }
  });
  it('refuses zero, the group order and scalars above it', () => {
    for (const scalar of [new Uint8Array(32), order, new Uint8Array(32).fill(0xff), new Uint8Array(31)]) {
      expect(() => group.multiply(scalar, good)).toThrow(expect.objectContaining({ code: 'scalar-invalid' }));
      expect(() => group.multiplyBase(scalar)).toThrow(expect.objectContaining({ code: 'scalar-invalid' }));
    }
  });
});

describe('a proxy that picks its answer after the challenge', () => {
  it('is caught, since the challenge covers the answer itself', async () => {
    const grant = grantTo([laboratory]);
    const j = grant.rekeyOf[0]!;
    const header = headerOf(await sealFor([laboratory], plaintext));
    const E = header.slots[0]!.E;
    const context = contextOf(grant, j, header.recordId);
    const share = scalarFromBytes(grant.shares[0]![j]!);
    const { group } = nativeBackend;
    const honest = convert(nativeBackend, { share: grant.shares[0]![j]!, E, index: 1, context });
    const check = (point: Uint8Array, proof: Uint8Array) =>
      verifyConversion(nativeBackend, {
        rekey: grant.rekeys[j]!,
        E,
        conversion: { index: 1, point, proof },
        context,
      });
    // Announcements first, any second one; then z from the true share; then the answer that makes the equation hold.
    const nonce = bytesOfScalar('nonce');
    const second = group.multiplyBase(bytesOfScalar('anything'));
    const image = group.multiplyBase(grant.shares[0]![j]!);
    const { tag, statement } = conversionProofContext(context, 1);
    const announcements = frame(group.multiplyBase(nonce), second);
    const empty = new Uint8Array(0);
    const challenges = [
      frame(empty, image, E, honest.point),
      frame(empty, image, E),
      frame(empty, E),
      frame(image, E),
      frame(),
    ].map((points) => hashToScalar(tag, statement, points, announcements));
    for (const challenge of challenges) {
      const c = scalarFromBytes(challenge);
      const z = reduceScalar(scalarFromBytes(nonce) + c * share);
      const point = group.sum([
        { coefficient: z * invertScalar(c), point: E },
        { coefficient: -invertScalar(c), point: second },
      ]);
      expect(check(point, concatBytes(challenge, scalarToBytes(z)))).toBe(false);
    }
    expect(check(honest.point, honest.proof)).toBe(true);
  });
});

describe('the identity as a capsule', () => {
  it('is refused although r = 0 makes a proof that satisfies every equation', async () => {
    const own = decode((await sealFor([laboratory], plaintext, { writer: eve })).header, 4096) as Record<
      string,
      unknown
    >;
    const { proof: ownProof, signature: _s, ...rest } = own;
    const slot = (rest['slots'] as Record<string, unknown>[])[0]!;
    const identity = new Uint8Array(32);
    const statement = { ...rest, slots: [{ ...slot, E: identity }] };
    const context = proofContext(signed(statement, ownProof as Uint8Array));
    const nonce = bytesOfScalar('nonce');
    const announcement = nativeBackend.group.multiplyBase(nonce);
    const challenge = hashToScalar(
      context.tag,
      context.statement,
      frame(new Uint8Array(0), identity),
      frame(announcement),
    );
    const header = signed(statement, concatBytes(challenge, nonce));
    for (const backend of backends)
      expect(verifyRecordHeader(backend, header, eve.sign.publicKey)).toBe(false);
  });

  it('is refused by a proxy', () => {
    const context = contextOf(grantTo([laboratory]), 0, bytesOf('record'));
    for (const backend of backends) {
      expect(() =>
        convert(backend, { share: scalarToBytes(3n), E: new Uint8Array(32), index: 1, context }),
      ).toThrow(expect.objectContaining({ code: 'point-invalid' }));
    }
  });
});
