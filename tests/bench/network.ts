/**
 * A real network of four node processes on loopback: start to ready, committed transactions a second and latency with
 * 1 and 64 outstanding, anchors of batches, proven reads among the postings these make, memory of a node.
 * Run: `node tests/bench/network.ts [seconds for each load, default 15]`
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveNodeKeys, DOMAIN, hash, linkOf, signTagged, utf8 } from '#crypto';
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

/** Every sender sends, waits for its block, and sends again, until the time is over. */
async function load(senders: readonly Sender[], work: (sender: Sender) => Promise<unknown>): Promise<string> {
  const latencies: number[] = [];
  const heightBefore = await height();
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
  const rate = latencies.length / ((performance.now() - begun) / 1000);
  const blocks = (await height()) - heightBefore;
  return `${rate.toFixed(1)}/s, p50 ${quantile(latencies, 0.5)} ms, p95 ${quantile(latencies, 0.95)} ms, p99 ${quantile(latencies, 0.99)} ms (${latencies.length} requests in ${blocks} blocks)`;
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
    const recordId = hash(DOMAIN.devnet, utf8(`record ${serial++}`));
    const tags = Array.from({ length: TAGS }, (_, t) =>
      hash(DOMAIN.devnet, recordId, Uint8Array.of(t)).slice(0, 16),
    );
    posted.push(...tags.map((tag) => ({ patient, tag })));
    return {
      recordId,
      header: linkOf('dag-cbor', recordId),
      sequence: sequence.next++,
      previous: null,
      tags,
    };
  });
  const stored = storedHashOf(
    sender.connection.chainId,
    patient,
    records.map(({ header }) => header),
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
  say(`1 outstanding:  ${await load([first], report)}`);
  say(`${SENDERS} outstanding: ${await load(patients, report)}`);
  const lanes = new Map(patients.map((patient) => [patient, { next: 0 }]));
  const anchors = await load(patients.slice(0, 16), (sender) =>
    anchor(sender, lanes.get(sender) ?? { next: 0 }),
  );
  say(
    `anchors of ${RECORDS} records with ${TAGS} tags, 16 outstanding: ${anchors}; records: ${posted.length / TAGS}`,
  );
  for (const count of [1, 10, 300]) {
    say(
      `proven read of ${count} among ${posted.length} postings, verified: ${await provenReads(first, count)}`,
    );
  }
  say(`memory of a node, after the load: ${memory()}`);
} finally {
  await endNodes(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit();
