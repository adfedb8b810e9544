/**
 * The scheme's operations on both backends against two libraries for proxy re-encryption, search against PEKS, bodies
 * against the raw cipher, and the sizes of artefacts: medians of one run, in milliseconds, with ratios and targets.
 * Run: `npm run bench:crypto -- [rounds]` (default 60), or with `bodies` for the bodies alone. The peers go into a
 * temporary folder; without a registry their columns stay empty.
 */
import {
  canOpen,
  combine,
  convert,
  createGrant,
  decodeRecordHeader,
  delegateCompartment,
  deriveCompartment,
  deriveNodeKeys,
  derivePersonKeys,
  keywordKey,
  laneIndexKey,
  nobleBackend,
  openRecord,
  openShares,
  openTerms,
  sealRecord,
  searchTag,
  verifyConversion,
  verifyRecordHeader,
  writerKit,
  type Backend,
  type CID,
} from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { benchBody } from './crypto/body.ts';
import { medians, ms, printTable, times, type Operations } from './crypto/measure.ts';
import { withPeers } from './crypto/peers.ts';
import { benchSearch } from './crypto/search.ts';

const SEAL = 'seal 500 B, proof and signature';
const CONVERT = 'convert and prove';
const OPEN = 'combine t = 2 and open';
const GRANT = 'create grant (1 of 4 rekeys, t = 2, n = 4)';

const rounds = Number(process.argv[2] ?? 60);

interface Bench {
  readonly operations: Operations;
  readonly sizes: Readonly<Record<string, number>>;
}

async function benchOf(backend: Backend): Promise<Bench> {
  const random = () => backend.random(32);
  const [alice, bob, writer] = [
    derivePersonKeys(backend, random()),
    derivePersonKeys(backend, random()),
    derivePersonKeys(backend, random()),
  ];
  const nodes = Array.from({ length: 4 }, () => deriveNodeKeys(backend, random()));
  const name = { category: 'laboratory', generation: 0, period: '2026-11' };
  const compartment = deriveCompartment(backend, random(), name);
  const kit = writerKit(backend, compartment, writer.id, 0);
  const chainId = random();
  const plaintext = new Uint8Array(500);
  const seal = () =>
    sealRecord(backend, {
      chainId,
      recordId: random(),
      patient: alice.id,
      sequence: 0,
      previous: null,
      writer: { id: writer.id, secretKey: writer.sign.secretKey },
      slots: [kit],
      plaintext,
    });
  const sealed = await seal();
  const header = decodeRecordHeader(sealed.header);
  const blocks = new Map(sealed.blocks.map(({ cid, bytes }) => [cid.toString(), bytes]));
  const fetch = (cid: CID) => Promise.resolve(blocks.get(cid.toString()) ?? new Uint8Array(0));
  const makeGrant = () =>
    createGrant(backend, {
      issuer: alice,
      patient: alice.id,
      delegate: bob.publicKeys,
      compartments: [compartment],
      threshold: 2,
      nodes: nodes.map(({ id, seal: pair }, i) => ({ id, index: i + 1, seal: pair.publicKey })),
      terms: { purpose: 'bench', expiresAtMs: 1_900_000_000_000 },
    });
  const grant = makeGrant();
  const issuer = { id: alice.id, signPublicKey: alice.sign.publicKey };
  const terms = openTerms(backend, { delegate: bob, issuer, grantId: grant.grantId, box: grant.terms });
  const rekeyIndex = terms.compartments[0]?.rekey ?? 0;
  const rekey = grant.rekeys[rekeyIndex] ?? { X: chainId, commitments: [] };
  const E = header.slots[0]?.E ?? chainId;
  const context = {
    chainId,
    grantId: grant.grantId,
    rekey: rekeyIndex,
    recordId: header.recordId,
    slot: 0,
    delegate: bob.id,
    accessId: chainId,
    height: 1,
  };
  const sharesOf = (i: number) => {
    const init = { issuer, grantId: grant.grantId, index: i + 1, rekeys: [...grant.rekeys] };
    const box = grant.nodeShares[i]?.box ?? chainId;
    const node = nodes[i] ?? deriveNodeKeys(backend, chainId);
    return openShares(backend, { ...init, node, box });
  };
  const convertAt = (i: number, share: Uint8Array) => convert(backend, { share, E, index: i + 1, context });
  const shares = [0, 1].map((i) => sharesOf(i)[rekeyIndex] ?? chainId);
  const conversions = shares.map((share, i) => convertAt(i, share));
  const [firstShare = chainId] = shares;
  const [conversion = { index: 0, point: chainId, proof: chainId }] = conversions;
  const combined = () =>
    combine(backend, { delegate: bob, grantId: grant.grantId, rekeyIndex, rekey, conversions });
  const key = (Y: Uint8Array) =>
    ({ kind: 'converted', compartment: delegateCompartment(compartment), Y }) as const;
  if (!canOpen(backend, header, key(combined()))) throw new Error('the bench does not open its own record');
  const lane = laneIndexKey(compartment.ix, writer.id);
  const operations = {
    [SEAL]: seal,
    'verify header (1 slot)': () => verifyRecordHeader(backend, header, writer.sign.publicKey),
    [CONVERT]: () => convertAt(0, firstShare),
    'verify conversion': () => verifyConversion(backend, { rekey, E, conversion, context }),
    [OPEN]: () => openRecord(backend, { header, fetch, key: key(combined()) }),
    'owner opens': () => openRecord(backend, { header, fetch, key: { kind: 'owner', compartment } }),
    'search tag, new keyword': () => searchTag(keywordKey(lane, 'loinc:4548-4'), 0),
    [GRANT]: makeGrant,
    'node opens and checks 4 shares': () => sharesOf(0),
  };
  const sizes = {
    'header, 1 slot': sealed.header.length,
    'body of 500 B': header.bodyLength,
    'conversion with proof': conversion.point.length + conversion.proof.length,
    'public part of a rekey, t = 2': 32 * (1 + rekey.commitments.length),
    'box of shares, 4 rekeys': grant.nodeShares[0]?.box.length ?? 0,
    'box of terms, 4 rekeys': grant.terms.length,
  };
  return { operations, sizes };
}

const prefixed = (prefix: string, operations: Operations): Operations =>
  Object.fromEntries(Object.entries(operations).map(([name, run]) => [`${prefix} ${name}`, run]));

/** Ours, the peer's operation of the same purpose, and the ratio that the project set itself. */
const TARGETS = [
  { ours: SEAL, peer: 'umbral encrypt and sign', most: 1 },
  { ours: CONVERT, peer: 'umbral re-encrypt', most: 0.6 },
  { ours: OPEN, peer: 'umbral verify and open', most: 0.25 },
  { ours: GRANT, peer: 'umbral rekey' },
  { ours: SEAL, peer: 'recrypt encrypt' },
  { ours: CONVERT, peer: 'recrypt re-encrypt' },
  { ours: OPEN, peer: 'recrypt verify and open' },
  { ours: GRANT, peer: 'recrypt rekey' },
] as const;

const nativeBackend = await createNativeBackend();
if (process.argv[2] === 'bodies') {
  await benchBody(nativeBackend);
  process.exit(0);
}
const native = await benchOf(nativeBackend);
const noble = await benchOf(nobleBackend);
await withPeers(async (peers = {}) => {
  const spent = await medians(
    { ...prefixed('native', native.operations), ...prefixed('noble', noble.operations), ...peers },
    rounds,
  );
  printTable(
    `Operations, medians of ${rounds} rounds`,
    ['', 'native ms', 'noble ms'],
    Object.keys(native.operations).map((name) => [
      name,
      ms(spent[`native ${name}`]),
      ms(spent[`noble ${name}`]),
    ]),
  );
  const rows = TARGETS.filter(({ peer }) => peers[peer] !== undefined).map((target) => {
    const { ours, peer } = target;
    const [own, other] = [spent[`native ${ours}`] ?? Number.NaN, spent[peer] ?? Number.NaN];
    const most = 'most' in target ? `<= ${target.most}x` : '';
    const verdict = 'most' in target ? (own / other <= target.most ? 'met' : 'MISSED') : '';
    return [ours, ms(own), peer, ms(other), times(own / other), most, verdict];
  });
  const head = ['ours (native)', 'ms', 'peer', 'ms', 'ratio', 'target', ''];
  printTable('Against the peers, same run', head, rows);
});
benchSearch(nobleBackend);
await benchBody(nativeBackend);
printTable(
  'Sizes',
  ['', 'bytes'],
  Object.entries(native.sizes).map(([name, bytes]) => [name, String(bytes)]),
);
