import {
  createSharing,
  dealSubShares,
  derivePersonKeys,
  emergencySecret,
  joinCommitments,
  joinDealtShares,
  linkOf,
  nobleBackend,
  openPart,
  openSubShares,
  sealRelease,
  toHex,
  type CommitmentLists,
  type HeldPart,
  type ReleaseContext,
  type SharedSecret,
} from '#crypto';
import { maskOf, type Opening } from '../../../../crypto/sharing/deposit.ts';
import { bytesOf, CHAIN, deterministic } from '../../../unit/crypto/cast.ts';
import { openingOf } from '../../../unit/crypto/sharing-forgery.ts';
import { drawsOf, hexAll } from '../operations/fields.ts';
import { CaseList, flipped, hexOf } from './case-list.ts';
import { DELEGATE, HOLDERS, ISSUER, ISSUER_JSON, NODES, nodeJson } from './grants.ts';
import { compartmentNamed } from './records.ts';

export const EMERGENCY = compartmentNamed({ category: 'emergency', period: 'all' });
export const NAME = { category: 'emergency', generation: 0, period: 'all' };
const STRANGER = derivePersonKeys(nobleBackend, bytesOf('vector stranger'));
const EPOCH = 1;
export const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('absent');
  return value;
};

/** One sharing among the four nodes, and the parts of all. */
export function example(label: string, secret: SharedSecret, threshold: number) {
  const nonce = bytesOf(`nonce ${label}`).slice(0, 16);
  const make = (backend: typeof nobleBackend) =>
    createSharing(backend, {
      issuer: ISSUER,
      patient: bytesOf('vector patient'),
      secret,
      threshold,
      holders: NODES.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey })),
      nonce,
    });
  const made = make(deterministic(nobleBackend, label));
  const sharing = { id: made.sharingId, commitments: made.commitments, lock: made.lock };
  const input = {
    issuerRoot: toHex(ISSUER.root),
    patient: hexOf('vector patient'),
    ...(secret.scalar === undefined ? {} : { scalar: toHex(secret.scalar) }),
    bytes: toHex(secret.bytes),
    threshold,
    holders: HOLDERS,
    nonce: toHex(nonce),
    random: drawsOf(deterministic(nobleBackend, label), make),
  };
  const issuer = { id: ISSUER.id, signPublicKey: ISSUER.sign.publicKey };
  const parts = NODES.map((holder, i) =>
    openPart(nobleBackend, { holder, index: i + 1, issuer, sharing, box: must(made.boxes[i]).box }),
  );
  return { made, sharing, input, parts };
}
export type Example = ReturnType<typeof example>;

export const CAPSULES = [0, 1].map((slot) => ({
  E: nobleBackend.group.multiplyBase(bytesOf(`r ${slot}`).map((byte, i) => (i === 31 ? 1 : byte))),
  recordId: bytesOf(`emergency record ${slot}`),
  slot,
}));

/** What the holder at `i` releases of its shares, and how it is opened under these commitments. */
export function releaseOf(
  label: string,
  { made, sharing }: Example,
  held: { readonly i: number; readonly part: HeldPart; readonly commitments: CommitmentLists },
  capsules: typeof CAPSULES,
  change: Partial<Pick<ReleaseContext, 'chainId' | 'accessId' | 'height'>> = {},
) {
  const node = must(NODES[held.i]);
  const index = held.i + 1;
  const asked = { chainId: CHAIN, accessId: bytesOf('vector access'), height: 9, ...change };
  const context: ReleaseContext = { ...asked, sharingId: sharing.id, requester: DELEGATE.id };
  const make = (backend: typeof nobleBackend) =>
    sealRelease(backend, {
      holder: { id: node.id, index, secretKey: node.validator.secretKey },
      part: held.part,
      sealed: made.sealed,
      context,
      requesterSeal: DELEGATE.seal.publicKey,
      capsules,
    });
  const source = `${label} release ${held.i}`;
  const request = {
    context: {
      chain: toHex(context.chainId),
      sharingId: toHex(sharing.id),
      requester: toHex(DELEGATE.id),
      access: toHex(context.accessId),
      height: context.height,
    },
    capsules: capsules.map(({ E, recordId, slot }) => ({ E: toHex(E), record: toHex(recordId), slot })),
  };
  const seal = {
    holder: { id: toHex(node.id), index, signSecret: toHex(node.validator.secretKey) },
    shares: hexAll(held.part.shares),
    z: toHex(held.part.lock),
    sealed: toHex(made.sealed),
    ...request,
    requesterSeal: toHex(DELEGATE.seal.publicKey),
    random: drawsOf(deterministic(nobleBackend, source), make),
  };
  const open = {
    requesterSealSeed: toHex(DELEGATE.seal.secretKey),
    holder: { id: toHex(node.id), sign: toHex(node.validator.publicKey), index },
    ...request,
    commitments: held.commitments.map(hexAll),
    lock: toHex(made.lock),
    sealed: linkOf('raw', made.sealed).toString(),
    box: toHex(make(deterministic(nobleBackend, source))),
  };
  return { seal, open };
}

export function sharingCases(): CaseList {
  const list = new CaseList('sharing');
  const emergency = example('emergency', emergencySecret(EMERGENCY), 3);
  const recovery = example('recovery', { bytes: bytesOf('vector root') }, 2);
  createCases(list, emergency, recovery);
  partCases(list, emergency);
  sealedCases(list, emergency, recovery);
  const { commitments } = emergency.sharing;
  const releases = emergency.parts.map((part, i) =>
    releaseOf('emergency', emergency, { i, part, commitments }, CAPSULES),
  );
  releaseCases(list, releases);
  const [first, second, third, fourth] = releases.map(({ open }) => open);
  const elements = CAPSULES.map(({ E }) => toHex(nobleBackend.group.multiply(EMERGENCY.a, E)));
  const { A, kappa, ix } = EMERGENCY;
  const result = { A: toHex(A), kappa: toHex(kappa), ix: toHex(ix), elements };
  list.is('releases-combine', 'holders 1, 2, 3', { releases: [first, second, third], name: NAME }, result);
  list.is('releases-combine', 'holders 4, 1, 3', { releases: [fourth, first, third], name: NAME }, result);
  list.bad('releases-combine', 'too few', { releases: [first, second], name: NAME }, 'share-invalid');
  list.bad('releases-combine', 'one twice', { releases: [first, first, second], name: NAME }, 'share-invalid');
  const [one, two] = recovery.parts.map(
    (part, i) =>
      releaseOf('recovery', recovery, { i, part, commitments: recovery.sharing.commitments }, []).open,
  );
  list.is('releases-join', 'a root', { releases: [two, one] }, hexOf('vector root'));
  list.bad('releases-join', 'too few', { releases: [one] }, 'share-invalid');
  const plain = example('recovery of 64 bytes', { bytes: emergencySecret(EMERGENCY).bytes }, 2);
  const both = plain.parts
    .slice(0, 2)
    .map((part, i) => releaseOf('plain', plain, { i, part, commitments: plain.sharing.commitments }, []).open);
  list.ok('releases-join', '64 bytes', { releases: both });
  list.bad('releases-combine', 'a sharing without a scalar', { releases: both, name: NAME }, 'share-invalid');
  movedCases(list, emergency, result);
  return list;
}

function createCases(list: CaseList, { input }: Example, recovery: Example): void {
  list.ok('sharing-create', 'emergency access, three of four', input);
  list.ok('sharing-create', 'recovery, two of four', recovery.input);
  const wrong: Record<string, object> = {
    'a threshold of one': { threshold: 1 },
    'a threshold above the number of holders': { threshold: 5 },
    'an index twice': { holders: HOLDERS.map((one, i) => (i === 3 ? { ...one, index: 1 } : one)) },
    'an index of zero': { holders: HOLDERS.map((one, i) => ({ ...one, index: i })) },
    'an emergency of 63 bytes': { bytes: input.bytes.slice(2) },
    'an emergency of 65 bytes': { bytes: `${input.bytes}00` },
    'a short nonce': { nonce: '00' },
  };
  for (const [label, change] of Object.entries(wrong))
    list.bad('sharing-create', label, { ...input, ...change }, 'input-invalid');
  list.bad('sharing-create', 'no bytes', { ...recovery.input, bytes: '' }, 'input-invalid');
  list.bad('sharing-create', 'more than 1024 bytes', { ...recovery.input, bytes: '00'.repeat(1025) }, 'input-invalid');
  list.bad('sharing-create', 'a scalar of zero', { ...input, scalar: '00'.repeat(32) }, 'scalar-invalid');
}

function partCases(list: CaseList, { made, sharing }: Example): void {
  const part = {
    holder: nodeJson(0),
    index: 1,
    issuer: ISSUER_JSON,
    sharingId: toHex(sharing.id),
    commitments: sharing.commitments.map(hexAll),
    lock: toHex(sharing.lock),
    box: toHex(must(made.boxes[0]).box),
  };
  list.ok('part-open', 'the first holder', part);
  const changes: Record<string, object> = {
    'another holder': { holder: nodeJson(1) },
    'another index': { index: 2 },
    'another issuer': { issuer: { id: toHex(STRANGER.id), sign: toHex(STRANGER.sign.publicKey) } },
    'another sharing': { sharingId: hexOf('x') },
    'the commitments the other way round': { commitments: part.commitments.toReversed() },
    'another lock': { lock: hexOf('x') },
    'the commitments of r alone': { commitments: part.commitments.slice(0, 1) },
    'a lower threshold': { commitments: part.commitments.map((one) => one.slice(0, 2)) },
    'the box of another holder': { box: toHex(must(made.boxes[1]).box) },
    'the box flipped': { box: flipped(part.box, -1) },
  };
  for (const [label, change] of Object.entries(changes))
    list.bad('part-open', label, { ...part, ...change }, 'share-invalid');
}

const openingJson = ({ r, z }: Opening) => ({ r: toHex(r), z: toHex(z) });

function sealedCases(list: CaseList, emergency: Example, recovery: Example): void {
  const opening = openingOf(emergency.parts.slice(0, 3));
  const { made, sharing } = emergency;
  const sealed = { sharingId: toHex(sharing.id), ...openingJson(opening), sealed: toHex(made.sealed) };
  list.is('sealed-open', 'kappa and ix', sealed, toHex(EMERGENCY.kappa) + toHex(EMERGENCY.ix));
  list.is(
    'sealed-open',
    'a root',
    {
      sharingId: toHex(recovery.sharing.id),
      ...openingJson(openingOf(recovery.parts.slice(0, 2))),
      sealed: toHex(recovery.made.sealed),
    },
    hexOf('vector root'),
  );
  const changes: Record<string, object> = {
    'another sharing': { sharingId: hexOf('x') },
    'another r': { r: hexOf('x') },
    'another z': { z: hexOf('x') },
    'the commitment flipped': { sealed: flipped(sealed.sealed, 0) },
    'the tag flipped': { sealed: flipped(sealed.sealed, -1) },
    'nothing but a commitment': { sealed: sealed.sealed.slice(0, 64) },
  };
  for (const [label, change] of Object.entries(changes))
    list.bad('sealed-open', label, { ...sealed, ...change }, 'share-invalid');
  const { sharingId } = sealed;
  const mask = maskOf(sharing.id, opening);
  list.is('sharing-mask', 'out of r and z', { sharingId, ...openingJson(opening) }, toHex(mask));
  const B = must(must(sharing.commitments[1])[0]);
  list.is('multiply', 'the mask makes A out of B', { scalar: toHex(mask), element: toHex(B) }, toHex(EMERGENCY.A));
}

function releaseCases(list: CaseList, releases: readonly ReturnType<typeof releaseOf>[]): void {
  const [one, two] = [must(releases[0]), must(releases[1])];
  const [first, second] = [one.open, two.open];
  list.is('release-seal', 'the first holder', one.seal, first.box);
  list.bad('release-seal', 'capsules without a share of b', { ...one.seal, shares: one.seal.shares.slice(0, 1) }, 'input-invalid');
  list.bad('release-seal', 'no share at all', { ...one.seal, shares: [], capsules: [], random: one.seal.random.slice(-1) }, 'input-invalid');
  list.ok('release-open', 'the first holder', first);
  const [capsule, other] = first.capsules;
  const changes: Record<string, object> = {
    'another requester': { requesterSealSeed: toHex(STRANGER.seal.secretKey) },
    'another holder': { holder: second.holder },
    'another index': { holder: { ...first.holder, index: 2 } },
    'another height': { context: { ...first.context, height: 10 } },
    'another access': { context: { ...first.context, access: hexOf('x') } },
    'another sharing': { context: { ...first.context, sharingId: hexOf('x') } },
    'the commitments the other way round': { commitments: first.commitments.toReversed() },
    'another lock on the ledger': { lock: hexOf('x') },
    'another sealed block on the ledger': { sealed: linkOf('raw', CHAIN).toString() },
    'the capsules swapped': { capsules: [other, capsule] },
    'a capsule fewer': { capsules: [capsule] },
    'the box of another holder': { box: second.box },
    'the box flipped': { box: flipped(first.box, -1) },
  };
  for (const [label, change] of Object.entries(changes))
    list.bad('release-open', label, { ...first, ...change }, 'share-invalid');
}

/** Holders 2, 3 and 4 share the deposit again, two of three from now on: the same comes out, by the same operations. */
function movedCases(list: CaseList, emergency: Example, result: object): void {
  const { sharing, parts } = emergency;
  const next = [1, 2, 3].map((i) => ({ i, node: must(NODES[i]) }));
  const deals = next.map(({ i, node }) => {
    const make = (backend: typeof nobleBackend) =>
      dealSubShares(backend, {
        owner: sharing.id,
        epoch: EPOCH,
        dealer: { id: node.id, index: i + 1, secretKey: node.validator.secretKey },
        ...must(parts[i]),
        threshold: 2,
        holders: next.map((one) => ({ id: one.node.id, index: one.i + 1, seal: one.node.seal.publicKey })),
      });
    const random = drawsOf(deterministic(nobleBackend, `moved ${i}`), make);
    return { from: i + 1, node, random, ...make(deterministic(nobleBackend, `moved ${i}`)) };
  });
  const deal = must(deals[0]);
  const owner = toHex(sharing.id);
  list.ok('sub-shares-deal', 'of a sharing, to two of three', {
    owner,
    epoch: EPOCH,
    dealer: { id: toHex(deal.node.id), index: 2, signSecret: toHex(deal.node.validator.secretKey) },
    shares: hexAll(must(parts[1]).shares),
    z: toHex(must(parts[1]).lock),
    threshold: 2,
    holders: HOLDERS.slice(1),
    random: deal.random,
  });
  const old = sharing.commitments.map(hexAll);
  const judged = { old, from: 2, threshold: 2, commitments: deal.commitments.map(hexAll) };
  list.is('sub-dealing-verify', 'of the holder with index 2', judged, true);
  const wrong: Record<string, object> = {
    'another index': { from: 3 },
    'another threshold': { threshold: 3 },
    'the lists the other way round': { commitments: judged.commitments.toReversed() },
    'one scalar fewer': { commitments: judged.commitments.slice(0, 1) },
    'of another sharing': { old: old.toReversed() },
    'a commitment that is no element': {
      commitments: judged.commitments.map(([constant]) => [constant, 'ff'.repeat(32)]),
    },
  };
  for (const [label, change] of Object.entries(wrong))
    list.is('sub-dealing-verify', label, { ...judged, ...change }, false);
  const opened = {
    owner,
    epoch: EPOCH,
    dealer: { id: toHex(deal.node.id), index: 2, sign: toHex(deal.node.validator.publicKey) },
    holder: { ...nodeJson(2), index: 3 },
    count: 2,
    commitments: judged.commitments,
    lock: toHex(sharing.lock),
    box: toHex(must(deal.boxes[1]).box),
  };
  list.ok('sub-shares-open', 'of a sharing', opened);
  list.bad('sub-shares-open', 'another lock on the ledger', { ...opened, lock: hexOf('x') }, 'share-invalid');
  list.bad('sub-shares-open', 'the id of another owner', { ...opened, owner: hexOf('vector grant') }, 'share-invalid');
  const commitments = joinCommitments(nobleBackend, deals);
  const subs = deals.map(({ from, commitments: own }) => ({ from, commitments: own.map(hexAll) }));
  list.is('commitments-join', 'of a sharing', { subs }, commitments.map(hexAll));
  const releases = next.map(({ i, node }, at) => {
    const dealt = deals.map(({ from, node: dealer, boxes }) => ({
      from,
      ...openSubShares(nobleBackend, {
        owner: sharing.id,
        epoch: EPOCH,
        dealer: { id: dealer.id, index: from, signPublicKey: dealer.validator.publicKey },
        holder: { id: node.id, index: i + 1, seal: node.seal },
        count: 2,
        lock: sharing.lock,
        box: must(boxes[at]).box,
      }),
    }));
    const shares = joinDealtShares(nobleBackend, { index: i + 1, commitments, dealt });
    if (at === 0)
      list.is(
        'dealt-shares-join',
        'of a sharing',
        { index: 2, subs, dealt: dealt.map((one) => ({ from: one.from, shares: hexAll(one.shares) })) },
        hexAll(shares),
      );
    return releaseOf('moved', emergency, { i, part: { shares, lock: must(dealt[0]).lock }, commitments }, CAPSULES).open;
  });
  const [first, second, third] = releases;
  list.is('releases-combine', 'holders 2 and 4 after a re-sharing', { releases: [first, third], name: NAME }, result);
  list.bad('releases-combine', 'three after a re-sharing to two', { releases, name: NAME }, 'share-invalid');
  list.bad('release-open', 'a share from after a re-sharing, under the commitments before', { ...must(second), commitments: old }, 'share-invalid');
}
