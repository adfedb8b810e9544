import { DOMAIN, hash, nobleBackend, toHex, uint32, type CommitmentLists } from '#crypto';
import { lockCommitmentOf, sealShareBox } from '../../../../crypto/grant/share-box.ts';
import { bytesOf, deterministic } from '../../../unit/crypto/cast.ts';
import { hexAll } from '../operations/fields.ts';
import { hexOf, plusOrder, type CaseList } from './case-list.ts';
import { HOLDERS, nodeJson, NODES } from './grants.ts';
import { dealt } from './resharings.ts';
import { noSealKey, pointOf, small } from './sharing-edges.ts';
import { must } from './sharings.ts';

const OWNER = bytesOf('vector deposit');
const EPOCH = 2;
const Z = bytesOf('vector z');
const ZERO = '00'.repeat(32);
const NO_ELEMENT = 'ff'.repeat(32);

/** Everything here is of small scalars: f_a = 2 + 3x, f_b = 4 + 5x; the deals of 1 and 2 are 5 + 7x, 9 + 8x and 8 + 6x, 14 + 9x. */
const line = (constant: bigint, slope: bigint): Uint8Array[] => [pointOf(constant), pointOf(slope)];
const OLD = [line(2n, 3n), line(4n, 5n)];
const FIRST = [line(5n, 7n), line(9n, 8n)];
const SECOND = [line(8n, 6n), line(14n, 9n)];
const SUBS = [
  { from: 1, commitments: FIRST.map(hexAll) },
  { from: 2, commitments: SECOND.map(hexAll) },
] as const;
/** At 3: of the first 26 and 33, of the second 26 and 41; joined 2 * first - second = 26 and 25. */
const DEALT = [
  { from: 1, shares: hexAll([26n, 33n].map(small)) },
  { from: 2, shares: hexAll([26n, 41n].map(small)) },
] as const;

/** Refusals of "Re-sharing over nodes" that each fit in all else. */
export function addResharingEdges(list: CaseList): void {
  dealEdges(list);
  judgeEdges(list);
  openEdges(list);
  commitmentEdges(list);
  dealtEdges(list);
}

function dealEdges(list: CaseList): void {
  const { input } = dealt(0);
  const of = { ...input, z: toHex(Z) };
  const last = (change: object) => HOLDERS.map((one, i) => (i === 3 ? { ...one, ...change } : one));
  list.ok('sub-shares-deal', 'of a grant, to any one', { ...input, threshold: 1 });
  const [share] = input.shares;
  const wrong: Record<string, object> = {
    'an institution under two indices': { ...input, holders: last({ id: HOLDERS[0]?.id }) },
    'an index twice': { ...input, holders: last({ index: 1 }) },
    'an index of zero': { ...input, holders: last({ index: 0 }) },
    'an index of 256': { ...input, holders: last({ index: 256 }) },
    'an id of 31 bytes': { ...input, holders: last({ id: hexOf('short').slice(2) }) },
    'a threshold of zero': { ...input, threshold: 0 },
    'a threshold of one, of a sharing': { ...of, threshold: 1 },
    'three scalars, of a sharing': { ...of, shares: [share, share, share], random: [...of.random, ...of.random] },
    'z of 31 bytes': { ...of, z: toHex(Z.slice(1)) },
    'a dealer with the index zero': { ...input, dealer: { ...input.dealer, index: 0 } },
    'a dealer with the index 256': { ...input, dealer: { ...input.dealer, index: 256 } },
    'an epoch of 2^32': { ...input, epoch: 2 ** 32 },
    'an owner of 31 bytes': { ...input, owner: input.owner.slice(2) },
  };
  for (const [label, change] of Object.entries(wrong)) list.bad('sub-shares-deal', label, change, 'input-invalid');
  const noCanonical = { ...input, shares: [toHex(plusOrder(small(3n), 0))] };
  list.bad('sub-shares-deal', 'a share that is not canonical', noCanonical, 'scalar-invalid');
  const holders = last({ seal: noSealKey(HOLDERS[3]?.seal ?? '') });
  list.bad('sub-shares-deal', 'a key that nobody can have', { ...input, holders }, 'key-invalid');
}

function judgeEdges(list: CaseList): void {
  const judged = { old: OLD.map(hexAll), from: 1, threshold: 2, commitments: FIRST.map(hexAll) };
  const [a, b] = [must(judged.commitments[0]), must(judged.commitments[1])];
  list.is('sub-dealing-verify', 'small scalars', judged, true);
  const wrong: Record<string, object> = {
    'the last list missing': { commitments: [a] },
    'a list more than before': { commitments: [a, b, b] },
    'no list, of no list': { old: [], commitments: [] },
    'a constant of another share in the last list': { commitments: [a, [must(a[0]), must(b[1])]] },
    'a later commitment that is the identity': { commitments: [a, [must(b[0]), ZERO]] },
    'a later commitment that is no element': { commitments: [a, [must(b[0]), NO_ELEMENT]] },
    'a commitment fewer in the last list': { commitments: [a, b.slice(0, 1)] },
    'a commitment more in the last list': { commitments: [a, [...b, must(b[1])]] },
    'of the index zero, the secrets themselves': { from: 0, commitments: [line(2n, 7n), line(4n, 8n)].map(hexAll) },
    'of the index 256': { from: 256, commitments: [line(770n, 7n), line(1284n, 8n)].map(hexAll) },
    'old commitments that are no elements': { old: [must(judged.old[0]), [must(judged.old[1]?.[0]), NO_ELEMENT]] },
  };
  for (const [label, change] of Object.entries(wrong))
    list.is('sub-dealing-verify', label, { ...judged, ...change }, false);
}

/** Of holder 1 to the third of now, in a box that it sealed, of these scalars under these commitments. */
function openEdges(list: CaseList): void {
  const [dealer, holder] = [must(NODES[0]), must(NODES[2])];
  const opened = (
    commitments: CommitmentLists,
    shares: readonly Uint8Array[],
    { z, index = 3 }: { z?: Uint8Array; index?: number } = {},
  ) => {
    const box = sealShareBox(deterministic(nobleBackend, `dealt ${shares.length} ${index}`), {
      sender: { id: dealer.id, secretKey: dealer.validator.secretKey },
      recipientSeal: holder.seal.publicKey,
      context: hash(DOMAIN.resharing, OWNER, uint32(EPOCH), dealer.id, uint32(1), holder.id, uint32(index)),
      part: { shares, lock: z ?? new Uint8Array(0) },
    });
    return {
      owner: toHex(OWNER),
      epoch: EPOCH,
      dealer: { id: toHex(dealer.id), index: 1, sign: toHex(dealer.validator.publicKey) },
      holder: { ...nodeJson(2), index },
      count: commitments.length,
      commitments: commitments.map(hexAll),
      ...(z === undefined ? {} : { lock: toHex(lockCommitmentOf(OWNER, z)) }),
      box: toHex(box),
    };
  };
  const [a, b] = [must(FIRST[0]), must(FIRST[1])];
  const [x, y] = [small(26n), small(33n)];
  const of = { z: Z };
  const { lock: _lock, ...unlocked } = opened(FIRST, [x, y], of);
  list.is('sub-shares-open', 'small scalars', opened(FIRST, [x, y]), hexAll([x, y]));
  list.is('sub-shares-open', 'small scalars of a sharing', opened(FIRST, [x, y], of), hexAll([x, y, Z]));
  list.ok('sub-shares-open', 'of a grant that any one opens', opened([[pointOf(5n)]], [small(5n)]));
  const five = small(5n);
  const wrong: Record<string, object> = {
    'sealed with another share of the first scalar': opened(FIRST, [y, y]),
    'sealed with another share of the last scalar': opened(FIRST, [x, x]),
    'sealed with a share that is not canonical': opened(FIRST, [x, plusOrder(y, 0)]),
    'sealed with a share that is zero, as committed': opened([a, line(-6n, 2n)], [x, small(0n)]),
    'sealed with 32 bytes more': opened(FIRST, [x, y, y]),
    'sealed with a scalar fewer': opened(FIRST, [x]),
    'the last scalar fewer in count and commitments': { ...opened(FIRST, [x, y]), count: 1, commitments: [hexAll(a)] },
    'a list of commitments fewer than scalars': { ...opened(FIRST, [x, y]), commitments: [hexAll(a)] },
    'a list of commitments more than scalars': { ...opened([a], [x]), commitments: [a, b].map(hexAll) },
    'no z although the ledger has its hash': { ...opened(FIRST, [x, y]), lock: toHex(lockCommitmentOf(OWNER, Z)) },
    'z although the ledger has no hash': unlocked,
    'sealed with another z': { ...opened(FIRST, [x, y], of), lock: toHex(lockCommitmentOf(OWNER, bytesOf('x'))) },
    'a threshold of one, of a sharing': opened([[pointOf(5n)], [pointOf(5n)]], [five, five], of),
    'lists of two lengths, of a sharing': opened([a, [pointOf(5n)]], [x, five], of),
    'three scalars, of a sharing': opened([a, b, b], [x, y, y], of),
    'the index zero, with the shares of the dealer': opened(FIRST, [small(5n), small(9n)], { index: 0 }),
    'the index 256': opened(FIRST, [small(1797n), small(2057n)], { index: 256 }),
  };
  for (const [label, input] of Object.entries(wrong)) list.bad('sub-shares-open', label, input, 'share-invalid');
}

function commitmentEdges(list: CaseList): void {
  const [one, two] = SUBS;
  const joined = [line(2n, 8n), line(4n, 7n)].map(hexAll);
  list.is('commitments-join', 'small scalars', { subs: SUBS }, joined);
  list.is('commitments-join', 'the other way round', { subs: SUBS.toReversed() }, joined);
  const [a, b] = two.commitments;
  const last = (commitments: unknown) => ({ subs: [one, { ...two, commitments }] });
  const first = (commitments: unknown) => ({ subs: [{ ...one, commitments }, two] });
  const [c, d] = one.commitments;
  const wrong: Record<string, object> = {
    'two deals of one dealer': { subs: [one, { ...two, from: 1 }] },
    'of the index zero': { subs: [{ ...one, from: 0 }, two] },
    'of the index 256': { subs: [one, { ...two, from: 256 }] },
    'a list fewer in the last': last([a]),
    'a list more in the last': last([a, b, b]),
    'a commitment fewer in the last': last([a, b?.slice(0, 1)]),
    'a commitment more in the last': last([a, [...must(b), NO_ELEMENT]]),
    'a list fewer in the first': first([c]),
    'a list of the first that is shorter, and so in the last': {
      subs: [{ ...one, commitments: [c, d?.slice(0, 1)] }, { ...two, commitments: [a, b?.slice(0, 1)] }],
    },
    'a commitment that is the identity': last([a, [must(b?.[0]), ZERO]]),
    'a commitment that is no element': last([a, [must(b?.[0]), NO_ELEMENT]]),
    'no lists': { subs: SUBS.map(({ from }) => ({ from, commitments: [] })) },
    'empty lists': { subs: SUBS.map(({ from }) => ({ from, commitments: [[], []] })) },
  };
  for (const [label, input] of Object.entries(wrong)) list.bad('commitments-join', label, input, 'share-invalid');
}

function dealtEdges(list: CaseList): void {
  const of = { index: 3, subs: SUBS, dealt: DEALT };
  const [one, two] = DEALT;
  list.is('dealt-shares-join', 'small scalars', of, hexAll([26n, 25n].map(small)));
  list.is('dealt-shares-join', 'the other way round', { ...of, dealt: DEALT.toReversed() }, hexAll([26n, 25n].map(small)));
  const last = (shares: unknown) => ({ ...of, dealt: [one, { ...two, shares }] });
  const [x, y] = two.shares;
  const plain = (...lines: Uint8Array[][]) => lines.map((each, i) => ({ from: i + 1, commitments: [hexAll(each)] }));
  const wrong: Record<string, object> = {
    'another share of the first scalar': last([y, y]),
    'another share of the last scalar': last([x, x]),
    'a share fewer': last([x]),
    'a share more': last([x, y, y]),
    'a share that is not canonical': last([x, toHex(plusOrder(small(41n), 0))]),
    'the shares of one dealer twice': { ...of, dealt: [one, two, two] },
    'of a dealer that dealt nothing': { ...of, dealt: [one, { ...two, from: 4 }] },
    'of nobody': { ...of, dealt: [] },
    'the index zero, with the constants': {
      ...of,
      index: 0,
      dealt: [
        { from: 1, shares: hexAll([5n, 9n].map(small)) },
        { from: 2, shares: hexAll([8n, 14n].map(small)) },
      ],
    },
    'the index 256': {
      ...of,
      index: 256,
      dealt: [
        { from: 1, shares: hexAll([1797n, 2057n].map(small)) },
        { from: 2, shares: hexAll([1544n, 2318n].map(small)) },
      ],
    },
    // 2 * 6 - 12 = 0, and every sub-share fits its deal.
    'a share that comes out as zero': {
      index: 5,
      subs: plain(line(1n, 1n), line(2n, 2n)),
      dealt: [6n, 12n].map((share, i) => ({ from: i + 1, shares: [toHex(small(share))] })),
    },
  };
  for (const [label, input] of Object.entries(wrong)) list.bad('dealt-shares-join', label, input, 'share-invalid');
}
