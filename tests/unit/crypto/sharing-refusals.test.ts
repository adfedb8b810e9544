import { describe, expect, it } from 'vitest';
import {
  combineReleases,
  createGrant,
  createSharing,
  dealSubShares,
  DOMAIN,
  emergencySecret,
  isSubDealingOf,
  joinCommitments,
  joinDealtShares,
  joinReleases,
  openSubShares,
  uint32,
  type ReleaseCapsule,
  type ReleaseContext,
} from '#crypto';
import { sealShareBox } from '../../../crypto/grant/share-box.ts';
import { frame, hash } from '../../../crypto/hash.ts';
import { scalarToBytes } from '../../../crypto/scalar.ts';
import { unseal } from '../../../crypto/sharing/deposit.ts';
import { bob, bytesOf, compartmentOf, maria, nativeBackend, nodes } from './cast.ts';
import { openingOf, sealedOf } from './sharing-forgery.ts';
import { coded, contextOf, emergency, holders, receive, refused, release, share } from './sharing-scene.ts';

const { group } = nativeBackend;
const point = (scalar: bigint) => group.multiplyBase(scalarToBytes(scalar));
const invalid = coded('input-invalid');
const capsules: readonly ReleaseCapsule[] = [7n, 8n].map((r, slot) => ({
  E: point(r),
  recordId: bytesOf(`record ${r}`),
  slot,
}));
const deposit = share(nativeBackend, emergencySecret(emergency), 2);
const recovery = share(nativeBackend, { bytes: bytesOf('root') }, 2);

const dealing = (change: object = {}) =>
  dealSubShares(nativeBackend, {
    owner: deposit.sharingId,
    epoch: 1,
    dealer: { id: nodes[0]!.id, index: 1, secretKey: nodes[0]!.validator.secretKey },
    ...deposit.parts[0]!,
    threshold: 2,
    holders,
    ...change,
  });

describe('one institution under two indices', () => {
  const twice = [...holders.slice(0, 3), { ...holders[0]!, index: 4 }];
  const short = [...holders.slice(0, 3), { ...holders[3]!, id: holders[3]!.id.subarray(1) }];

  it.each([
    ['twice', twice],
    ['with a short id', short],
  ])('is refused by whoever shares something: %s', (_how, wrong) => {
    const secret = emergencySecret(emergency);
    const grant = {
      issuer: maria,
      patient: maria.id,
      delegate: bob.publicKeys,
      compartments: [compartmentOf()],
      threshold: 2,
      terms: { purpose: 'care', expiresAtMs: 1 },
    };
    const sharing = { issuer: maria, patient: maria.id, secret, threshold: 2 };
    for (const make of [
      (all: typeof holders) => createSharing(nativeBackend, { ...sharing, holders: all }),
      (all: typeof holders) => createGrant(nativeBackend, { ...grant, nodes: all }),
      (all: typeof holders) => dealing({ holders: all }),
      (all: typeof holders) => dealing({ holders: all, lock: new Uint8Array(0) }),
    ]) {
      expect(() => make(wrong)).toThrow(invalid);
      expect(() => make(holders)).not.toThrow();
    }
  });
});

describe('a deposit that is shared again', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ ...holders[0]!, id: bytesOf(`holder ${i}`), index: i + 1 }));

  it('has no holder who opens alone, at most 64, and the scalars of a deposit', () => {
    const [share1] = deposit.parts[0]!.shares;
    const wrong: object[] = [
      { threshold: 1 },
      { threshold: 5 },
      { holders: many(65) },
      { shares: [] },
      { shares: [share1, share1, share1] },
      { lock: new Uint8Array(31) },
      { dealer: { id: nodes[0]!.id, index: 0, secretKey: nodes[0]!.validator.secretKey } },
      { dealer: { id: nodes[0]!.id, index: 256, secretKey: nodes[0]!.validator.secretKey } },
      { owner: deposit.sharingId.subarray(1) },
      { epoch: 2 ** 32 },
    ];
    for (const change of wrong) expect(() => dealing(change), JSON.stringify(change)).toThrow(invalid);
    expect(dealing({ holders: many(64) }).boxes).toHaveLength(64);
    // A grant has none of these limits.
    for (const change of [
      { threshold: 1 },
      { holders: many(65) },
      { shares: Array.from({ length: 3 }, () => share1) },
    ])
      expect(() => dealing({ ...change, lock: new Uint8Array(0) })).not.toThrow();
  });

  it('is no deal of a threshold of one to who receives it, although everything fits', () => {
    const shares = [5n, 6n].map(scalarToBytes);
    const { lock } = deposit.parts[0]!;
    const [dealer, holder] = [nodes[0]!, nodes[1]!];
    const context = hash(
      DOMAIN.resharing,
      deposit.sharingId,
      uint32(1),
      dealer.id,
      uint32(1),
      holder.id,
      uint32(2),
    );
    const box = sealShareBox(nativeBackend, {
      sender: { id: dealer.id, secretKey: dealer.validator.secretKey },
      recipientSeal: holder.seal.publicKey,
      context,
      part: { shares, lock },
    });
    const open = (commitments: Uint8Array[][] | undefined) =>
      openSubShares(nativeBackend, {
        owner: deposit.sharingId,
        epoch: 1,
        dealer: { id: dealer.id, index: 1, signPublicKey: dealer.validator.publicKey },
        holder: { id: holder.id, index: 2, seal: holder.seal },
        count: 2,
        ...(commitments === undefined ? {} : { commitments }),
        lock: deposit.lock,
        box,
      });
    expect(open(undefined).shares).toEqual(shares);
    expect(() => open([[point(5n)], [point(6n)]])).toThrow(refused);
    // f = 3 + k gives 5 at 2, of the same share and of another degree.
    expect(() => open([[point(3n), point(1n)], [point(6n)]])).toThrow(refused);
    const fitting = [
      [point(3n), point(1n)],
      [point(4n), point(1n)],
    ];
    expect(open(fitting).shares).toEqual(shares);
  });
});

describe('commitments of a deposit', () => {
  const { lock } = deposit.parts[0]!;
  const partUnder = (commitments: Uint8Array[][], shares: readonly Uint8Array[]) => {
    const context = hash(
      DOMAIN.sharingPart,
      deposit.sharingId,
      nodes[0]!.id,
      uint32(1),
      frame(...commitments.map((list) => frame(...list))),
    );
    const box = sealShareBox(nativeBackend, {
      sender: { id: maria.id, secretKey: maria.sign.secretKey },
      recipientSeal: nodes[0]!.seal.publicKey,
      context,
      part: { shares, lock },
    });
    return deposit.open(0, { sharing: { ...deposit.sharing, commitments }, box });
  };
  const line = [point(2n), point(3n)];
  const shares = [scalarToBytes(5n), scalarToBytes(5n)];

  it('are one or two lists of one length, at least two: a box that fits anything else is refused', () => {
    expect(partUnder([line, line], shares).shares).toEqual(shares);
    expect(partUnder([line], shares.slice(1)).shares).toHaveLength(1);
    const wrong: [Uint8Array[][], Uint8Array[]][] = [
      [[[point(5n)]], shares.slice(1)],
      [[[point(5n)], [point(5n)]], shares],
      [[line, [point(5n)]], shares],
      [[line, [point(1n), point(1n), point(3n)]], shares],
      [
        [line, line, line],
        [...shares, shares[0]!],
      ],
      [[], []],
    ];
    for (const [lists, held] of wrong) expect(() => partUnder(lists, held)).toThrow(refused);
  });

  it('are those of a release as well', () => {
    const [, b] = deposit.commitments;
    const box = release(nativeBackend, deposit, 0, []);
    for (const wrong of [[], [[]], [deposit.commitments[0]!, b!.slice(1)], [...deposit.commitments, b!]]) {
      const change = { sharing: { ...deposit.sharing, commitments: wrong } };
      expect(() => receive(nativeBackend, deposit, 0, [], box, change)).toThrow(refused);
    }
  });
});

describe('releases', () => {
  const at = (i: number, of = capsules, change: Partial<ReleaseContext> = {}) => {
    const context = { ...contextOf(deposit), ...change };
    const box = release(nativeBackend, deposit, i, of, { context });
    return receive(nativeBackend, deposit, i, of, box, { context });
  };
  const combine = (...all: ReturnType<typeof at>[]) =>
    combineReleases(nativeBackend, all, emergency.name).elements;

  it('join when they answer one request, and are refused when each is right for another', () => {
    const elements = capsules.map(({ E }) => group.multiply(emergency.a, E));
    expect(combine(at(0), at(2))).toEqual(elements);
    const others = [
      at(2, capsules.toReversed()),
      at(2, capsules.slice(0, 1)),
      at(2, []),
      ...[{ E: point(9n) }, { recordId: bytesOf('another record') }, { slot: 5 }].map((change) =>
        at(2, [{ ...capsules[0]!, ...change }, capsules[1]!]),
      ),
      at(2, capsules, { requester: bytesOf('another requester') }),
      at(2, capsules, { accessId: bytesOf('another access') }),
      at(2, capsules, { height: 13 }),
      at(2, capsules, { chainId: bytesOf('another chain') }),
    ];
    for (const other of others) {
      expect(() => combine(at(0), other)).toThrow(refused);
      expect(() => combine(other, at(0))).toThrow(refused);
    }
  });

  it('refuse another lock, link or generation of commitments among them', () => {
    const one = at(0);
    const { parts } = recovery;
    const mine = [0, 1].map((i) =>
      receive(nativeBackend, recovery, i, [], release(nativeBackend, recovery, i, [])),
    );
    expect(joinReleases(mine)).toEqual(bytesOf('root'));
    const other = sealedOf(recovery.sharingId, openingOf(parts.slice(0, 2)), bytesOf('other'));
    const changed = { ...recovery, sealed: other };
    expect(() => joinReleases([mine[0]!, { ...mine[1]!, basis: one.basis }])).toThrow('of one request');
    const box = release(nativeBackend, changed, 1, []);
    expect(() => receive(nativeBackend, recovery, 1, [], box)).toThrow(refused);
  });

  it('of an emergency give bytes by no other way than with a compartment', () => {
    expect(() => joinReleases([at(0, []), at(1, [])])).toThrow('not a recovery');
    expect(() => joinReleases([])).toThrow(refused);
    expect(() => combine()).toThrow(refused);
  });

  it('take at most 256 capsules, and a holder gives out its own part only', () => {
    const many = Array.from({ length: 257 }, () => capsules[0]!);
    const box = release(nativeBackend, deposit, 0, []);
    expect(() => receive(nativeBackend, deposit, 0, many, box)).toThrow(refused);
    const { shares, lock } = deposit.parts[0]!;
    const wrong: [object, ReturnType<typeof coded>][] = [
      [{ part: { shares: [...shares, shares[0]!], lock } }, invalid],
      [{ part: { shares: [], lock } }, invalid],
      [{ part: { shares, lock: lock.subarray(1) } }, invalid],
      [{ part: { shares: [new Uint8Array(32), shares[1]!], lock } }, coded('scalar-invalid')],
      [{ part: { shares: [shares[0]!, new Uint8Array(32)], lock } }, coded('scalar-invalid')],
      [{ holder: { id: nodes[0]!.id, index: 0, secretKey: nodes[0]!.validator.secretKey } }, invalid],
    ];
    for (const [change, code] of wrong)
      expect(() => release(nativeBackend, deposit, 0, [], change)).toThrow(code);
  });

  it('open a sealed block of 1 to 1024 bytes, and none that an issuer made empty or longer', () => {
    const opening = openingOf(recovery.parts.slice(0, 2));
    const of = (length: number) =>
      unseal(recovery.sharingId, opening, sealedOf(recovery.sharingId, opening, new Uint8Array(length)));
    expect([of(1).length, of(1024).length]).toEqual([1, 1024]);
    for (const length of [0, 1025]) expect(() => of(length)).toThrow(refused);
  });
});

describe('joining what was dealt', () => {
  const a = [
    [point(1n), point(2n)],
    [point(3n), point(4n)],
  ];
  const sub = (from: number, commitments: Uint8Array[][]) => ({ from, commitments });

  it('wants lists of one number and one length from every dealer, none empty', () => {
    expect(joinCommitments(nativeBackend, [sub(1, a), sub(2, a)])).toHaveLength(2);
    const wrong = [[...a, a[0]!], a.slice(0, 1), [a[0]!, a[1]!.slice(1)], [a[0]!, [...a[1]!, point(5n)]]];
    for (const list of wrong)
      for (const both of [
        [sub(1, a), sub(2, list)],
        [sub(1, list), sub(2, a)],
      ])
        expect(() => joinCommitments(nativeBackend, both)).toThrow(refused);
    for (const list of [[], [[]]])
      expect(() => joinCommitments(nativeBackend, [sub(1, list), sub(2, list)])).toThrow(refused);
    expect(isSubDealingOf(nativeBackend, [], { from: 1, threshold: 2, commitments: [] })).toBe(false);
  });

  it('wants one sub-share a scalar from every dealer', () => {
    const commitments = joinCommitments(nativeBackend, [sub(1, a), sub(2, a)]);
    // Both dealers share by 1 + 2x and 3 + 4x: at 5 they give 11 and 23, and so does what they join to.
    const dealt = (...more: Uint8Array[]) => [
      { from: 1, shares: [11n, 23n].map(scalarToBytes) },
      { from: 2, shares: [...[11n, 23n].map(scalarToBytes), ...more] },
    ];
    const join = (all: ReturnType<typeof dealt>) =>
      joinDealtShares(nativeBackend, { index: 5, commitments, dealt: all });
    expect(join(dealt())).toEqual([11n, 23n].map(scalarToBytes));
    expect(() => join(dealt(scalarToBytes(1n)))).toThrow(refused);
  });
});
