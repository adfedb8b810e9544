import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { derivePersonKeys, sha256, utf8 } from '#crypto';
import type { PersonKeys } from '#crypto';
import { decodeBlock } from '#consensus';
import {
  decodeGenesis,
  decodeTransaction,
  readRecoverySharing,
  readSharing,
  stateKeys,
} from '#consensus/ledger';
import type { TransactionKind } from '#consensus/ledger';
import { createClient } from '#node/client';
import type { PhrClient } from '#node/client';
import { openLedgerStore } from '#storage';
import { addNode, decide } from '../../scripts/devnet/add-node.ts';
import { nodeFiles } from '../../scripts/devnet/node-process.ts';
import { endNodes } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { viewNodes } from '../../scripts/devnet/readiness.ts';
import { personRootOf } from '../../scripts/devnet/seeded-keys.ts';
import { bringUp } from '../../scripts/devnet/up.ts';
import { openRaceWorld } from '../e2e/race-world.ts';
import type { RaceWorld } from '../e2e/race-world.ts';

/**
 * How long a network takes to share grants and deposits again, over node processes on loopback:
 *
 *   node tests/bench/resharing.ts [grants, default 100] [deposits, default 10, even]
 *
 * Grants of one patient to one delegate, made one after the other (the peer: what the same number of plain grants costs in
 * the same run), deposits of several patients; a fifth institution joins, then the first one leaves. Times are those of
 * blocks, from the last one before the change to the one in which the last grant or deposit has its new holders.
 */
const GRANTS = Number(process.argv[2] ?? 100);
const DEPOSITS = Number(process.argv[3] ?? 10);
const HOME = 'north';
const STAYS = 'east';
const WITHIN_MS = 1_200_000;
const LOOK_MS = 3_000;

const dataDir = mkdtempSync(join(tmpdir(), 'phr-bench-resharing-'));
const plan = planDevnet({ seed: 'resharing', nodes: 4, basePort: await findFreeBasePort(5, 23_000) });
const { signal } = new AbortController();
const io = { out: () => undefined, signal };
const say = (text: string): void => void process.stdout.write(`${text}\n`);
// `| head`: the nodes are ended all the same.
process.stdout.on('error', () => undefined);
const load = (): string =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(' ');

function p50(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A client at a node for keys of the plan or of a name; nothing of the members is left to confirm in a benchmark. */
async function clientAt(world: RaceWorld, name: string, keys: PersonKeys): Promise<PhrClient> {
  const view = (await viewNodes(dataDir)).find(({ node }) => node.name === name);
  if (view?.answers !== true) throw new Error(`${name} does not answer`);
  return createClient({
    baseUrl: view.node.apiUrl,
    genesis: world.genesis,
    nodeId: view.status.node,
    backend: world.backend,
    keys,
    clock: { now: () => decodeGenesis(world.genesis).timeMs },
  });
}

const administrator = (world: RaceWorld, name: string): PersonKeys =>
  derivePersonKeys(world.backend, personRootOf(plan.seed, name));

async function makeGrants({ maria, bob }: RaceWorld): Promise<void> {
  for (let i = 0; i < GRANTS; i++) {
    await maria.at(HOME).sharing.grant({
      patient: maria.keys.id,
      delegate: bob.keys.id,
      categories: ['vital-signs'],
      months: ['2026-11'],
      purpose: 'TREAT',
      expiresAtMs: Date.now() + 86_400_000,
    });
  }
}

/** Half of them for emergencies, half for recoveries. */
async function makeDeposits(world: RaceWorld): Promise<Uint8Array[]> {
  const patients: Uint8Array[] = [];
  for (let i = 0; i < DEPOSITS / 2; i++) {
    const keys = derivePersonKeys(world.backend, sha256(utf8(`depositor ${i}`)));
    const client = await clientAt(world, HOME, keys);
    await client.people.register({ role: 'patient', home: client.nodeId });
    for (const which of [1, 2]) {
      const approver = await clientAt(world, HOME, administrator(world, `${HOME}-admin-${which}`));
      if ((await approver.people.approve(keys.id)).remaining === 0) break;
    }
    await client.emergencies.optIn({ patient: keys.id });
    await client.recoveries.deposit({ passphrase: null });
    patients.push(keys.id);
  }
  return patients;
}

/** Heights of the blocks since which the present shares count, of all grants and deposits, once all are of this epoch. */
async function settled(world: RaceWorld, patients: readonly Uint8Array[], epoch: number): Promise<number[]> {
  const { maria } = world;
  const keys = patients.flatMap((id) => [stateKeys.sharing(id), stateKeys.recoverySharing(id)]);
  const endMs = performance.now() + WITHIN_MS;
  for (;;) {
    const grants = await maria.at(STAYS).sharing.grantsOf(maria.keys.id);
    const { get } = await maria.at(STAYS).read(keys);
    const deposits = patients.flatMap((id) => [readSharing(get, id), readRecoverySharing(get, id)]);
    const all = [...grants, ...deposits.flatMap((one) => one ?? [])];
    if (all.every((one) => one.epoch === epoch)) return all.map((one) => one.sharesHeight);
    if (performance.now() > endMs) throw new Error(`not all of epoch ${epoch} within ${WITHIN_MS / 1000} s`);
    // To look costs the node something too.
    await delay(LOOK_MS);
  }
}

interface Change {
  readonly what: string;
  readonly fromHeight: number;
  readonly heights: readonly number[];
  readonly load: string;
}

async function firstLeaves(world: RaceWorld): Promise<number> {
  const voices: PhrClient[] = [];
  for (const home of ['east', 'south', 'west', 'n5'])
    for (const which of [1, 2])
      voices.push(await clientAt(world, home, administrator(world, `${home}-admin-${which}`)));
  const [first] = voices;
  if (first === undefined) throw new Error('no voice');
  const { members } = await first.consortium.view();
  const institution = members.find(({ name }) => name === HOME)?.id ?? new Uint8Array();
  const { height } = await first.head();
  const { hash } = await first.consortium.remove({ institution, fromHeight: height + 10 });
  return await decide(voices, hash, signal);
}

/** Time of each block, and the bytes of each transaction by kind, from the ledger of a node that has ended. */
function readLedger(): {
  timeMs: Map<number, number>;
  sent: { height: number; kind: TransactionKind; bytes: number }[];
} {
  const store = openLedgerStore(join(nodeFiles(dataDir, STAYS).data, 'ledger'));
  const timeMs = new Map<number, number>();
  const sent: { height: number; kind: TransactionKind; bytes: number }[] = [];
  for (let height = 1; ; height++) {
    const held = store.blockAt(height);
    if (held === undefined) break;
    const { header, transactions } = decodeBlock(held.block);
    timeMs.set(height, header.time);
    for (const wire of transactions)
      sent.push({ height, kind: decodeTransaction(wire).transaction.kind, bytes: wire.length });
  }
  store.close();
  return { timeMs, sent };
}

async function run(): Promise<void> {
  await bringUp(dataDir, plan, { fresh: true, io });
  const world = await openRaceWorld(dataDir, plan);
  say(
    `four node processes, ${GRANTS} grants and ${DEPOSITS} deposits, Node ${process.version}, load ${load()}`,
  );
  // Seen before the change, nothing of the members is to be confirmed there.
  await world.maria.at(STAYS).head();
  await makeGrants(world);
  const patients = await makeDeposits(world);
  const changes: Change[] = [];
  const loadBefore = load();
  const joined = await addNode(dataDir, { io });
  changes.push({
    what: 'a fifth joins',
    fromHeight: joined.fromHeight,
    heights: await settled(world, patients, 1),
    load: `${loadBefore} before, ${load()} after`,
  });
  const loadBetween = load();
  const left = await firstLeaves(world);
  changes.push({
    what: 'the first leaves',
    fromHeight: left,
    heights: await settled(world, patients, 2),
    load: `${loadBetween} before, ${load()} after`,
  });
  await endNodes(dataDir);
  report(changes);
}

function report(changes: readonly Change[]): void {
  const { timeMs, sent } = readLedger();
  const at = (height: number): number => timeMs.get(height) ?? Number.NaN;
  const bytesOf = (list: readonly { bytes: number }[]): number =>
    list.reduce((sum, { bytes }) => sum + bytes, 0);
  const grants = sent.filter(({ kind }) => kind === 'grant.create');
  const [first, last] = [grants.at(-GRANTS)?.height ?? 0, grants.at(-1)?.height ?? 0];
  const plainMs = (at(last) - at(first)) / (GRANTS - 1);
  const plainBytes = bytesOf(grants) / grants.length;
  say(`plain grants, one after the other: ${plainMs.toFixed(0)} ms and ${plainBytes.toFixed(0)} bytes each`);
  for (const { what, fromHeight, heights, load: loads } of changes) {
    const begunMs = at(fromHeight - 1);
    const end = Math.max(...heights);
    const afterMs = heights.map((height) => at(height) - begunMs);
    const totalMs = Math.max(...afterMs);
    const parts = sent.filter(
      ({ height, kind }) => height >= fromHeight && height <= end && kind.startsWith('reshare.'),
    );
    const deals = parts.filter(({ kind }) => kind === 'reshare.deal');
    const confirms = parts.filter(({ kind }) => kind === 'reshare.confirm');
    const each = totalMs / heights.length;
    const eachBytes = bytesOf(parts) / heights.length;
    say(`${what} (load ${loads}): ${heights.length} grants and deposits in ${(totalMs / 1000).toFixed(1)} s`);
    say(`  p50 has its new holders after ${(p50(afterMs) / 1000).toFixed(1)} s; ${each.toFixed(0)} ms each`);
    say(
      `  of a plain grant's time ${(each / plainMs).toFixed(2)}, of its bytes ${(eachBytes / plainBytes).toFixed(1)}`,
    );
    say(`  ledger: ${bytesOf(parts)} bytes, ${eachBytes.toFixed(0)} each; blocks ${end - fromHeight + 1}`);
    say(`  ${deals.length} deals of ${(bytesOf(deals) / deals.length).toFixed(0)} bytes,`);
    say(`  ${confirms.length} confirmations of ${(bytesOf(confirms) / confirms.length).toFixed(0)} bytes`);
  }
}

try {
  await run();
} finally {
  await endNodes(dataDir).catch(() => undefined);
  rmSync(dataDir, { recursive: true, force: true });
}
