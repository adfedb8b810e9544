/**
 * Medians of the scheme's operations on both backends, in milliseconds, and the body cipher against raw AES-256-GCM.
 * Run: `node tests/bench/crypto.ts [rounds]` (default 60).
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

const rounds = Number(process.argv[2] ?? 60);

async function median(run: () => unknown, count: number = rounds): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count + 3; i++) {
    const start = performance.now();
    await run();
    if (i >= 3) times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

async function operations(backend: Backend): Promise<Record<string, number>> {
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
      threshold: 3,
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
  const shares = [0, 1, 2].map((i) => sharesOf(i)[rekeyIndex] ?? chainId);
  const conversions = shares.map((share, i) => convertAt(i, share));
  const [firstShare = chainId] = shares;
  const [conversion = { index: 0, point: chainId, proof: chainId }] = conversions;
  const combined = () =>
    combine(backend, { delegate: bob, grantId: grant.grantId, rekeyIndex, rekey, conversions });
  const key = (Y: Uint8Array) =>
    ({ kind: 'converted', compartment: delegateCompartment(compartment), Y }) as const;
  if (!canOpen(backend, header, key(combined()))) throw new Error('the bench does not open its own record');
  const lane = laneIndexKey(compartment.ix, writer.id);
  return {
    'seal 500 B, proof and signature': await median(seal),
    'verify header (1 slot)': await median(() => verifyRecordHeader(backend, header, writer.sign.publicKey)),
    'convert and prove': await median(() => convertAt(0, firstShare)),
    'verify conversion': await median(() => verifyConversion(backend, { rekey, E, conversion, context })),
    'combine t=3 and open': await median(() => openRecord(backend, { header, fetch, key: key(combined()) })),
    'owner opens': await median(() =>
      openRecord(backend, { header, fetch, key: { kind: 'owner', compartment } }),
    ),
    'search tag, new keyword': await median(() => searchTag(keywordKey(lane, 'loinc:4548-4'), 0)),
    'create grant (1 of 4 rekeys, t=3, n=4)': await median(makeGrant, Math.min(rounds, 15)),
    'node opens and checks 4 shares': await median(() => sharesOf(0), Math.min(rounds, 15)),
  };
}

/** Throughput of sealing and opening 16 MiB against the raw cipher on the same chunks. */
async function bodies(backend: Backend): Promise<void> {
  const length = 16 * 1024 * 1024;
  const { subtle } = globalThis.crypto;
  const dek = await subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, ['encrypt']);
  const chunk = new Uint8Array(64 * 1024);
  const raw = await median(async () => {
    for (let i = 0; i < length / chunk.length; i++) {
      await subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, dek, chunk);
    }
  }, 5);
  const writer = derivePersonKeys(backend, backend.random(32));
  const compartment = deriveCompartment(backend, backend.random(32), {
    category: 'imaging',
    generation: 0,
    period: 'all',
  });
  const plaintext = new Uint8Array(length);
  const seal = await median(
    () =>
      sealRecord(backend, {
        chainId: backend.random(32),
        recordId: backend.random(32),
        patient: writer.id,
        sequence: 0,
        previous: null,
        writer: { id: writer.id, secretKey: writer.sign.secretKey },
        slots: [writerKit(backend, compartment, writer.id, 0)],
        plaintext,
      }),
    5,
  );
  const rate = (ms: number) => `${((length / 1e6 / ms) * 1e3).toFixed(0)} MB/s`;
  console.log(`\nbody of 16 MiB: raw AES-256-GCM ${rate(raw)}, seal with hashing and padding ${rate(seal)}`);
}

const native = await createNativeBackend();
const columns = { native: await operations(native), noble: await operations(nobleBackend) };
console.log(`medians of ${rounds} rounds, ms`.padEnd(44), 'native'.padStart(9), 'noble'.padStart(9));
for (const [label, ms] of Object.entries(columns.native)) {
  const noble = columns.noble[label] ?? Number.NaN;
  console.log(label.padEnd(44), ms.toFixed(3).padStart(9), noble.toFixed(3).padStart(9));
}
await bodies(native);
