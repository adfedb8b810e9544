import {
  convert,
  dealSubShares,
  decode,
  DOMAIN,
  emergencySecret,
  encode,
  hash,
  joinCommitments,
  joinDealtShares,
  linkOf,
  nobleBackend,
  openBox,
  openSubShares,
  sealBox,
  toHex,
  uint32,
  type HeldPart,
} from '#crypto';
import { lockCommitmentOf } from '../../../../crypto/grant/share-box.ts';
import { releaseConversionContext } from '../../../../crypto/sharing/release.ts';
import { bytesOf, CHAIN, deterministic } from '../../../unit/crypto/cast.ts';
import { openingOf, sealedOf } from '../../../unit/crypto/sharing-forgery.ts';
import { hexOf, plusOrder, type CaseList } from './case-list.ts';
import { DELEGATE, NODES } from './grants.ts';
import { draws, noSealKey, pointOf, small } from './sharing-edges.ts';
import { CAPSULES, EMERGENCY, example, must, NAME, releaseOf, type Example } from './sharings.ts';

const ACCESS = bytesOf('vector access');
const EPOCH = 3;
type Released = ReturnType<typeof releaseOf>;
type Plain = Record<string, unknown>;

const contextOf = ({ sharing }: Example) => ({
  chainId: CHAIN,
  sharingId: sharing.id,
  requester: DELEGATE.id,
  accessId: ACCESS,
  height: 9,
});

/** The release of holder 1 with another plaintext, in a box that it sealed itself. */
function rewritten(of: Example, { open }: Released, change: (plain: Plain) => unknown, index = 1) {
  const { chainId, sharingId, requester, accessId } = contextOf(of);
  const { id, validator } = must(NODES[0]);
  const context = (i: number) =>
    hash(DOMAIN.sharingRelease, chainId, sharingId, requester, accessId, id, uint32(i));
  const opened = openBox(nobleBackend, {
    senderPublicKey: validator.publicKey,
    senderId: id,
    recipient: DELEGATE.seal,
    context: context(1),
    box: Uint8Array.from(Buffer.from(open.box, 'hex')),
  });
  const box = sealBox(deterministic(nobleBackend, 'rewritten'), {
    sender: { id, secretKey: validator.secretKey },
    recipientSeal: DELEGATE.seal.publicKey,
    context: context(index),
    plaintext: encode(change(decode(opened, 65_536) as Plain)),
  });
  return { ...open, holder: { ...open.holder, index }, box: toHex(box) };
}

const conversionsFor = (of: Example, share: Uint8Array, capsules: typeof CAPSULES, index = 1) =>
  capsules.map((capsule) => {
    const context = releaseConversionContext(contextOf(of), capsule);
    const backend = deterministic(nobleBackend, 'conversion');
    const { point, proof } = convert(backend, { share, E: capsule.E, index, context });
    return { point, proof };
  });

const repeated = (list: unknown): unknown[] => Array.from({ length: 257 }, () => list).flat();

/** Refusals of releases that each fit in all else. */
export function addReleaseEdges(list: CaseList): void {
  const emergency = example('emergency', emergencySecret(EMERGENCY), 3);
  const recovery = example('recovery', { bytes: bytesOf('vector root') }, 2);
  openEdges(list, emergency);
  recoveryEdges(list, emergency, recovery);
  joinEdges(list, emergency, recovery);
  sealEdges(list, emergency);
}

function openEdges(list: CaseList, emergency: Example): void {
  const { commitments } = emergency.sharing;
  const { shares, lock } = must(emergency.parts[0]);
  const [ofR, ofB] = [must(shares[0]), must(shares[1])];
  const theirs = must(emergency.parts[1]).shares;
  const of = (part: HeldPart, capsules = CAPSULES) =>
    releaseOf('edge', emergency, { i: 0, part, commitments }, capsules);
  const honest = of({ shares, lock });
  const change = (by: (plain: Plain) => unknown, index?: number) => rewritten(emergency, honest, by, index);
  const one = must(CAPSULES[0]);
  const single = of({ shares, lock }, [one]);
  const long = sealedOf(emergency.sharing.id, openingOf(emergency.parts.slice(0, 3)), new Uint8Array(1025));
  const short = lock.slice(1);
  const tiny = releaseOf('tiny', emergency, { i: 0, part: { shares: [bytesOf('2').fill(0).fill(5, 0, 1), ofB], lock }, commitments: [[pointOf(2n), pointOf(3n)], must(commitments[1])] }, []).open;
  const wrong: Record<string, object> = {
    'sealed with another share of r': of({ shares: [must(theirs[0]), ofB], lock }).open,
    'sealed with another share of r, for no capsule': of({ shares: [must(theirs[0]), ofB], lock }, []).open,
    'sealed with conversions by another share than that of b': of({ shares: [ofR, must(theirs[1])], lock }).open,
    'sealed with conversions by the share of r': of({ shares: [ofR, ofR], lock }).open,
    'sealed with another z': of({ shares, lock: bytesOf('x') }).open,
    'a share that is not canonical': change((plain) => ({ ...plain, share: plusOrder(ofR, 0) })),
    'a share of 33 bytes': change((plain) => ({ ...plain, share: Uint8Array.from([...ofR, 0]) })),
    'z of 31 bytes, as its hash is on the ledger': {
      ...change((plain) => ({ ...plain, lock: short })),
      lock: toHex(lockCommitmentOf(emergency.sharing.id, short)),
    },
    'a sealed block of 1073 bytes, as linked': {
      ...change((plain) => ({ ...plain, sealed: long })),
      sealed: linkOf('raw', long).toString(),
    },
    'a field more': change((plain) => ({ ...plain, more: 1 })),
    'a field more in a conversion': change((plain) => ({
      ...plain,
      conversions: (plain['conversions'] as Plain[]).map((each) => ({ ...each, more: 1 })),
    })),
    'conversions that are no list': rewritten(emergency, of({ shares, lock }, []), (plain) => ({ ...plain, conversions: {} })),
    'a conversion more than capsules': { ...honest.open, capsules: honest.open.capsules.slice(0, 1) },
    'a capsule more than conversions': { ...single.open, capsules: honest.open.capsules },
    '257 capsules': {
      ...rewritten(emergency, single, (plain) => ({ ...plain, conversions: repeated(plain['conversions']) })),
      capsules: repeated(single.open.capsules),
    },
    'an index of zero, with r itself': (() => {
      const { r } = openingOf(emergency.parts.slice(0, 3));
      const none = of({ shares, lock }, []);
      return rewritten(emergency, none, (plain) => ({ ...plain, share: r }), 0);
    })(),
    'lists of two lengths': tiny,
  };
  for (const [label, input] of Object.entries(wrong)) list.bad('release-open', label, input, 'share-invalid');
  // The issuer chose the link, so its codec is held against no holder.
  const sealed = linkOf('dag-cbor', emergency.made.sealed).toString();
  list.ok('release-open', 'a link of dag-cbor to the sealed block', { ...honest.open, sealed });
}

function recoveryEdges(list: CaseList, emergency: Example, recovery: Example): void {
  const { commitments } = recovery.sharing;
  const part = must(recovery.parts[0]);
  const [share] = part.shares;
  const honest = releaseOf('recovery edge', recovery, { i: 0, part, commitments }, []);
  const [one] = CAPSULES;
  const conversions = conversionsFor(recovery, must(share), [must(one)]);
  const both = rewritten(recovery, honest, (plain) => ({ ...plain, conversions }));
  const { capsules } = releaseOf('edge', emergency, { i: 0, part: must(emergency.parts[0]), commitments: emergency.sharing.commitments }, [must(one)]).open;
  list.bad('release-open', 'a recovery with a capsule', { ...both, capsules }, 'share-invalid');
  list.bad('release-open', 'a recovery with a conversion for no capsule', both, 'share-invalid');
}

/** Releases that are each right and do not join. */
function joinEdges(list: CaseList, emergency: Example, recovery: Example): void {
  const { commitments } = emergency.sharing;
  const [one, two, three] = [0, 1, 2].map((i) => releaseOf('emergency', emergency, { i, part: must(emergency.parts[i]), commitments }, CAPSULES).open);
  const other = (change: Parameters<typeof releaseOf>[4], capsules = CAPSULES) =>
    releaseOf('other', emergency, { i: 2, part: must(emergency.parts[2]), commitments }, capsules, change).open;
  const fourth = releaseOf('emergency', emergency, { i: 3, part: must(emergency.parts[3]), commitments }, CAPSULES).open;
  const empty = [0, 1, 2].map((i) => releaseOf('none', emergency, { i, part: must(emergency.parts[i]), commitments }, []).open);
  // By 2 + 3x + 5x^2 in the place of b: 56 at 3.
  const part = { ...must(emergency.parts[2]), shares: [must(emergency.parts[2]?.shares[0]), small(56n)] };
  const otherB = [must(commitments[0]), [2n, 3n, 5n].map(pointOf)];
  const ofOtherB = releaseOf('other b', emergency, { i: 2, part, commitments: otherB }, CAPSULES).open;
  const combine: Record<string, readonly unknown[]> = {
    none: [],
    'more than t': [one, two, three, fourth],
    'capsules of one in another order, each right': [one, two, other({}, CAPSULES.toReversed())],
    'capsules of the first in another order, each right': [other({}, CAPSULES.toReversed()), one, two],
    'one of a capsule fewer, each right': [one, two, other({}, CAPSULES.slice(0, 1))],
    'of two accesses, each right': [one, two, other({ accessId: bytesOf('another access') })],
    'of two heights, each right': [one, two, other({ height: 10 })],
    'of two chains, each right': [one, two, other({ chainId: bytesOf('another chain') })],
    'of two generations, each right': generations(emergency),
    'of two lists of b, each right': [one, two, ofOtherB],
  };
  for (const [label, releases] of Object.entries(combine))
    list.bad('releases-combine', label, { releases, name: NAME }, 'share-invalid');
  const opening = openingOf(emergency.parts.slice(0, 3));
  for (const length of [32, 63, 65]) {
    const sealed = sealedOf(emergency.sharing.id, opening, new Uint8Array(length));
    const made = { ...emergency, made: { ...emergency.made, sealed } };
    const releases = [0, 1, 2].map((i) => releaseOf(`of ${length}`, made, { i, part: must(made.parts[i]), commitments }, []).open);
    list.bad('releases-combine', `an emergency that ${length} bytes were sealed for`, { releases, name: NAME }, 'share-invalid');
  }
  // What t - 1 shares join to is not r; an issuer may seal under it all the same.
  const early = sealedOf(emergency.sharing.id, openingOf(emergency.parts.slice(0, 2)), new Uint8Array(64));
  const made = { ...emergency, made: { ...emergency.made, sealed: early } };
  const few = [0, 1].map((i) => releaseOf('few', made, { i, part: must(made.parts[i]), commitments }, []).open);
  list.bad('releases-combine', 'too few, who open the block', { releases: few, name: NAME }, 'share-invalid');
  list.bad('releases-join', 'of an emergency', { releases: empty }, 'share-invalid');
  recoveryJoins(list, recovery);
}

function recoveryJoins(list: CaseList, recovery: Example): void {
  const { commitments, id } = recovery.sharing;
  const opening = openingOf(recovery.parts.slice(0, 2));
  const sealed = sealedOf(id, opening, bytesOf('another root'));
  const linked = { ...recovery, made: { ...recovery.made, sealed } };
  const z = bytesOf('another z');
  const alone = sealedOf(id, openingOf(recovery.parts.slice(0, 1)), bytesOf('vector root'));
  const early = { ...recovery, made: { ...recovery.made, sealed: alone } };
  const locked = { ...recovery, made: { ...recovery.made, lock: lockCommitmentOf(id, z) } };
  const of = (from: Example, i: number, part = must(from.parts[i])) =>
    releaseOf('recovery', from, { i, part, commitments }, []).open;
  const [one, two, three] = [0, 1, 2].map((i) => of(recovery, i));
  const wrong: Record<string, readonly unknown[]> = {
    none: [],
    'too few, who open the block': [of(early, 0)],
    'one twice': [one, one],
    'more than t': [one, two, three],
    'of two sealed blocks, each right': [one, of(linked, 1)],
    'of two locks, each right': [one, of(locked, 1, { ...must(recovery.parts[1]), lock: z })],
  };
  for (const [label, releases] of Object.entries(wrong))
    list.bad('releases-join', label, { releases }, 'share-invalid');
}

/** Two releases by the commitments of before and one by those of after a re-sharing to the same threshold. */
function generations(emergency: Example): readonly unknown[] {
  const { sharing, parts } = emergency;
  const all = NODES.map((node, i) => ({ node, index: i + 1 }));
  const deals = all.slice(0, 3).map(({ node, index }, i) => ({
    from: index,
    node,
    ...dealSubShares(deterministic(nobleBackend, `generation ${i}`), {
      owner: sharing.id,
      epoch: EPOCH,
      dealer: { id: node.id, index, secretKey: node.validator.secretKey },
      ...must(parts[i]),
      threshold: 3,
      holders: all.map((one) => ({ id: one.node.id, index: one.index, seal: one.node.seal.publicKey })),
    }),
  }));
  const commitments = joinCommitments(nobleBackend, deals);
  const holder = must(NODES[2]);
  const dealt = deals.map(({ from, node, boxes }) => ({
    from,
    ...openSubShares(nobleBackend, {
      owner: sharing.id,
      epoch: EPOCH,
      dealer: { id: node.id, index: from, signPublicKey: node.validator.publicKey },
      holder: { id: holder.id, index: 3, seal: holder.seal },
      count: 2,
      lock: sharing.lock,
      box: must(boxes[2]).box,
    }),
  }));
  const shares = joinDealtShares(nobleBackend, { index: 3, commitments, dealt });
  const after = releaseOf('generation', emergency, { i: 2, part: { shares, lock: must(dealt[0]).lock }, commitments }, CAPSULES);
  const before = [0, 1].map((i) => releaseOf('emergency', emergency, { i, part: must(parts[i]), commitments: sharing.commitments }, CAPSULES));
  return [...before, after].map(({ open }) => open);
}

function sealEdges(list: CaseList, emergency: Example): void {
  const { commitments } = emergency.sharing;
  const { seal } = releaseOf('edge', emergency, { i: 0, part: must(emergency.parts[0]), commitments }, CAPSULES);
  const [ofR, ofB] = seal.shares;
  const none = { capsules: [], random: seal.random.slice(-1) };
  const many = Array.from({ length: 257 }, () => must(seal.capsules[0]));
  const zero = '00'.repeat(32);
  const wrong: readonly (readonly [label: string, change: object, code: string])[] = [
    ['three shares', { ...none, shares: [ofR, ofB, ofR] }, 'input-invalid'],
    ['an index of zero', { ...none, holder: { ...seal.holder, index: 0 } }, 'input-invalid'],
    ['an index of 256', { ...none, holder: { ...seal.holder, index: 256 } }, 'input-invalid'],
    ['z of 31 bytes', { z: seal.z.slice(2) }, 'input-invalid'],
    ['257 capsules', { capsules: many, random: draws('257', [...many.map(() => 32), 64]) }, 'input-invalid'],
    ['a share of r that is zero', { shares: [zero, ofB] }, 'scalar-invalid'],
    ['a share of b that is zero, for no capsule', { ...none, shares: [ofR, zero] }, 'scalar-invalid'],
    ['a share of r that is not canonical', { shares: [toHex(plusOrder(must(emergency.parts[0]?.shares[0]), 0)), ofB] }, 'scalar-invalid'],
    ['a capsule that is the identity', { capsules: [{ ...must(seal.capsules[0]), E: zero }] }, 'point-invalid'],
    ['a capsule that is no element', { capsules: [{ ...must(seal.capsules[0]), E: hexOf('x').replace(/..$/, 'ff') }] }, 'point-invalid'],
    ['a key that nobody can have', { requesterSeal: noSealKey(seal.requesterSeal) }, 'key-invalid'],
  ];
  for (const [label, change, code] of wrong) list.bad('release-seal', label, { ...seal, ...change }, code);
}
