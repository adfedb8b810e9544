import { describe, expect, it } from 'vitest';
import {
  canOpen,
  combineReleases,
  createSharing,
  dealSubShares,
  DOMAIN,
  emergencySecret,
  joinCommitments,
  joinDealtShares,
  joinReleases,
  linkOf,
  openRecord,
  openSubShares,
  uint32,
  utf8,
} from '#crypto';
import { sharePublic } from '../../../crypto/grant/polynomial.ts';
import { sealShareBox } from '../../../crypto/grant/share-box.ts';
import { frame, hash } from '../../../crypto/hash.ts';
import { SEALED_OVERHEAD_BYTES } from '../../../crypto/sharing/deposit.ts';
import { backends, bytesOf, CHAIN, eve, flipBit, maria, nativeBackend, nodes } from './cast.ts';
import {
  coded,
  contextOf,
  emergency,
  holders,
  receive,
  recordIn,
  refused,
  release,
  share,
} from './sharing-scene.ts';

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

  it('recovers bytes without a scalar: a root among institutions', () => {
    const root = bytesOf('root to recover');
    const sharing = share(backend, { bytes: root }, 2);
    const releases = [3, 1].map((i) => receive(backend, sharing, i, [], release(backend, sharing, i, [])));
    expect(joinReleases(releases)).toEqual(root);
    expect(() => combineReleases(backend, releases, emergency.name)).toThrow(refused);
    expect(() => joinReleases(releases.slice(1))).toThrow(refused);
    expect(() => joinReleases([releases[0]!, releases[0]!])).toThrow(refused);
    expect(() => joinReleases([])).toThrow(refused);
  });

  it('recovers as much as can be shared, with everybody needed', () => {
    const bytes = backend.random(1024);
    const sharing = share(backend, { bytes }, nodes.length);
    expect(sharing.sealed).toHaveLength(1024 + 48);
    expect(SEALED_OVERHEAD_BYTES).toBe(48);
    const releases = nodes.map((_, i) => receive(backend, sharing, i, [], release(backend, sharing, i, [])));
    expect(joinReleases(releases)).toEqual(bytes);
    // Sealed under something else than what the shares give.
    const [first, ...others] = releases;
    const torn = { ...first!, sealed: flipBit(sharing.sealed, 0) };
    expect(() => joinReleases([torn, ...others])).toThrow(refused);
  });

  it('goes on with other holders and another threshold, without the issuer: the code of grants moves it', async () => {
    const { capsule, header } = await recordIn(backend, 'after the move');
    const before = share(backend, emergencySecret(emergency));
    const next = nodes.map(({ id, seal }, i) => ({ id, index: 9 - i, seal: seal.publicKey }));
    const owner = before.sharingId;
    const deals = [1, 2, 3].map((i) => ({
      from: i + 1,
      id: nodes[i]!.id,
      signPublicKey: nodes[i]!.validator.publicKey,
      ...dealSubShares(backend, {
        owner,
        epoch: 1,
        dealer: { id: nodes[i]!.id, index: i + 1, secretKey: nodes[i]!.validator.secretKey },
        ...before.parts[i]!,
        threshold: 2,
        holders: next,
      }),
    }));
    const commitments = joinCommitments(backend, deals);
    expect(commitments.map(([constant]) => constant)).toEqual(
      before.commitments.map(([constant]) => constant),
    );
    const parts = next.map(({ id, index }, at) => {
      const dealt = deals.map(({ from, id: dealer, signPublicKey, boxes }) => ({
        from,
        ...openSubShares(backend, {
          owner,
          epoch: 1,
          dealer: { id: dealer, index: from, signPublicKey },
          holder: { id, index, seal: nodes[at]!.seal },
          count: 2,
          lock: before.lock,
          box: boxes[at]!.box,
        }),
      }));
      return { shares: joinDealtShares(backend, { index, commitments, dealt }), lock: dealt[0]!.lock };
    });
    const after = { ...before.sharing, commitments };
    const releases = [0, 3].map((i) => {
      const { id, validator } = nodes[i]!;
      const holder = { id, index: next[i]!.index };
      const box = release(backend, before, i, [capsule], {
        holder: { ...holder, secretKey: validator.secretKey },
        part: parts[i]!,
      });
      const change = { holder: { ...holder, signPublicKey: validator.publicKey }, sharing: after };
      // What was shared before fits nothing now.
      const old = release(backend, before, i, [capsule], {
        holder: { ...holder, secretKey: validator.secretKey },
      });
      expect(() => receive(backend, before, i, [capsule], old, change)).toThrow(refused);
      return receive(backend, before, i, [capsule], box, change);
    });
    const { compartment, elements } = combineReleases(backend, releases, emergency.name);
    expect(canOpen(backend, header, { kind: 'converted', compartment, Y: elements[0]! })).toBe(true);
  });
});

describe('a part', () => {
  const sharing = share(nativeBackend, emergencySecret(emergency));

  it('opens for its holder, from its issuer, under the commitments of the ledger, and not otherwise', () => {
    const { commitments } = sharing;
    const changes: object[] = [
      { holder: nodes[1] },
      { index: 2 },
      { issuer: { id: eve.id, signPublicKey: eve.sign.publicKey } },
      { sharing: { ...sharing.sharing, id: bytesOf('another sharing') } },
      { sharing: { ...sharing.sharing, lock: bytesOf('another lock') } },
      { sharing: { ...sharing.sharing, commitments: [commitments[1]!, commitments[0]!] } },
      { sharing: { ...sharing.sharing, commitments: commitments.slice(0, 1) } },
      { sharing: { ...sharing.sharing, commitments: commitments.map((list) => list.slice(0, 2)) } },
      { box: sharing.boxes[1]!.box },
      { box: sharing.boxes[0]!.box.subarray(1) },
    ];
    for (const change of changes) expect(() => sharing.open(0, change)).toThrow(refused);
    expect(sharing.open(0).shares).toHaveLength(2);
  });

  it('is refused when the issuer dealt what contradicts the commitments, or too little', () => {
    const [{ shares: mine, lock }, { shares: theirs }] = [sharing.open(0), sharing.open(1)];
    const publicParts = sharing.commitments.map((list) => frame(...list));
    const box = (shares: readonly Uint8Array[], z = lock) =>
      sealShareBox(nativeBackend, {
        sender: { id: maria.id, secretKey: maria.sign.secretKey },
        recipientSeal: nodes[0]!.seal.publicKey,
        context: hash(DOMAIN.sharingPart, sharing.sharingId, nodes[0]!.id, uint32(1), frame(...publicParts)),
        part: { shares, lock: z },
      });
    expect(sharing.open(0, { box: box(mine) })).toEqual({ shares: mine, lock });
    for (const z of [CHAIN, new Uint8Array(0), flipBit(lock, 9)])
      expect(() => sharing.open(0, { box: box(mine, z) })).toThrow(refused);
    const wrong = [
      theirs,
      [mine[1]!, mine[0]!],
      [mine[0]!, theirs[1]!],
      [theirs[0]!, mine[1]!],
      [mine[0]!, new Uint8Array(32)],
      [mine[0]!],
      [...mine, mine[0]!],
    ];
    for (const value of wrong) expect(() => sharing.open(0, { box: box(value) })).toThrow(refused);
    expect(sharePublic(nativeBackend, sharing.commitments[1]!, 1)).toEqual(
      nativeBackend.group.multiplyBase(mine[1]!),
    );
  });

  it('needs a threshold of two, different indices, at most 64 holders and 1 to 1024 bytes', () => {
    const secret = emergencySecret(emergency);
    const init = { issuer: maria, patient: maria.id, secret, threshold: 3, holders };
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ ...holders[0]!, id: bytesOf(`holder ${i}`), index: i + 1 }));
    expect(createSharing(nativeBackend, { ...init, holders: many(64) }).boxes).toHaveLength(64);
    for (const length of [1, 1024]) {
      const { sealed } = createSharing(nativeBackend, { ...init, secret: { bytes: new Uint8Array(length) } });
      expect(sealed).toHaveLength(length + 48);
    }
    const wrong: object[] = [
      { threshold: 1 },
      { threshold: 5 },
      { threshold: 2.5 },
      { holders: [] },
      { holders: holders.map((one) => ({ ...one, index: 1 })) },
      { holders: [...holders, { ...holders[0]!, index: 256 }] },
      { holders: many(65) },
      { patient: new Uint8Array(31) },
      { nonce: new Uint8Array(15) },
      { secret: { bytes: new Uint8Array(0) } },
      { secret: { bytes: new Uint8Array(1025) } },
      { secret: { ...secret, bytes: new Uint8Array(63) } },
    ];
    for (const change of wrong)
      expect(() => createSharing(nativeBackend, { ...init, ...change })).toThrow(coded('input-invalid'));
    expect(() =>
      createSharing(nativeBackend, { ...init, secret: { ...secret, scalar: new Uint8Array(32) } }),
    ).toThrow(coded('scalar-invalid'));
  });
});

describe('a release', () => {
  const sharing = share(nativeBackend, emergencySecret(emergency));

  it('names the holder whose share, sealed block or proof is wrong', async () => {
    const { capsule } = await recordIn(nativeBackend, 'a record');
    const [mine, theirs] = sharing.parts.map(({ shares }) => shares);
    const { lock } = sharing.parts[0]!;
    const lies = [
      { part: { lock, shares: [theirs![0]!, mine![1]!] } },
      { part: { lock, shares: [mine![0]!, theirs![1]!] } },
      { part: { lock, shares: [mine![1]!, mine![0]!] } },
      { part: { lock: flipBit(lock, 0), shares: mine! } },
      { sealed: flipBit(sharing.sealed, 3) },
      { sealed: new Uint8Array(2000) },
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
    const another = await recordIn(nativeBackend, 'another record');
    const box = release(nativeBackend, sharing, 0, [capsule]);
    const context = contextOf(sharing);
    const changes: object[] = [
      { requester: eve },
      { holder: { id: nodes[1]!.id, index: 2, signPublicKey: nodes[1]!.validator.publicKey } },
      { holder: { id: nodes[0]!.id, index: 2, signPublicKey: nodes[0]!.validator.publicKey } },
      { sharing: share(nativeBackend, emergencySecret(emergency)).sharing },
      { sharing: { ...sharing.sharing, sealed: linkOf('raw', CHAIN) } },
      { sharing: { ...sharing.sharing, lock: CHAIN } },
      { sharing: { ...sharing.sharing, commitments: sharing.commitments.toReversed() } },
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
    // Of a request for one sharing, holding what is of another.
    const elsewhere = { context: { ...context, sharingId: bytesOf('another sharing') } };
    const strayed = release(nativeBackend, sharing, 0, [], elsewhere);
    expect(() => receive(nativeBackend, sharing, 0, [], strayed, elsewhere)).toThrow(refused);
    for (const capsules of [
      [another.capsule],
      [{ ...capsule, slot: 1 }],
      [{ ...capsule, recordId: bytesOf('x') }],
      [],
      [capsule, capsule],
    ]) {
      expect(() => receive(nativeBackend, sharing, 0, capsules, box)).toThrow(refused);
    }
  });

  it('takes as many capsules as it may', () => {
    const capsules = Array.from({ length: 256 }, (_, slot) => {
      return { E: nativeBackend.group.generator, recordId: bytesOf('r'), slot };
    });
    const box = release(nativeBackend, sharing, 0, capsules);
    expect(receive(nativeBackend, sharing, 0, capsules, box).conversions).toHaveLength(256);
  });

  it('refuses capsules for a sharing without a scalar, and bad capsules', () => {
    const root = share(nativeBackend, { bytes: bytesOf('root') }, 2);
    const capsule = { E: nativeBackend.group.generator, recordId: bytesOf('r'), slot: 0 };
    const many = Array.from({ length: 257 }, () => capsule);
    expect(() => release(nativeBackend, root, 0, [capsule])).toThrow(coded('input-invalid'));
    expect(() => release(nativeBackend, sharing, 0, many)).toThrow(coded('input-invalid'));
    expect(() => release(nativeBackend, sharing, 0, [{ ...capsule, E: new Uint8Array(32) }])).toThrow(
      coded('point-invalid'),
    );
    expect(() => release(nativeBackend, sharing, 0, [], { part: { shares: [], lock: CHAIN } })).toThrow(
      coded('input-invalid'),
    );
  });
});
