import { describe, expect, it } from 'vitest';
import {
  canOpen,
  combineReleases,
  createSharing,
  DOMAIN,
  emergencySecret,
  encode,
  hash,
  joinBytes,
  joinReleases,
  openPart,
  openRecord,
  openRelease,
  sealBox,
  sealRelease,
  splitBytes,
  toHex,
  uint32,
  utf8,
  type Backend,
  type HeldPart,
  type ReleaseCapsule,
  type SharedSecret,
} from '#crypto';
import { lagrangeAtZero } from '../../../crypto/grant/polynomial.ts';
import { invertField, multiplyField } from '../../../crypto/sharing/byte-shares.ts';
import { decodeDealing, encodeDealing } from '../../../crypto/sharing/dealing.ts';
import { invertScalar, reduceScalar, scalarFromBytes } from '../../../crypto/scalar.ts';
import {
  backends,
  bob,
  bytesOf,
  CHAIN,
  compartmentOf,
  deterministic,
  eve,
  flipBit,
  headerOf,
  maria,
  nativeBackend,
  nodes,
  sealFor,
} from './cast.ts';

const emergency = compartmentOf({ category: 'emergency', period: 'all' });
const issuer = { id: maria.id, signPublicKey: maria.sign.publicKey };
const refused = expect.objectContaining({ code: 'share-invalid' });

function share(backend: Backend, secret: SharedSecret, threshold = 3) {
  const holders = nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey }));
  const sharing = createSharing(backend, { issuer: maria, patient: maria.id, secret, threshold, holders });
  const open = (i: number, change: object = {}) =>
    openPart(backend, {
      holder: nodes[i]!,
      index: i + 1,
      issuer,
      sharingId: sharing.sharingId,
      commitment: sharing.commitment,
      box: sharing.boxes[i]!.box,
      ...change,
    });
  return { ...sharing, open, parts: nodes.map((_, i) => open(i)) };
}
type Shared = ReturnType<typeof share>;

function contextOf(sharing: Shared) {
  const { sharingId } = sharing;
  return { chainId: CHAIN, sharingId, requester: bob.id, accessId: bytesOf('emergency'), height: 12 };
}

function release(
  backend: Backend,
  sharing: Shared,
  i: number,
  capsules: readonly ReleaseCapsule[],
  part: HeldPart = sharing.parts[i]!,
): Uint8Array {
  return sealRelease(backend, {
    holder: { id: nodes[i]!.id, secretKey: nodes[i]!.validator.secretKey },
    part,
    context: contextOf(sharing),
    requesterSeal: bob.seal.publicKey,
    capsules,
  });
}

function receive(
  backend: Backend,
  sharing: Shared,
  i: number,
  capsules: readonly ReleaseCapsule[],
  box: Uint8Array,
  change: object = {},
) {
  return openRelease(backend, {
    requester: bob,
    holder: { id: nodes[i]!.id, index: i + 1, signPublicKey: nodes[i]!.validator.publicKey },
    context: contextOf(sharing),
    commitment: sharing.commitment,
    capsules,
    box,
    ...change,
  });
}

async function recordIn(backend: Backend, text: string) {
  const sealed = await sealFor([emergency], utf8(text), { backend });
  const header = headerOf(sealed);
  return { sealed, header, capsule: { E: header.slots[0]!.E, recordId: header.recordId, slot: 0 } };
}

describe.each(backends)('emergency access on $name', (backend) => {
  it('opens for the doctor through any three of four institutions, with the element of the owner', async () => {
    const [first, second] = [await recordIn(backend, 'allergy'), await recordIn(backend, 'blood group')];
    const capsules = [first.capsule, second.capsule];
    const sharing = share(backend, emergencySecret(emergency));
    const releases = nodes.map((_, i) =>
      receive(backend, sharing, i, capsules, release(backend, sharing, i, capsules)),
    );
    for (const some of [
      [0, 1, 2],
      [3, 1, 0],
    ]) {
      const chosen = some.map((i) => releases[i]!);
      const { compartment, elements } = combineReleases(backend, chosen, emergency.name);
      const { a: _, ...delegated } = emergency;
      expect(compartment).toEqual(delegated);
      expect(elements).toEqual(capsules.map(({ E }) => backend.group.multiply(emergency.a, E)));
      const key = { kind: 'converted', compartment, Y: elements[1]! } as const;
      const { header, sealed } = second;
      expect(await openRecord(backend, { header, fetch: sealed.fetch, key })).toEqual(utf8('blood group'));
      // The element of one record opens no other: the scalar never came out.
      expect(canOpen(backend, first.header, key)).toBe(false);
    }
  });

  it('recovers bytes without a scalar: a root among guardians', () => {
    const root = bytesOf('root to recover');
    const sharing = share(backend, { bytes: root }, 2);
    const releases = [3, 1].map((i) => receive(backend, sharing, i, [], release(backend, sharing, i, [])));
    expect(joinReleases(releases)).toEqual(root);
    expect(() => combineReleases(backend, releases, emergency.name)).toThrow(refused);
    expect(() => joinReleases(releases.slice(1))).toThrow(refused);
    expect(() => joinReleases([releases[0]!, releases[0]!])).toThrow(refused);
  });
});

describe('fewer holders than the threshold', () => {
  const sharing = share(nativeBackend, emergencySecret(emergency));
  const two = sharing.parts.slice(0, 2);

  it('hold scalar shares that fit every opening scalar', () => {
    const { numerators, denominator } = lagrangeAtZero([1, 2, 3]);
    for (const candidate of [1n, 77n, scalarFromBytes(emergency.a)]) {
      const known = two.reduce((sum, { scalar }, i) => sum + numerators[i]! * scalarFromBytes(scalar), 0n);
      const third = reduceScalar((candidate * denominator - known) * invertScalar(numerators[2]!));
      const all = [...two.map(({ scalar }) => scalarFromBytes(scalar)), third];
      const sum = all.reduce((total, value, i) => total + numerators[i]! * value, 0n);
      expect(reduceScalar(sum * invertScalar(denominator))).toBe(candidate);
    }
  });

  it('hold byte shares that fit every kappa and ix: no candidate can be tested', () => {
    for (const secret of [emergencySecret(emergency).bytes, new Uint8Array(64), utf8('x'.repeat(64))]) {
      // The third share that makes this secret come out exists and is unique, at every byte.
      const [zero, unit] = [new Uint8Array(64), new Uint8Array(64).fill(1)];
      const shares = two.map(({ index, bytes }) => ({ index, bytes }));
      const offset = joinBytes([...shares, { index: 3, bytes: zero }]);
      const slope = joinBytes([...shares, { index: 3, bytes: unit }]).map((byte, k) => byte ^ offset[k]!);
      const third = secret.map((byte, k) => multiplyField(byte ^ offset[k]!, invertField(slope[k]!)));
      expect(joinBytes([...shares, { index: 3, bytes: third }])).toEqual(secret);
    }
  });

  it('cannot test a guess against the digests: the salt of the missing share is missing too', () => {
    const guessed = share(nativeBackend, { bytes: Uint8Array.of(7) }, 2);
    const [mine, theirs] = guessed.parts;
    const digests = mine!.dealing.holders.map(({ digest }) => toHex(digest));
    const trial = (bytes: Uint8Array, salt: Uint8Array) =>
      toHex(hash(DOMAIN.sharingDigest, guessed.sharingId, uint32(2), salt, bytes));
    const every = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
    const found = (salt: Uint8Array) => every.filter((byte) => digests.includes(trial(byte, salt)));
    for (const salt of [new Uint8Array(0), new Uint8Array(32), mine!.salt]) expect(found(salt)).toEqual([]);
    // With the salt of the other holder the same harness finds the one share that fits.
    expect(found(theirs!.salt)).toEqual([theirs!.bytes]);
  });

  it('open nothing, also with the commitments that holders know', async () => {
    const { header, capsule } = await recordIn(nativeBackend, 'shut');
    const releases = [0, 1].map((i) =>
      receive(nativeBackend, sharing, i, [capsule], release(nativeBackend, sharing, i, [capsule])),
    );
    expect(() => combineReleases(nativeBackend, releases, emergency.name)).toThrow(refused);
    const conversions = releases[1]!.conversions.map((one) => ({ ...one, index: 3 }));
    const invented = { ...releases[1]!, index: 3, conversions };
    const wrong = combineReleases(nativeBackend, [...releases, invented], emergency.name);
    const { A, kappa, ix } = wrong.compartment;
    expect(A).toEqual(emergency.A);
    expect(kappa).not.toEqual(emergency.kappa);
    expect(ix).not.toEqual(emergency.ix);
    for (const compartment of [wrong.compartment, emergency]) {
      const key = { kind: 'converted', compartment, Y: wrong.elements[0]! } as const;
      expect(canOpen(nativeBackend, header, key)).toBe(false);
    }
  });

  it('give two sharings of one secret nothing in common, and the ledger a hash that hides A', () => {
    const again = share(nativeBackend, emergencySecret(emergency));
    expect(again.commitment).not.toEqual(sharing.commitment);
    for (const [i, part] of again.parts.entries()) {
      expect(part.scalar).not.toEqual(sharing.parts[i]!.scalar);
      expect(part.bytes).not.toEqual(sharing.parts[i]!.bytes);
    }
    // With a weak generator the coefficients still come out of the secret.
    const weak = deterministic(nativeBackend, 'weak');
    const [one, other] = ['a', 'b'].map((label) =>
      splitBytes({ ...weak, random: (n) => new Uint8Array(n) }, bytesOf(label), 2, [1, 2]),
    );
    const difference = (k: number) => one![k]!.bytes.map((byte, at) => byte ^ other![k]!.bytes[at]!);
    expect(difference(0)).not.toEqual(difference(1));
  });
});

describe('a part', () => {
  const sharing = share(nativeBackend, emergencySecret(emergency));

  it('opens for its holder, from its issuer, under the commitment of the ledger, and not otherwise', () => {
    const changes: object[] = [
      { holder: nodes[1] },
      { index: 2 },
      { issuer: { id: eve.id, signPublicKey: eve.sign.publicKey } },
      { sharingId: bytesOf('another sharing') },
      { commitment: bytesOf('another dealing') },
      { box: sharing.boxes[1]!.box },
      { box: sharing.boxes[0]!.box.subarray(1) },
    ];
    for (const change of changes) expect(() => sharing.open(0, change)).toThrow(refused);
    expect(sharing.open(0).index).toBe(1);
  });

  it('is refused when the issuer dealt a scalar, bytes or a place that contradict the dealing', () => {
    const [mine, theirs] = sharing.parts;
    const box = (value: object) => reseal(sharing, 1, nodes[0]!.id, encode(value));
    const honest = {
      dealing: encodeDealing(mine!.dealing),
      scalar: mine!.scalar,
      bytes: mine!.bytes,
      salt: mine!.salt,
    };
    expect(sharing.open(0, { box: box(honest) }).scalar).toEqual(mine!.scalar);
    const wrong = [
      { ...honest, scalar: theirs!.scalar },
      { ...honest, bytes: theirs!.bytes },
      { ...honest, scalar: new Uint8Array(0) },
      { ...honest, scalar: new Uint8Array(32) },
      { ...honest, bytes: flipBit(honest.bytes, 3) },
      { ...honest, dealing: encodeDealing({ ...mine!.dealing, threshold: 2 }) },
      { ...honest, salt: theirs!.salt },
      { ...honest, salt: new Uint8Array(0) },
      { ...honest, extra: 1 },
    ];
    for (const value of wrong) expect(() => sharing.open(0, { box: box(value) })).toThrow(refused);
  });

  it('needs a threshold of two, different indices and at most 64 holders', () => {
    const holders = nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey }));
    const init = {
      issuer: maria,
      patient: maria.id,
      secret: emergencySecret(emergency),
      threshold: 3,
      holders,
    };
    const wrong: object[] = [
      { threshold: 1 },
      { threshold: 5 },
      { threshold: 2.5 },
      { holders: [] },
      { holders: holders.map((one) => ({ ...one, index: 1 })) },
      { holders: [...holders, { ...holders[0]!, index: 256 }] },
      { holders: Array.from({ length: 65 }, (_, i) => ({ ...holders[0]!, index: i + 1 })) },
      { patient: new Uint8Array(31) },
      { nonce: new Uint8Array(15) },
      { secret: { bytes: new Uint8Array(0) } },
      { secret: { bytes: new Uint8Array(1025) } },
    ];
    for (const change of wrong) {
      expect(() => createSharing(nativeBackend, { ...init, ...change })).toThrow(
        expect.objectContaining({ code: 'input-invalid' }),
      );
    }
    expect(() =>
      createSharing(nativeBackend, { ...init, secret: { scalar: new Uint8Array(32), bytes: CHAIN } }),
    ).toThrow(expect.objectContaining({ code: 'scalar-invalid' }));
  });

  it('has a dealing that is refused when its parts do not fit together', () => {
    const { dealing } = sharing.parts[0]!;
    const { commitments, holders } = dealing;
    for (const change of [
      { threshold: 1 },
      { threshold: 5 },
      { commitments: commitments.slice(1) },
      { commitments: [...commitments, commitments[0]!] },
      { length: 0 },
      { length: 1025 },
      { holders: holders.slice(1, 2) },
      { holders: [...holders, holders[0]!] },
    ]) {
      expect(() => decodeDealing(encodeDealing({ ...dealing, ...change }))).toThrow(
        expect.objectContaining({ name: 'CryptoError' }),
      );
    }
    expect(decodeDealing(encodeDealing(dealing))).toEqual(dealing);
  });
});

/** What the issuer would seal to a holder if she dealt this plaintext; the context is as SCHEME 7 has it. */
function reseal(sharing: Shared, index: number, id: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return sealBox(nativeBackend, {
    sender: { id: maria.id, secretKey: maria.sign.secretKey },
    recipientSeal: nodes.find((node) => node.id === id)!.seal.publicKey,
    context: hash(DOMAIN.sharingPart, sharing.sharingId, id, uint32(index)),
    plaintext,
  });
}

describe('a release', () => {
  const sharing = share(nativeBackend, emergencySecret(emergency));

  it('names the holder whose bytes, scalar or proof is wrong', async () => {
    const { capsule } = await recordIn(nativeBackend, 'a record');
    const [mine, theirs] = sharing.parts;
    const lies: HeldPart[] = [
      { ...mine!, bytes: theirs!.bytes },
      { ...mine!, bytes: flipBit(mine!.bytes, 0) },
      { ...mine!, scalar: theirs!.scalar },
      { ...mine!, salt: theirs!.salt },
      { ...mine!, dealing: { ...mine!.dealing, threshold: 2 } },
    ];
    for (const lie of lies) {
      const box = release(nativeBackend, sharing, 0, [capsule], lie);
      expect(() => receive(nativeBackend, sharing, 0, [capsule], box)).toThrow(refused);
    }
    const honest = release(nativeBackend, sharing, 0, [capsule]);
    expect(receive(nativeBackend, sharing, 0, [capsule], honest).index).toBe(1);
  });

  it('holds for one doctor, request, record, slot, chain, height and holder only', async () => {
    const { capsule } = await recordIn(nativeBackend, 'a record');
    const other = await recordIn(nativeBackend, 'another record');
    const box = release(nativeBackend, sharing, 0, [capsule]);
    const context = contextOf(sharing);
    const changes: object[] = [
      { requester: eve },
      { holder: { id: nodes[1]!.id, index: 2, signPublicKey: nodes[1]!.validator.publicKey } },
      { holder: { id: nodes[0]!.id, index: 2, signPublicKey: nodes[0]!.validator.publicKey } },
      { commitment: bytesOf('another dealing') },
      ...Object.entries({
        chainId: bytesOf('x'),
        sharingId: bytesOf('x'),
        requester: eve.id,
        accessId: bytesOf('x'),
        height: 13,
      }).map(([field, value]) => ({ context: { ...context, [field]: value } })),
    ];
    for (const change of changes) {
      expect(() => receive(nativeBackend, sharing, 0, [capsule], box, change)).toThrow(refused);
    }
    for (const capsules of [
      [other.capsule],
      [{ ...capsule, slot: 1 }],
      [{ ...capsule, recordId: bytesOf('x') }],
      [],
      [capsule, capsule],
    ]) {
      expect(() => receive(nativeBackend, sharing, 0, capsules, box)).toThrow(refused);
    }
  });

  it('refuses capsules for a sharing without a scalar, and bad capsules', () => {
    const root = share(nativeBackend, { bytes: bytesOf('root') }, 2);
    const capsule = { E: nativeBackend.group.generator, recordId: bytesOf('r'), slot: 0 };
    expect(() => release(nativeBackend, root, 0, [capsule])).toThrow(
      expect.objectContaining({ code: 'input-invalid' }),
    );
    expect(() => release(nativeBackend, sharing, 0, [{ ...capsule, E: new Uint8Array(32) }])).toThrow(
      expect.objectContaining({ code: 'point-invalid' }),
    );
  });
});
