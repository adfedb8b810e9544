import {
  createSharing,
  derivePersonKeys,
  emergencySecret,
  nobleBackend,
  openPart,
  reshare,
  sealRelease,
  splitBytes,
  toHex,
  type SharedSecret,
} from '#crypto';
import { bytesOf, CHAIN, deterministic } from '../../../unit/crypto/cast.ts';
import { drawsOf, hexAll } from '../operations/fields.ts';
import { CaseList, flipped, hexOf } from './case-list.ts';
import { DELEGATE, HOLDERS, ISSUER, ISSUER_JSON, NODES, nodeJson } from './grants.ts';
import { compartmentNamed } from './records.ts';

const EMERGENCY = compartmentNamed({ category: 'emergency', period: 'all' });
const STRANGER = derivePersonKeys(nobleBackend, bytesOf('vector stranger'));

/** One sharing, its parts, and every holder's release of two capsules (none for a recovery). */
function example(label: string, secret: SharedSecret, threshold: number) {
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
  const sharing = make(deterministic(nobleBackend, label));
  const { sharingId, commitment } = sharing;
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
  const capsules =
    secret.scalar === undefined
      ? []
      : [0, 1].map((slot) => ({
          E: nobleBackend.group.multiplyBase(bytesOf(`r ${slot}`).map((byte, i) => (i === 31 ? 1 : byte))),
          recordId: bytesOf(`emergency record ${slot}`),
          slot,
        }));
  const context = { chainId: CHAIN, sharingId, requester: DELEGATE.id, accessId: bytesOf('vector access'), height: 9 };
  const releases = NODES.map((node, i) => {
    const part = openPart(nobleBackend, {
      holder: node,
      index: i + 1,
      issuer: { id: ISSUER.id, signPublicKey: ISSUER.sign.publicKey },
      sharingId,
      commitment,
      box: sharing.boxes[i]?.box ?? CHAIN,
    });
    const box = sealRelease(deterministic(nobleBackend, `${label} release ${i}`), {
      holder: { id: node.id, secretKey: node.validator.secretKey },
      part,
      context,
      requesterSeal: DELEGATE.seal.publicKey,
      capsules,
    });
    return {
      requesterSealSeed: toHex(DELEGATE.seal.secretKey),
      holder: { id: toHex(node.id), sign: toHex(node.validator.publicKey), index: i + 1 },
      context: {
        chain: toHex(CHAIN),
        sharingId: toHex(sharingId),
        requester: toHex(DELEGATE.id),
        access: hexOf('vector access'),
        height: 9,
      },
      commitment: toHex(commitment),
      capsules: capsules.map(({ E, recordId, slot }) => ({ E: toHex(E), record: toHex(recordId), slot })),
      box: toHex(box),
    };
  });
  return { sharing, input, releases, capsules };
}

export function sharingCases(): CaseList {
  const list = new CaseList('sharing');
  const { sharing, input, releases, capsules } = example('emergency', emergencySecret(EMERGENCY), 3);
  const recovery = example('recovery', { bytes: bytesOf('vector root') }, 2);
  list.ok('sharing-create', 'emergency access, three of four', input);
  list.ok('sharing-create', 'recovery, two of four', recovery.input);
  const [holder] = HOLDERS;
  const wrong: Record<string, object> = {
    'a threshold of one': { threshold: 1 },
    'a threshold above the number of holders': { threshold: 5 },
    'an index twice': { holders: [...HOLDERS, holder] },
    'an index of zero': { holders: HOLDERS.map((one, i) => ({ ...one, index: i })) },
    'no bytes': { bytes: '' },
    'more than 1024 bytes': { bytes: '00'.repeat(1025) },
    'a short nonce': { nonce: '00' },
  };
  for (const [label, change] of Object.entries(wrong))
    list.bad('sharing-create', label, { ...input, ...change }, 'input-invalid');
  list.bad('sharing-create', 'a scalar of zero', { ...input, scalar: '00'.repeat(32) }, 'scalar-invalid');
  const part = {
    holder: nodeJson(0),
    index: 1,
    issuer: ISSUER_JSON,
    sharingId: toHex(sharing.sharingId),
    commitment: toHex(sharing.commitment),
    box: toHex(sharing.boxes[0]?.box ?? CHAIN),
  };
  list.ok('part-open', 'the first holder', part);
  const changes: Record<string, object> = {
    'another holder': { holder: nodeJson(1) },
    'another index': { index: 2 },
    'another issuer': { issuer: { id: toHex(STRANGER.id), sign: toHex(STRANGER.sign.publicKey) } },
    'another sharing': { sharingId: hexOf('x') },
    'another commitment on the ledger': { commitment: hexOf('x') },
    'the box flipped': { box: flipped(part.box, -1) },
  };
  for (const [label, change] of Object.entries(changes))
    list.bad('part-open', label, { ...part, ...change }, 'share-invalid');
  releaseCases(list, releases);
  const [first, second, third, fourth] = releases;
  const name = { category: 'emergency', generation: 0, period: 'all' };
  const elements = capsules.map(({ E }) => toHex(nobleBackend.group.multiply(EMERGENCY.a, E)));
  const result = { A: toHex(EMERGENCY.A), kappa: toHex(EMERGENCY.kappa), ix: toHex(EMERGENCY.ix), elements };
  list.is('releases-combine', 'holders 1, 2, 3', { releases: [first, second, third], name }, result);
  list.is('releases-combine', 'holders 4, 1, 3', { releases: [fourth, first, third], name }, result);
  list.bad('releases-combine', 'too few', { releases: [first, second], name }, 'share-invalid');
  list.bad('releases-combine', 'one twice', { releases: [first, first, second], name }, 'share-invalid');
  const [one, two] = recovery.releases;
  list.is('releases-join', 'a root', { releases: [two, one] }, hexOf('vector root'));
  list.bad('releases-join', 'too few', { releases: [one] }, 'share-invalid');
  byteCases(list);
  return list;
}

function releaseCases(list: CaseList, releases: ReturnType<typeof example>['releases']): void {
  const [first, second] = releases;
  if (first === undefined || second === undefined) throw new Error('no releases');
  list.ok('release-open', 'the first holder', first);
  const [capsule, other] = first.capsules;
  const changes: Record<string, object> = {
    'another requester': { requesterSealSeed: toHex(STRANGER.seal.secretKey) },
    'another holder': { holder: second.holder },
    'another index': { holder: { ...first.holder, index: 2 } },
    'another height': { context: { ...first.context, height: 10 } },
    'another access': { context: { ...first.context, access: hexOf('x') } },
    'another commitment on the ledger': { commitment: hexOf('x') },
    'the capsules swapped': { capsules: [other, capsule] },
    'a capsule fewer': { capsules: [capsule] },
    'the box of another holder': { box: second.box },
    'the box flipped': { box: flipped(first.box, -1) },
  };
  for (const [label, change] of Object.entries(changes))
    list.bad('release-open', label, { ...first, ...change }, 'share-invalid');
}

function byteCases(list: CaseList): void {
  const secret = bytesOf('vector root');
  const indices = [1, 2, 255];
  const random = drawsOf(deterministic(nobleBackend, 'split'), (backend) => backend.random(32));
  const shares = splitBytes(deterministic(nobleBackend, 'split'), secret, 2, indices).map(({ index, bytes }) => ({
    index,
    bytes: toHex(bytes),
  }));
  const split = { secret: toHex(secret), threshold: 2, indices, random };
  list.is('split-bytes', 'two of three', split, shares);
  list.is('split-bytes', 'one of one is the secret', { ...split, threshold: 1, indices: [9] }, [{ index: 9, bytes: toHex(secret) }]);
  list.bad('split-bytes', 'an index of 256', { ...split, indices: [1, 256] }, 'input-invalid');
  list.bad('split-bytes', 'a threshold of zero', { ...split, threshold: 0 }, 'input-invalid');
  const [a, b, c] = shares;
  list.is('join-bytes', 'holders 1 and 255', { shares: [a, c] }, toHex(secret));
  list.is('join-bytes', 'holders 2 and 1', { shares: [b, a] }, toHex(secret));
  list.bad('join-bytes', 'one twice', { shares: [a, a] }, 'share-invalid');
  list.bad('join-bytes', 'lengths differ', { shares: [a, { index: 2, bytes: '00' }] }, 'share-invalid');
  list.bad('join-bytes', 'none', { shares: [] }, 'share-invalid');
  const share = bytesOf('old share').map((byte, i) => (i === 31 ? 1 : byte));
  const next = { threshold: 2, indices: [1, 2, 3] };
  const subs = [2, 5].map((index) => reshare(deterministic(nobleBackend, `sub ${index}`), { index, share }, next));
  const draws = drawsOf(deterministic(nobleBackend, 'sub 2'), (backend) => backend.random(32));
  list.ok('reshare', 'to two of three', { index: 2, share: toHex(share), ...next, random: draws });
  list.bad('reshare', 'a threshold above the holders', { index: 2, share: toHex(share), threshold: 4, indices: [1], random: draws }, 'input-invalid');
  list.bad('reshare', 'a share of zero', { index: 2, share: '00'.repeat(32), ...next, random: draws }, 'scalar-invalid');
  const mine = subs.map(({ from, commitments, shares: all }) => ({ from, commitments: hexAll(commitments), share: toHex(all[0] ?? CHAIN) }));
  list.ok('sub-shares-join', 'of two old holders', { subs: mine });
  list.bad('sub-shares-join', 'one twice', { subs: [mine[0], mine[0]] }, 'share-invalid');
  list.bad('sub-shares-join', 'thresholds differ', { subs: [mine[0], { ...mine[1], commitments: [] }] }, 'share-invalid');
}
