import { dealSubShares, nobleBackend, openSubShares, toHex } from '#crypto';
import { bytesOf, CHAIN, deterministic } from '../../../unit/crypto/cast.ts';
import { drawsOf, hexAll } from '../operations/fields.ts';
import { CaseList, flipped, hexOf } from './case-list.ts';
import { HOLDERS, nodeJson, NODES } from './grants.ts';

const OWNER = bytesOf('vector grant');
const EPOCH = 2;
const THRESHOLD = 2;
const shareOf = (name: string) => bytesOf(name).map((byte, i) => (i === 31 ? 1 : byte));

/** Old holder i, of the indices 1 and 2, shares two scalars again among the four nodes. */
export function dealt(i: number) {
  const node = NODES[i];
  if (node === undefined) throw new Error('no node');
  const shares = [shareOf(`old share ${i} a`), shareOf(`old share ${i} b`)];
  const make = (backend: typeof nobleBackend) =>
    dealSubShares(backend, {
      owner: OWNER,
      epoch: EPOCH,
      dealer: { id: node.id, index: i + 1, secretKey: node.validator.secretKey },
      shares,
      threshold: THRESHOLD,
      holders: NODES.map(({ id, seal }, at) => ({ id, index: at + 1, seal: seal.publicKey })),
    });
  const made = make(deterministic(nobleBackend, `resharing ${i}`));
  const input = {
    owner: toHex(OWNER),
    epoch: EPOCH,
    dealer: { id: toHex(node.id), index: i + 1, signSecret: toHex(node.validator.secretKey) },
    shares: hexAll(shares),
    threshold: THRESHOLD,
    holders: HOLDERS,
    random: drawsOf(deterministic(nobleBackend, `resharing ${i}`), make),
  };
  return { from: i + 1, node, made, input };
}

export function resharingCases(): CaseList {
  const list = new CaseList('resharing');
  const [first, second] = [dealt(0), dealt(1)];
  list.ok('sub-shares-deal', 'two scalars, to two of four', first.input);
  list.bad('sub-shares-deal', 'nothing to share', { ...first.input, shares: [] }, 'input-invalid');
  list.bad('sub-shares-deal', 'a threshold above the holders', { ...first.input, threshold: 5 }, 'input-invalid');
  list.bad('sub-shares-deal', 'a share of zero', { ...first.input, shares: ['00'.repeat(32)] }, 'scalar-invalid');
  const box = toHex(first.made.boxes[0]?.box ?? CHAIN);
  const commitments = first.made.commitments.map(hexAll);
  const opened = {
    owner: toHex(OWNER),
    epoch: EPOCH,
    dealer: { id: toHex(first.node.id), index: 1, sign: toHex(first.node.validator.publicKey) },
    holder: { ...nodeJson(0), index: 1 },
    count: 2,
    commitments,
    box,
  };
  list.ok('sub-shares-open', 'the first holder', opened);
  const changes: Record<string, object> = {
    'another owner': { owner: hexOf('x') },
    'another epoch': { epoch: 3 },
    'another index of the dealer': { dealer: { ...opened.dealer, index: 2 } },
    'another holder': { holder: { ...nodeJson(1), index: 2 } },
    'another index of the holder': { holder: { ...opened.holder, index: 2 } },
    'one scalar fewer': { count: 1, commitments: commitments.slice(0, 1) },
    'commitments of another dealer': { commitments: second.made.commitments.map(hexAll) },
    'the box flipped': { box: flipped(box, -1) },
  };
  for (const [label, change] of Object.entries(changes))
    list.bad('sub-shares-open', label, { ...opened, ...change }, 'share-invalid');
  const subs = [first, second].map(({ from, made }) => ({ from, commitments: made.commitments.map(hexAll) }));
  list.ok('commitments-join', 'of two old holders', { subs });
  list.bad('commitments-join', 'one twice', { subs: [subs[0], subs[0]] }, 'share-invalid');
  list.bad('commitments-join', 'none', { subs: [] }, 'share-invalid');
  const held = [first, second].map(({ from, node, made }) => ({
    from,
    shares: hexAll(
      openSubShares(nobleBackend, {
        owner: OWNER,
        epoch: EPOCH,
        dealer: { id: node.id, index: from, signPublicKey: node.validator.publicKey },
        holder: { id: NODES[2]?.id ?? CHAIN, index: 3, seal: NODES[2]?.seal ?? node.seal },
        count: 2,
        box: made.boxes[2]?.box ?? CHAIN,
      }).shares,
    ),
  }));
  list.ok('dealt-shares-join', 'the third holder', { index: 3, subs, dealt: held });
  list.bad('dealt-shares-join', 'another index', { index: 4, subs, dealt: held }, 'share-invalid');
  list.bad('dealt-shares-join', 'one dealer fewer', { index: 3, subs, dealt: held.slice(1) }, 'share-invalid');
  return list;
}
