import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { listCountKey, readCount } from '#consensus/ledger';
import { verifyReceipt } from '#node/client';
import { endNodes } from '../../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../../scripts/devnet/plan.ts';
import { findFreeBasePort } from '../../../scripts/devnet/ports.ts';
import { bringUp } from '../../../scripts/devnet/up.ts';
import { openRaceWorld } from '../../e2e/race-world.ts';

/**
 * A delegate end to end over four node processes on loopback, through HTTP, consensus and three or more proxies:
 *
 *   node tests/bench/ledger/delegate.ts [rounds, default 20] [access requests, default 600]
 *
 * Open of 1, 10 and 100 records (100 are two access requests), with receipts, each until the text lies open; access
 * requests a second of one delegate with 48 outstanding. Growth of the ledger: `tests/bench/search.ts`.
 */
const ROUNDS = Number(process.argv[2] ?? 20);
const REQUESTS = Number(process.argv[3] ?? 600);
const RECORDS = 100;
const OUTSTANDING = 48;
const HOME = 'east';

const dataDir = mkdtempSync(join(tmpdir(), 'phr-bench-delegate-'));
const plan = planDevnet({ seed: 'delegate', nodes: 4, basePort: await findFreeBasePort(4, 22_000) });
const say = (text: string): void => void process.stdout.write(`${text}\n`);
// `| head`: the nodes are ended all the same.
process.stdout.on('error', () => undefined);
const load = (): string =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(' ');

function figures(samples: readonly number[]): string {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (part: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN).toFixed(0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (${samples.length} times)`;
}

async function run(): Promise<void> {
  const signal = new AbortController().signal;
  await bringUp(dataDir, plan, { fresh: true, io: { out: () => undefined, signal } });
  const { bob, grant, hits, rekey, genesis, backend, maria } = await openRaceWorld(dataDir, plan, RECORDS);
  const client = bob.at(HOME);
  say(`four node processes, ${hits.length} records, Node ${process.version}, load ${load()}`);
  for (const count of [1, 10, 100]) {
    const samples: number[] = [];
    let receipts: readonly Uint8Array[] = [];
    for (let i = 0; i < (count === 100 ? Math.ceil(ROUNDS / 4) : ROUNDS); i += 1) {
      const startMs = performance.now();
      const shared = await client.sharing.openShared({ grant, hits: hits.slice(0, count) });
      samples.push(performance.now() - startMs);
      if (shared.records.length !== count) throw new Error('not everything was opened');
      receipts = shared.receipts;
    }
    for (const receipt of receipts) verifyReceipt(backend, genesis, receipt);
    const bytes = receipts.reduce((sum, { length }) => sum + length, 0);
    say(`open ${count} records: ${figures(samples)}; ${receipts.length} receipts, ${bytes} bytes, verified`);
  }
  await requests();
  const counted = await maria.at('north').read([listCountKey('audit', maria.keys.id)]);
  say(`audit lines of the patient: ${readCount(counted.get, 'audit', maria.keys.id)}`);
  say(`load at the end ${load()}`);

  async function requests(): Promise<void> {
    const first = await bob.nonce(HOME);
    const { height } = await client.status();
    const [hit] = hits;
    if (hit === undefined) throw new Error('no hit');
    const latencies: number[] = [];
    let next = 0;
    const begun = performance.now();
    const worker = async (): Promise<void> => {
      while (next < REQUESTS) {
        const nonce = first + next;
        next += 1;
        const sentMs = performance.now();
        await bob.request(HOME, { grant, hit, rekey, nonce, height });
        latencies.push(performance.now() - sentMs);
      }
    };
    await Promise.all(Array.from({ length: OUTSTANDING }, worker));
    const seconds = (performance.now() - begun) / 1000;
    say(
      `access requests of one delegate, ${OUTSTANDING} outstanding: ${(REQUESTS / seconds).toFixed(1)}/s committed, ${figures(latencies)}`,
    );
  }
}

try {
  await run();
} finally {
  await endNodes(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}
