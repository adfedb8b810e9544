import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { LedgerState, verifyProof } from '#consensus/ledger';

/**
 * The authenticated map against a Merkle Patricia trie, in one run.
 *
 *   node --expose-gc tests/bench/map.ts [keys] [path of node_modules that holds @ethereumjs/mpt]
 *
 * The peer is not a dependency: install it anywhere (`npm i @ethereumjs/mpt`) and give the path. Without it only our
 * own figures are printed. Keys are 32-byte hashes and values 32 bytes, as most of the state is (index entries).
 */
const KEYS = Number(process.argv[2] ?? 100_000);
const PEER_MODULES = process.argv[3];
const BATCH = 1000;
const BATCHES = 10;
const PROOFS = 200;

const numbered = (label: string, i: number): Uint8Array =>
  new Uint8Array(createHash('sha256').update(`${label}${i}`).digest());
const rows = function* (from: number, to: number): Generator<[Uint8Array, Uint8Array]> {
  for (let i = from; i < to; i++) yield [numbered('key', i), numbered('value', i)];
};

interface Figures {
  loadMs: number;
  batchMs: number[];
  bytesPerKey: number;
  proofBytes: number;
  proveMs: number;
  verifyMs: number;
  absentBytes: number;
  multiBytes: number;
  multiVerifyMs: number;
}

const heldBytes = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
};
const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function timed(work: () => unknown): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** Both maps behind one face, so that the same run measures both. */
interface Measured {
  put(batch: [Uint8Array, Uint8Array][]): Promise<void> | void;
  prove(
    keys: Uint8Array[],
  ): Promise<{ bytes: number; verify: () => unknown }> | { bytes: number; verify: () => unknown };
}

async function measure(map: Measured): Promise<Figures> {
  const before = heldBytes();
  const loadMs = await timed(async () => {
    for (let at = 0; at < KEYS; at += 10_000) await map.put([...rows(at, Math.min(at + 10_000, KEYS))]);
  });
  const bytesPerKey = (heldBytes() - before) / KEYS;
  const batchMs: number[] = [];
  for (let b = 0; b < BATCHES; b++) {
    const batch = [...rows(KEYS + b * BATCH, KEYS + (b + 1) * BATCH)];
    batchMs.push(await timed(() => map.put(batch)));
  }
  const single = await proofs(map, (i) => [numbered('key', (i * 7919) % KEYS)]);
  const absent = await proofs(map, (i) => [numbered('absent', i)]);
  const multi = await proofs(map, (i) =>
    Array.from({ length: 64 }, (_, k) => numbered('key', (i * 64 + k) % KEYS)),
  );
  return {
    loadMs,
    batchMs,
    bytesPerKey,
    proofBytes: single.bytes,
    proveMs: single.proveMs,
    verifyMs: single.verifyMs,
    absentBytes: absent.bytes,
    multiBytes: multi.bytes,
    multiVerifyMs: multi.verifyMs,
  };
}

async function proofs(map: Measured, keysOf: (i: number) => Uint8Array[]) {
  const samples = { bytes: [] as number[], proveMs: [] as number[], verifyMs: [] as number[] };
  for (let i = 0; i < PROOFS; i++) {
    const keys = keysOf(i);
    let proof: { bytes: number; verify: () => unknown } | undefined;
    samples.proveMs.push(await timed(async () => (proof = await map.prove(keys))));
    samples.bytes.push(proof?.bytes ?? 0);
    samples.verifyMs.push(await timed(() => proof?.verify()));
  }
  return {
    bytes: median(samples.bytes),
    proveMs: median(samples.proveMs),
    verifyMs: median(samples.verifyMs),
  };
}

function ours(): Measured {
  let state = new LedgerState(null);
  return {
    put: (batch) => {
      state = state.with(batch);
    },
    prove: (keys) => {
      const proof = state.prove(keys);
      const { root } = state;
      return { bytes: proof.length, verify: () => verifyProof(root, proof, keys) };
    },
  };
}

/** A node of the peer's proof is a byte string; the keys of a batch share the nodes they have in common. */
async function peer(modules: string): Promise<Measured> {
  const load = createRequire(pathToFileURL(`${modules}/`));
  const { createMPT, createMerkleProof, verifyMerkleProof } = (await import(
    pathToFileURL(load.resolve('@ethereumjs/mpt')).href
  )) as {
    createMPT(options: object): Promise<{
      put(key: Uint8Array, value: Uint8Array): Promise<void>;
      root(): Uint8Array;
    }>;
    createMerkleProof(trie: unknown, key: Uint8Array): Promise<Uint8Array[]>;
    verifyMerkleProof(key: Uint8Array, proof: Uint8Array[], options: object): Promise<Uint8Array | null>;
  };
  const hashing = {
    useKeyHashingFunction: (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  };
  const trie = await createMPT({ ...hashing, useNodePruning: true });
  return {
    put: async (batch) => {
      for (const [key, value] of batch) await trie.put(key, value);
    },
    prove: async (keys) => {
      const each: Uint8Array[][] = [];
      const shared = new Map<string, number>();
      for (const key of keys) {
        const nodes = await createMerkleProof(trie, key);
        each.push(nodes);
        for (const node of nodes) shared.set(node.join(), node.length);
      }
      return {
        bytes: [...shared.values()].reduce((sum, length) => sum + length, 0),
        verify: async () => {
          for (const [i, key] of keys.entries()) await verifyMerkleProof(key, each[i] ?? [], hashing);
        },
      };
    },
  };
}

function print(name: string, figures: Figures): void {
  const perKeyUs = (median(figures.batchMs) * 1000) / BATCH;
  console.log(`\n${name}, ${KEYS} keys`);
  console.log(`  load in batches of 10,000    ${(figures.loadMs / 1000).toFixed(2)} s`);
  console.log(
    `  batch of ${BATCH} new keys      ${median(figures.batchMs).toFixed(2)} ms (${perKeyUs.toFixed(1)} us a key)`,
  );
  console.log(`  memory                       ${figures.bytesPerKey.toFixed(0)} bytes a key`);
  console.log(
    `  proof of 1 present           ${figures.proofBytes} bytes, made in ${figures.proveMs.toFixed(3)} ms, verified in ${figures.verifyMs.toFixed(3)} ms`,
  );
  console.log(`  proof of 1 absent            ${figures.absentBytes} bytes`);
  console.log(
    `  proof of 64 present          ${figures.multiBytes} bytes, verified in ${figures.multiVerifyMs.toFixed(3)} ms`,
  );
}

const own = await measure(ours());
print('own crit-bit tree', own);
if (PEER_MODULES === undefined) {
  console.log('\nno peer given: see the head of this file');
} else {
  const other = await measure(await peer(PEER_MODULES));
  print('@ethereumjs/mpt', other);
  const ratio = (a: number, b: number): string => `${(b / a).toFixed(1)}x`;
  console.log(
    `\nown against peer: update ${ratio(median(own.batchMs), median(other.batchMs))} faster, memory ${ratio(own.bytesPerKey, other.bytesPerKey)} less, proof ${ratio(own.proofBytes, other.proofBytes)} smaller, verify ${ratio(own.verifyMs, other.verifyMs)} faster`,
  );
}
