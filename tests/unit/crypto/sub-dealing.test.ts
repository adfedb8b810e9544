import { describe, expect, it } from 'vitest';
import {
  dealSubShares,
  isSubDealingOf,
  joinCommitments,
  joinDealtShares,
  openSubShares,
  sha256,
  utf8,
} from '#crypto';
import { deriveNodeKeys } from '#crypto';
import { evaluate, lagrangeAtZero, sharePublic } from '../../../crypto/grant/polynomial.ts';
import {
  GROUP_ORDER,
  invertScalar,
  reduceScalar,
  scalarFromBytes,
  scalarToBytes,
} from '../../../crypto/scalar.ts';
import { backends, bytesOf } from './cast.ts';

const refused = expect.objectContaining({ code: 'share-invalid' });
const NEW = [2, 3, 4, 5];

describe.each(backends)('re-sharing over nodes on $name', (backend) => {
  const nodes = [0, 1, 2, 3, 4, 5].map((i) => deriveNodeKeys(backend, sha256(utf8(`holder ${i}`))));
  const node = (index: number) => nodes[index]!;
  const polynomials = [
    [11n, 5n, 9n],
    [12n, 6n, 10n],
  ];
  const old = polynomials.map((one) => one.map((f) => backend.group.multiplyBase(scalarToBytes(f))));
  const held = (index: number) => polynomials.map((one) => scalarToBytes(evaluate(one, index)));
  const context = { owner: bytesOf('a grant'), epoch: 3 };
  const threshold = 3;
  const deal = (index: number, shares = held(index), changed: object = {}) =>
    dealSubShares(backend, {
      ...context,
      dealer: { id: node(index).id, index, secretKey: node(index).validator.secretKey },
      shares,
      threshold,
      holders: NEW.map((to) => ({ id: node(to).id, index: to, seal: node(to).seal.publicKey })),
      ...changed,
    });
  it('has a threshold of one to as many as there are holders', () => {
    for (const wrong of [0, NEW.length + 1, 1.5, Number.NaN]) {
      expect(() => deal(1, held(1), { threshold: wrong })).toThrow('threshold');
    }
    for (const right of [1, NEW.length])
      expect(deal(1, held(1), { threshold: right }).commitments[0]).toHaveLength(right);
    const twice = [2, 3, 3].map((to) => ({ id: node(to).id, index: to, seal: node(to).seal.publicKey }));
    expect(() => deal(1, held(1), { holders: twice })).toThrow(
      expect.objectContaining({ code: 'input-invalid' }),
    );
  });

  const open = (from: number, to: number, dealt: ReturnType<typeof deal>, changed: object = {}) =>
    openSubShares(backend, {
      ...context,
      dealer: { id: node(from).id, index: from, signPublicKey: node(from).validator.publicKey },
      holder: { id: node(to).id, index: to, seal: node(to).seal },
      count: 2,
      commitments: dealt.commitments,
      box: dealt.boxes.find(({ index }) => index === to)!.box,
      ...changed,
    }).shares;

  it('gives every new holder shares of the same scalars, whichever old ones deal', () => {
    for (const dealers of [
      [1, 2, 3],
      [4, 1, 3],
      // Coefficients that are no integers: 3/8, 15/8, -5/4.
      [5, 1, 3],
    ]) {
      const deals = dealers.map((from) => ({ from, ...deal(from) }));
      const commitments = joinCommitments(backend, deals);
      expect(commitments.map(([constant]) => constant)).toEqual(old.map(([constant]) => constant));
      const moved = NEW.map((index) => {
        const dealt = deals.map((one) => ({ from: one.from, shares: open(one.from, index, one) }));
        return { index, shares: joinDealtShares(backend, { index, commitments, dealt }) };
      });
      const three = moved.slice(1);
      const { numerators, denominator } = lagrangeAtZero(three.map(({ index }) => index));
      for (const [j, [secret]] of polynomials.entries()) {
        const sum = three.reduce(
          (total, one, i) => total + numerators[i]! * scalarFromBytes(one.shares[j]!),
          0n,
        );
        expect(reduceScalar(sum * invertScalar(denominator))).toBe(secret);
      }
    }
  });

  it('shows everybody a dealer that shares something else, or too little', () => {
    const judge = (from: number, commitments: readonly (readonly Uint8Array[])[]) =>
      isSubDealingOf(backend, old, { from, threshold, commitments });
    const { commitments } = deal(1);
    expect(judge(1, commitments)).toBe(true);
    expect(judge(2, commitments)).toBe(false);
    expect(judge(1, deal(1, held(2)).commitments)).toBe(false);
    expect(judge(1, [commitments[1]!, commitments[0]!])).toBe(false);
    expect(judge(1, commitments.slice(1))).toBe(false);
    expect(judge(1, commitments.slice(0, 1))).toBe(false);
    expect(judge(1, [])).toBe(false);
    // One that is right and one that is not.
    expect(judge(1, [commitments[0]!, deal(1, held(2)).commitments[1]!])).toBe(false);
    expect(
      judge(
        1,
        commitments.map((list) => list.slice(0, 2)),
      ),
    ).toBe(false);
    expect(
      judge(
        1,
        commitments.map(([constant]) => [constant!, constant!, new Uint8Array(32)]),
      ),
    ).toBe(false);
    expect(judge(1, [[], []])).toBe(false);
    expect(isSubDealingOf(backend, [[], []], { from: 1, threshold, commitments })).toBe(false);
  });

  it('shows a receiver a box that does not fit, and opens none elsewhere', () => {
    const [one, other] = [deal(1), deal(1)];
    expect(open(1, 2, one)).toHaveLength(2);
    const places = {
      'of another holder': { box: one.boxes[1]!.box },
      'of another dealing': { box: other.boxes[0]!.box },
      'of another grant': { owner: bytesOf('another grant') },
      'of another epoch': { epoch: 4 },
      'under another index': {
        dealer: { id: node(1).id, index: 2, signPublicKey: node(1).validator.publicKey },
      },
      'of another sender': {
        dealer: { id: node(1).id, index: 1, signPublicKey: node(2).validator.publicKey },
      },
      'for fewer scalars': { count: 1, commitments: one.commitments.slice(1) },
    };
    for (const [label, changed] of Object.entries(places))
      expect(() => open(1, 2, one, changed), label).toThrow(refused);
    // Without the commitments a false box opens, and what joins does not fit.
    const shares = open(1, 2, one, { box: other.boxes[0]!.box, commitments: undefined });
    const rest = [2, 3].map((from) => ({ from, ...deal(from) }));
    const commitments = joinCommitments(backend, [{ from: 1, ...one }, ...rest]);
    const honest = rest.map((sub) => ({ from: sub.from, shares: open(sub.from, 2, sub) }));
    const join = (mine: readonly Uint8Array[]) =>
      joinDealtShares(backend, { index: 2, commitments, dealt: [{ from: 1, shares: mine }, ...honest] });
    expect(() => join(shares)).toThrow(refused);
    expect(sharePublic(backend, commitments[0]!, 2)).toEqual(
      backend.group.multiplyBase(join(open(1, 2, one))[0]!),
    );
    expect(() => joinDealtShares(backend, { index: 2, commitments, dealt: honest })).toThrow(refused);
    expect(() => joinCommitments(backend, [])).toThrow(refused);
    expect(() => joinCommitments(backend, [rest[0]!, rest[0]!])).toThrow(refused);
    expect(() => joinCommitments(backend, [rest[0]!, { ...rest[1]!, commitments: [[], []] }])).toThrow(
      refused,
    );
    expect(() => deal(1, [])).toThrow(expect.objectContaining({ code: 'input-invalid' }));
  });
});

/** The rank of rows over the scalar field. */
function rankOf(rows: readonly (readonly bigint[])[]): number {
  const left = rows.map((row) => row.map(reduceScalar));
  let rank = 0;
  for (let column = 0; column < (left[0]?.length ?? 0); column++) {
    const at = left.findIndex((row, i) => i >= rank && row[column] !== 0n);
    if (at < 0) continue;
    [left[rank], left[at]] = [left[at]!, left[rank]!];
    const pivot = left[rank]!;
    const inverse = invertScalar(pivot[column]!);
    for (const [i, row] of left.entries()) {
      if (i === rank) continue;
      const factor = row[column]! * inverse;
      left[i] = row.map((value, k) => reduceScalar(value - factor * pivot[k]!));
    }
    rank += 1;
  }
  return rank;
}

describe('who colludes', () => {
  const [t, u] = [3, 4];
  const DEALERS = [1, 2, 3];
  const row = (entries: readonly (readonly [number, bigint])[]): bigint[] => {
    const made = Array.from({ length: t + DEALERS.length * (u - 1) }, () => 0n);
    for (const [k, value] of entries) made[k] = reduceScalar((made[k] ?? 0n) + value);
    return made;
  };
  /** Unknowns: the coefficients of f, then those of every g_i but g_i(0), which is f(i). */
  const shareOf = (i: number): (readonly [number, bigint])[] =>
    Array.from({ length: t }, (_, k) => [k, BigInt(i) ** BigInt(k)] as const);
  const higher = (dealer: number, k: number): number => t + (dealer - 1) * (u - 1) + (k - 1);
  const subShare = (dealer: number, j: number): bigint[] =>
    row([...shareOf(dealer), ...[1, 2, 3].map((k) => [higher(dealer, k), BigInt(j) ** BigInt(k)] as const)]);
  /** All that they have seen: old shares, every coefficient of their own dealings, every box that came to them. */
  const seenBy = (before: readonly number[], after: readonly number[]): bigint[][] => [
    ...before.map((i) => row(shareOf(i))),
    ...before
      .filter((i) => DEALERS.includes(i))
      .flatMap((i) => [1, 2, 3].map((k) => row([[higher(i, k), 1n]]))),
    ...DEALERS.flatMap((dealer) => after.map((j) => subShare(dealer, j))),
  ];
  const secret = row([[0, 1n]]);
  const learns = (before: readonly number[], after: readonly number[]): boolean => {
    const seen = seenBy(before, after);
    return rankOf([...seen, secret]) === rankOf(seen);
  };

  it('with t - 1 old holders and t - 1 new ones learns nothing: every secret fits what they saw', () => {
    expect(GROUP_ORDER > 2n ** 252n).toBe(true);
    for (const before of [
      [1, 2],
      [1, 4],
      [3, 4],
    ])
      for (const after of [
        [1, 2, 5],
        [3, 4, 5],
        [1, 2, 3],
      ])
        expect(learns(before, after)).toBe(false);
  });

  it('with t old holders, or t new ones, learns the secret: the drill can fail', () => {
    expect(learns([1, 2, 4], [])).toBe(true);
    expect(learns([], [1, 2, 3, 5])).toBe(true);
  });
});
