/**
 * A real network of four node processes on loopback: start to ready, committed transactions a second and latency with
 * 1 and 64 outstanding, anchors of batches, proven reads among the postings these make, memory of a node.
 * Run: `node tests/bench/network.ts [seconds for each load, default 15]`
 *
 * With etcd installed (Debian: `apt-get install etcd-server`), clusters of it take the same loads in the same run, values
 * as large as our transactions, asked over all members. Raft replicates what one leader says, believes its members and
 * checks no signature: two of three acknowledge, none may lie. Here three of four sign every block, one may lie, and each
 * node verifies every transaction.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveNodeKeys, DOMAIN, hash, linkOf, recordIdOf, signTagged, utf8 } from '#crypto';
import { stateKeys, storedHashOf } from '#consensus/ledger';
import { statusSchema } from '#node/client';
import { endNodes } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { genesisFile } from '../../scripts/devnet/prepare.ts';
import { nodeRootOf } from '../../scripts/devnet/seeded-keys.ts';
import { readState } from '../../scripts/devnet/state-file.ts';
import { bringUp } from '../../scripts/devnet/up.ts';
import { admitPatients, backend } from '../e2e/sender.ts';
import { EtcdCluster, etcdVersion } from './network/etcd.ts';
import type { Sender } from '../e2e/sender.ts';

const SECONDS = Number(process.argv[2] ?? 15);
const SENDERS = 64;
const RECORDS = 64;
const TAGS = 8;
const SEED = 'bench';
const dataDir = mkdtempSync(join(tmpdir(), 'phr-bench-'));
const plan = planDevnet({ seed: SEED, nodes: 4, basePort: await findFreeBasePort(4, 20_000) });
const say = (text: string): void => void process.stdout.write(`${text}\n`);
// `| head`: the nodes are ended all the same.
process.stdout.on('error', () => undefined);

const quantile = (times: number[], q: number): string =>
  (times.toSorted((a, b) => a - b)[Math.floor(times.length * q)] ?? Number.NaN).toFixed(1);

async function height(): Promise<number> {
  const answer = await fetch(`${plan.nodes[0]?.apiUrl}/api/v1/status`);
  return statusSchema.parse(await answer.json()).height;
}

interface Measured {
  readonly rate: number;
  readonly latencies: number[];
}

const told = ({ rate, latencies }: Measured): string =>
  `${rate.toFixed(1)}/s, p50 ${quantile(latencies, 0.5)} ms, p95 ${quantile(latencies, 0.95)} ms, p99 ${quantile(latencies, 0.99)} ms`;

/** Everyone sends, waits for the answer, and sends again, until the time is over. */
async function closedLoop<T>(
  senders: readonly T[],
  work: (sender: T) => Promise<unknown>,
): Promise<Measured> {
  const latencies: number[] = [];
  const begun = performance.now();
  const until = begun + SECONDS * 1000;
  await Promise.all(
    senders.map(async (sender) => {
      while (performance.now() < until) {
        const sent = performance.now();
        await work(sender);
        latencies.push(performance.now() - sent);
      }
    }),
  );
  return { rate: latencies.length / ((performance.now() - begun) / 1000), latencies };
}

/** What is answered here is in a block. */
async function load(
  senders: readonly Sender[],
  work: (sender: Sender) => Promise<unknown>,
): Promise<Measured & { text: string }> {
  const heightBefore = await height();
  const measured = await closedLoop(senders, work);
  const blocks = (await height()) - heightBefore;
  const text = `${told(measured)} (${measured.latencies.length} requests in ${blocks} blocks)`;
  return { ...measured, text };
}

/** The same loads on etcd, and how much of its rate and how many times its latency ours are. */
async function compare(
  bytes: number,
  ours: readonly { outstanding: number; measured: Measured }[],
): Promise<void> {
  const version = etcdVersion();
  if (version === undefined) {
    say('etcd is not installed, nothing to compare with: apt-get install etcd-server');
    return;
  }
  const median = ({ latencies }: Measured): number => Number(quantile(latencies, 0.5));
  for (const size of [3, 4, 5]) {
    const cluster = await EtcdCluster.open(size);
    try {
      for (const { outstanding, measured } of ours) {
        const senders = Array.from({ length: outstanding }, (_, i) => ({ i, n: 0 }));
        const theirs = await closedLoop(senders, (sender) => {
          const value = backend.random(bytes);
          return cluster.put(sender.i, utf8(`${sender.i}/${sender.n++}`), value);
        });
        const ratios = `ours: ${(measured.rate / theirs.rate).toFixed(2)} of its rate, ${(median(measured) / median(theirs)).toFixed(2)} times its p50`;
        say(`etcd ${version}, ${size} members, ${outstanding} outstanding: ${told(theirs)}; ${ratios}`);
      }
    } finally {
      await cluster.close();
    }
  }
}

function memory(): string {
  const state = readState(dataDir);
  const sizes = [...(state?.processes.values() ?? [])].map(({ pid }) => {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1024);
  });
  return `${sizes.join(', ')} MB`;
}

const posted: { patient: Uint8Array; tag: Uint8Array }[] = [];
let serial = 0;

/** A batch of records of which only the anchors exist: the cost of consensus, ledger, index and disk. */
async function anchor(sender: Sender, sequence: { next: number }): Promise<unknown> {
  const patient = sender.keys.id;
  const records = Array.from({ length: RECORDS }, () => {
    const nonce = hash(DOMAIN.devnet, utf8(`record ${serial++}`));
    const tags = Array.from({ length: TAGS }, (_, t) =>
      hash(DOMAIN.devnet, nonce, Uint8Array.of(t)).slice(0, 16),
    );
    posted.push(...tags.map((tag) => ({ patient, tag })));
    return {
      nonce,
      header: linkOf('dag-cbor', nonce),
      sequence: sequence.next++,
      previous: null,
      tags,
    };
  });
  const stored = storedHashOf(
    sender.connection.chainId,
    patient,
    records.map(({ nonce, header }) => ({ recordId: recordIdOf(patient, patient, nonce), header })),
  );
  const receipts = plan.nodes.slice(0, 2).map(({ name }) => {
    const node = deriveNodeKeys(backend, nodeRootOf(SEED, name));
    return {
      node: node.id,
      signature: signTagged(backend, DOMAIN.receipt, stored, node.validator.secretKey),
    };
  });
  return sender.send('record.anchor', { patient, records, receipts, kitSerial: 0 });
}

async function provenReads(sender: Sender, count: number): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < 40; round++) {
    const keys = Array.from({ length: count }, (_, i) => {
      const { patient, tag } = posted[(round * 7919 + i * 104_729) % posted.length] ?? {
        patient: new Uint8Array(32),
        tag: new Uint8Array(16),
      };
      return stateKeys.index(patient, patient, tag);
    });
    const begun = performance.now();
    const values = await sender.connection.state.read(keys);
    times.push(performance.now() - begun);
    if (values === undefined) throw new Error('no values');
  }
  return `p50 ${quantile(times, 0.5)} ms, p95 ${quantile(times, 0.95)} ms`;
}

try {
  say(`load average before: ${loadavg()[0]?.toFixed(2)}`);
  const begun = performance.now();
  await bringUp(dataDir, plan, {
    fresh: true,
    io: { out: () => undefined, signal: new AbortController().signal },
  });
  say(`start to ready: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  say(`memory of a node, idle: ${memory()}`);
  const genesis = new Uint8Array(readFileSync(genesisFile(dataDir)));
  const patients = await admitPatients(plan, genesis, SENDERS);
  const [first] = patients;
  if (first === undefined) throw new Error('no senders');
  const report = (sender: Sender): Promise<unknown> => sender.submit(sender.report());
  const size = first.report().length;
  first.nonce -= 1;
  say(`transactions of ${size} bytes, ${plan.nodes.length} nodes`);
  const single = await load([first], report);
  say(`1 outstanding:  ${single.text}`);
  const many = await load(patients, report);
  say(`${SENDERS} outstanding: ${many.text}`);
  const lanes = new Map(patients.map((patient) => [patient, { next: 0 }]));
  const anchors = await load(patients.slice(0, 16), (sender) =>
    anchor(sender, lanes.get(sender) ?? { next: 0 }),
  );
  say(
    `anchors of ${RECORDS} records with ${TAGS} tags, 16 outstanding: ${anchors.text}; records: ${posted.length / TAGS}`,
  );
  for (const count of [1, 10, 300]) {
    say(
      `proven read of ${count} among ${posted.length} postings, verified: ${await provenReads(first, count)}`,
    );
  }
  say(`memory of a node, after the load: ${memory()}`);
  await endNodes(dataDir);
  await compare(size, [
    { outstanding: 1, measured: single },
    { outstanding: SENDERS, measured: many },
  ]);
} finally {
  if (readState(dataDir) !== undefined) await endNodes(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit();
