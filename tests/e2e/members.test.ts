import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { derivePersonKeys, nobleBackend, toHex } from '#crypto';
import type { CID, PersonKeys } from '#crypto';
import { readRecoverySharing, readSharing, stateKeys } from '#consensus/ledger';
import type { EmergencySharing, Grant } from '#consensus/ledger';
import { createClient, ClientError, verifyAudit, verifyEmergencyReceipt, verifyReceipt } from '#node/client';
import type { PhrClient } from '#node/client';
import { addNode, decide } from '../../scripts/devnet/add-node.ts';
import { nodeFiles } from '../../scripts/devnet/node-process.ts';
import { endNodes, signalNode, startNode } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import { poll } from '../../scripts/devnet/poll.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { viewNodes } from '../../scripts/devnet/readiness.ts';
import { personRootOf } from '../../scripts/devnet/seeded-keys.ts';
import { readState } from '../../scripts/devnet/state-file.ts';
import { bringUp } from '../../scripts/devnet/up.ts';
import { openRaceWorld, readings } from './race-world.ts';
import type { RaceWorld } from './race-world.ts';

/** Real processes: a fifth institution joins a running network, a first one leaves, and work goes on. */
const scratch = mkdtempSync(join(tmpdir(), 'phr-e2e-members-'));
const dataDir = join(scratch, 'data');
const signal = new AbortController().signal;
const plan = planDevnet({ seed: 'members', nodes: 4, basePort: await findFreeBasePort(5, 28_000) });
const quiet = { out: () => undefined, signal };
let world: RaceWorld;
let passed = 0;
/** Tina, of west, has made deposits, and her client is away from then on. Bob’s emergency runs the whole time. */
const tina = derivePersonKeys(nobleBackend, personRootOf(plan.seed, 'tina'));
const CARD = 'penicillin: anaphylaxis';
let emergency: Uint8Array = new Uint8Array();

beforeAll(async () => {
  await bringUp(dataDir, plan, { fresh: true, io: quiet });
  world = await openRaceWorld(dataDir, plan);
  await depositOfTina();
});

afterAll(async () => {
  if (readState(dataDir) !== undefined) await endNodes(dataDir);
  if (passed === 4) rmSync(scratch, { recursive: true, force: true });
});

const views = async () => (await viewNodes(dataDir)).flatMap((view) => (view.answers ? [view] : []));
const wait = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const held = await poll(async () => ((await holds()) ? true : undefined), { timeoutMs: 120_000, signal });
  if (held === undefined) throw new Error(`${what}: not within two minutes`);
};

/** A client at any node of the network, the fifth included. */
async function clientAt(name: string, keys: PersonKeys, members?: string): Promise<PhrClient> {
  const view = (await views()).find(({ node }) => node.name === name);
  if (view === undefined) throw new Error(`${name} does not answer`);
  return createClient({
    baseUrl: view.node.apiUrl,
    genesis: world.genesis,
    nodeId: view.status.node,
    backend: world.backend,
    keys,
    ...(members === undefined ? {} : { members }),
  });
}

const administrator = (name: string): PersonKeys =>
  derivePersonKeys(world.backend, personRootOf(plan.seed, name));

/** The grant as its shares are held now, as a node proves it. */
async function held(name: string, id: Uint8Array): Promise<Grant> {
  const grants = await world.maria.at(name).sharing.grantsOf(world.maria.keys.id);
  const grant = grants.find((one) => toHex(one.id) === toHex(id));
  if (grant === undefined) throw new Error('no such grant');
  return grant;
}

async function depositOfTina(): Promise<void> {
  const west = (await views()).find(({ node }) => node.name === 'west');
  const client = await clientAt('west', tina);
  await client.people.register({ role: 'patient', home: Buffer.from(west?.status.node ?? '', 'hex') });
  for (const which of [1, 2]) {
    const approver = await clientAt('west', administrator(`west-admin-${which}`));
    if ((await approver.people.approve(tina.id)).remaining === 0) break;
  }
  await client.emergencies.optIn({ patient: tina.id });
  await client.recoveries.deposit({ passphrase: null });
  const card = {
    resource: new TextEncoder().encode(CARD),
    category: 'emergency',
    month: 'all',
    keywords: ['card'],
  };
  await client.records.upload({ patient: tina.id, records: [card] });
  const request = {
    patient: tina.id,
    reason: 'ETREAT',
    text: 'unconscious',
    lifetimeMs: 86_400_000,
  } as const;
  ({ emergency } = await world.bob.at('east').emergencies.request(request));
  await (await clientAt('east', administrator('east-admin-1'))).emergencies.countersign(emergency);
}

/** Both of Tina's deposits as they are held now. */
async function deposits(): Promise<EmergencySharing[]> {
  const { get } = await world.bob
    .at('east')
    .read([stateKeys.sharing(tina.id), stateKeys.recoverySharing(tina.id)]);
  return [readSharing(get, tina.id), readRecoverySharing(get, tina.id)].flatMap((one) => one ?? []);
}

/** What Bob reads of Tina's, and how many institutions released it. */
async function readInEmergency(): Promise<{ texts: string[]; nodes: number; liars: number }> {
  const { records, receipts, liars } = await world.bob.at('east').emergencies.open(emergency);
  const counts = receipts.map(
    (file) => verifyEmergencyReceipt(nobleBackend, world.genesis, file).nodes.length,
  );
  const texts = records.map(({ resource }) => new TextDecoder().decode(resource));
  return { texts, nodes: Math.min(...counts), liars: liars.length };
}

const boxesOf = ({ shares }: Pick<Grant, 'shares'>): CID[] => shares.flatMap(({ boxes }) => boxes);

function isOnDisk(name: string, cid: CID): boolean {
  const digest = toHex(cid.multihash.digest);
  const blocks = join(nodeFiles(dataDir, name).directory, 'data', 'blocks', 'blocks');
  return existsSync(join(blocks, digest.slice(0, 2), digest));
}

async function opened(client: PhrClient, grant: Uint8Array): Promise<Uint8Array[]> {
  const { hits } = await client.sharing.search({ grant, keywords: '*' });
  const { receipts, records } = await client.sharing.openShared({ grant, hits });
  expect(records.length).toBe(hits.length);
  expect(hits.length).toBeGreaterThan(0);
  return [...receipts];
}

describe('institutions that join and leave a running network', () => {
  it('a fifth node joins, catches up, and decides: without one of the first four, with five as a set', async () => {
    for (const name of ['north', 'east', 'south', 'west']) await world.maria.at(name).head();
    const before = await held('north', world.grant);
    expect(before.threshold).toBe(3);
    const depositsBefore = await deposits();
    expect(depositsBefore.map(({ threshold, epoch }) => [threshold, epoch])).toEqual([
      [3, 0],
      [3, 0],
    ]);
    expect(await readInEmergency()).toEqual({ texts: [CARD], nodes: 3, liars: 0 });
    for (const box of boxesOf(before)) expect(isOnDisk('west', box)).toBe(true);
    const { node, fromHeight } = await addNode(dataDir, { io: quiet });
    expect(node.name).toBe('n5');
    const all = await views();
    expect(all).toHaveLength(5);
    for (const { status } of all) {
      expect(status.validators).toHaveLength(5);
      expect(status.quorum).toBe(4);
    }
    // the grant of before is shared again among five, by themselves; what it was held by is gone from every disk
    await wait('five hold the old grant', async () => (await held('east', world.grant)).shares.length === 5);
    expect(await held('east', world.grant)).toMatchObject({ threshold: 4, epoch: 1 });
    await wait('five hold the deposits', async () => (await deposits()).every(({ epoch }) => epoch === 1));
    for (const [i, deposit] of (await deposits()).entries()) {
      expect(deposit).toMatchObject({ threshold: 4, id: depositsBefore[i]!.id, endedHeight: null });
      expect(deposit.shares).toHaveLength(5);
    }
    const first = ['north', 'east', 'south', 'west'];
    const old = [before, ...depositsBefore].flatMap(boxesOf);
    await wait('the old shares are deleted', async () =>
      first.every((name) => old.every((box) => !isOnDisk(name, box))),
    );
    for (const { sealed } of depositsBefore)
      for (const name of first) expect(isOnDisk(name, sealed)).toBe(true);
    // 4 of 5 is the quorum: with south away nothing is agreed without the fifth's own vote
    await signalNode(dataDir, 'south', 'SIGKILL');
    const { height } = await world.maria
      .at('east')
      .records.upload({ patient: world.maria.keys.id, records: readings(4) })
      .then(() => world.maria.at('east').head());
    expect(height).toBeGreaterThanOrEqual(fromHeight);
    // and so is the threshold: the delegate opens with the fifth's conversions, under a grant older than the fifth
    for (const receipt of await opened(world.bob.at('east'), world.grant)) {
      const { proxies } = verifyReceipt(nobleBackend, world.genesis, receipt);
      expect(proxies.map(toHex)).toContain(all.find(({ node: { name } }) => name === 'n5')!.status.node);
    }
    // nor do those who are left release too little: four of five, the fifth among them
    expect(await readInEmergency()).toEqual({ texts: [CARD], nodes: 4, liars: 0 });
    startNode(dataDir, 'south');
    await wait('south is back', async () => {
      const heights = (await views()).map(({ status }) => status.hash);
      return heights.length === 5 && new Set(heights).size === 1;
    });
    passed += 1;
  });

  it('new grants name the fifth, which converts; people register there', async () => {
    const { maria, bob } = world;
    const { grant } = await maria.at('west').sharing.grant({
      patient: maria.keys.id,
      delegate: bob.keys.id,
      categories: ['vital-signs'],
      months: ['2026-11'],
      purpose: 'TREAT',
      expiresAtMs: Date.now() + 86_400_000,
    });
    const receipts = await opened(bob.at('east'), grant);
    const { proxies } = verifyReceipt(nobleBackend, world.genesis, receipts[0]!);
    expect(proxies.length).toBe(4);
    const keys = derivePersonKeys(world.backend, personRootOf(plan.seed, 'newcomer'));
    const fifth = (await views()).find(({ node }) => node.name === 'n5')!;
    const { fingerprint } = await maria.at('west').consortium.view();
    const newcomer = await clientAt('n5', keys, fingerprint);
    await newcomer.people.register({ role: 'patient', home: Buffer.from(fifth.status.node, 'hex') });
    const approver = await clientAt('n5', administrator('n5-admin-1'), fingerprint);
    const { remaining } = await approver.people.approve(keys.id);
    expect(remaining).toBe(0);
    passed += 1;
  });

  it('the first institution leaves: the others drop it, and go on with old grants and new records', async () => {
    const { maria, bob, grant } = world;
    const { fingerprint, members } = await maria.at('west').consortium.view();
    const north = members.find(({ name }) => name === 'north')!;
    const voices = [];
    for (const home of ['east', 'south', 'west', 'n5'])
      for (const which of [1, 2])
        voices.push(await clientAt(home, administrator(`${home}-admin-${which}`), fingerprint));
    const [first] = voices;
    const { height } = await first!.head();
    const { hash } = await first!.consortium.remove({ institution: north.id, fromHeight: height + 10 });
    const fromHeight = await decide(voices, hash, signal);
    await wait('the change is in force', async () =>
      (await views())
        .filter(({ node }) => node.name !== 'north')
        .every(({ status }) => status.height >= fromHeight - 1 && status.validators.length === 4),
    );
    await wait('the others hang up on north', async () => {
      const left = (await views()).find(({ node }) => node.name === 'north');
      return left !== undefined && left.status.validators.every(({ connected, self }) => self || !connected);
    });
    await signalNode(dataDir, 'north', 'SIGKILL');
    await maria.at('east').records.upload({ patient: maria.keys.id, records: readings(4) });
    // four hold the old grant, so that one of them may be away as well
    await wait('four hold the old grant', async () => (await held('east', grant)).epoch === 2);
    await wait('four hold the deposits', async () => (await deposits()).every(({ epoch }) => epoch === 2));
    await signalNode(dataDir, 'south', 'SIGKILL');
    const receipts = await opened(bob.at('east'), grant);
    for (const receipt of receipts)
      expect(verifyReceipt(nobleBackend, world.genesis, receipt).proxies).toHaveLength(3);
    expect(await readInEmergency()).toEqual({ texts: [CARD], nodes: 3, liars: 0 });
    startNode(dataDir, 'south');
    await wait('south is back', async () =>
      (await views()).some(({ node, status }) => node.name === 'south' && status.condition === 'working'),
    );
    const audit = await maria.at('south').audit.export(maria.keys.id);
    expect(verifyAudit(nobleBackend, world.genesis, audit).lines.length).toBeGreaterThan(3);
    passed += 1;
  });

  it('a client with the genesis alone is asked to compare the fingerprint, and a node restarts on its own ledger', async () => {
    const { maria } = world;
    const { fingerprint } = await maria.at('east').consortium.view();
    const fresh = await clientAt('west', maria.keys);
    const refused: unknown = await fresh.head().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ClientError);
    expect(refused).toMatchObject({ code: 'members-unconfirmed', facts: { fingerprint } });
    expect((await (await clientAt('west', maria.keys, fingerprint)).head()).height).toBeGreaterThan(0);
    for (const name of ['n5', 'east']) {
      await signalNode(dataDir, name, 'SIGKILL');
      startNode(dataDir, name);
    }
    await wait('both are back', async () =>
      (await views()).some(({ node, status }) => node.name === 'n5' && status.condition === 'working'),
    );
    await maria.at('south').records.upload({ patient: maria.keys.id, records: readings(4) });
    const log = readFileSync(nodeFiles(dataDir, 'n5').log, 'utf8');
    expect(log).not.toContain('sync-refused');
    expect(toHex(maria.keys.id)).toHaveLength(64);
    passed += 1;
  });
});
