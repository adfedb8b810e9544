import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CID, decodeRecordHeader, matchesLink, toHex, utf8 } from '#crypto';
import { ClientError, emptyProfile } from '#node/client';
import type { PhrClient } from '#node/client';
import { drawCanaries, needlesOf } from '../../scripts/devnet/canary/needles.ts';
import type { Needle } from '../../scripts/devnet/canary/needles.ts';
import { mergeScans, scanDirectory } from '../../scripts/devnet/canary/scan-files.ts';
import { FourNodes, NODE_NAMES, until } from './four-nodes.ts';
import type { NodeName } from './four-nodes.ts';

const SLICE_BYTES = 40;
const canaries = drawCanaries('er');

let nodes: FourNodes;
let [maria, alice, bob]: PhrClient[] = [];
let failed = false;
/** Hex SHA-256 of all blocks that lay on any node before Maria came. */
let before: Set<string>;

const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('absent');
  return value;
};
const fileOf = (name: NodeName, digest: string): string =>
  join(nodes.directoryOf(name), 'data', 'blocks', 'blocks', digest.slice(0, 2), digest);
const digestOf = (cid: CID): string => toHex(cid.multihash.digest);

function blocksOn(name: NodeName): string[] {
  const root = join(nodes.directoryOf(name), 'data', 'blocks', 'blocks');
  return readdirSync(root).flatMap((shard) => readdirSync(join(root, shard)));
}

const holdersOf = (digest: string, among: readonly NodeName[] = NODE_NAMES): NodeName[] =>
  among.filter((name) => existsSync(fileOf(name, digest)));

/** Something out of the middle of a block, as it would stand in a page, a log, a free list. */
function sliceOf(digest: string): Needle {
  const [name] = holdersOf(digest);
  const bytes = readFileSync(fileOf(must(name), digest));
  const at = Math.floor((bytes.length - SLICE_BYTES) / 2);
  return { encoding: digest, bytes: Buffer.from(bytes.subarray(at, at + SLICE_BYTES)) };
}

const scan = async (needles: readonly Needle[]) =>
  mergeScans(await Promise.all(NODE_NAMES.map((name) => scanDirectory(nodes.directoryOf(name), needles))));

const record = (text: string, category: string, bytes = 0) => ({
  resource: utf8(`${canaries.word('record')} ${text} ${'x'.repeat(bytes)}`),
  category,
  month: category === 'emergency' ? 'all' : '2026-11',
  keywords: [canaries.word('keyword')],
});

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return 'nothing thrown';
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return error.api?.code ?? error.code;
  }
}

/** Everything of one record: header, and what its header says of its body. */
async function blocksOf(client: PhrClient, header: CID): Promise<string[]> {
  const { bodyCid } = decodeRecordHeader(await client.get(header));
  const root = await client.get(bodyCid);
  const leaves = matchesLink(bodyCid, root) && bodyCid.code !== 0x55 ? leavesIn(root) : [];
  return [header, bodyCid, ...leaves].map(digestOf);
}

/** The leaves of a long body, by the digests of blocks that its list contains. */
function leavesIn(root: Uint8Array): CID[] {
  const all = new Set(NODE_NAMES.flatMap(blocksOn));
  const hex = toHex(root);
  return [...all].filter((digest) => hex.includes(digest)).map((digest) => rawLink(digest));
}

const rawLink = (digest: string): CID => CID.decode(Uint8Array.from(Buffer.from(`01551220${digest}`, 'hex')));

beforeAll(async () => {
  nodes = await FourNodes.open('erasure', 28_400);
  alice = await nodes.admit('alice', 'doctor', 'north');
  bob = await nodes.admit('bob', 'doctor', 'east');
  before = new Set(NODE_NAMES.flatMap(blocksOn));
  maria = nodes.client(nodes.person('maria'), 'north');
  const { keys } = maria;
  const profile = { ...emptyProfile, family: canaries.word('profile'), given: 'Maria' };
  await maria.people.register({ role: 'patient', home: nodes.keysOf('north').id, profile });
  const [administrator] = nodes.administrators('north');
  await administrator.people.approve(keys.id);
  await administrator.care.assign(keys.id, alice.keys.id);
  await maria.care.acceptAssignment(alice.keys.id);
  await maria.records.upload({
    patient: keys.id,
    records: [
      record('first', 'vital-signs'),
      record('second', 'vital-signs'),
      record('long', 'document', 2_500_000),
      record('card', 'emergency'),
    ],
  });
  await maria.emergencies.optIn({ patient: keys.id });
  await maria.sharing.grant({
    patient: keys.id,
    delegate: bob.keys.id,
    categories: ['vital-signs'],
    months: ['2026-11'],
    purpose: 'TREAT',
    expiresAtMs: nodes.clock.now() + 86_400_000,
  });
});

afterAll(async () => {
  await nodes.close(failed);
});

describe('erasure over four nodes', () => {
  it('deletes a record everywhere, also on a node that was away, and nothing else', async () => {
    failed = true;
    const [patient, doctor] = [must(maria), must(alice)];
    await doctor.care.fetchKeys(patient.keys.id);
    const selection = {
      patient: patient.keys.id,
      categories: ['document', 'vital-signs'],
      months: ['2026-11'],
    };
    const { hits } = await patient.records.search({ ...selection, keywords: '*' });
    const long = must(hits.find(({ compartment: { category } }) => category === 'document'));
    const digests = await blocksOf(patient, long.header);
    expect(digests.length).toBeGreaterThan(4);
    const stored = must(await storedBlock(long.header));
    // The control: it is there, on more than one node.
    for (const digest of digests) expect(holdersOf(digest).length, digest).toBeGreaterThan(1);
    // Alice reads it at west, so that a whole copy lies there when west goes away.
    const atWest = nodes.client(nodes.person('alice'), 'west');
    await atWest.care.fetchKeys(patient.keys.id);
    await atWest.records.open(long);
    for (const digest of digests) expect(holdersOf(digest), digest).toContain('west');
    await nodes.stop('west');

    const kept = new Set(blocksOn('north').filter((digest) => !digests.includes(digest)));
    await patient.erasure.erase(patient.keys.id, [long.recordId]);
    const running = NODE_NAMES.filter((name) => name !== 'west');
    await until(
      () => digests.every((digest) => holdersOf(digest, running).length === 0) || undefined,
      'gone',
    );
    const left = new Set(blocksOn('north'));
    expect([...kept].filter((digest) => !left.has(digest))).toEqual([]);
    expect(holdersOf(digestOf(long.header))).toEqual(['west']);
    expect(await codeOf(doctor.records.open(long))).toBe('not-found');

    await nodes.start('west');
    await until(() => digests.every((digest) => holdersOf(digest).length === 0) || undefined, 'gone at west');
    for (const name of NODE_NAMES) {
      const client = nodes.client(nodes.person('alice'), name);
      expect(await codeOf(client.get(long.header)), name).toBe('block-unavailable');
      // Whoever kept a copy does not bring it back.
      expect(await codeOf(client.put([{ codec: 'dag-cbor', bytes: stored }])), name).toBe('forbidden');
    }
    expect(digests.flatMap((digest) => holdersOf(digest))).toEqual([]);
    const rest = hits.filter((hit) => hit !== long);
    expect(await doctor.records.openAll(rest)).toHaveLength(rest.length);
  });

  it('deletes the shares of a revoked grant and of a deposit that was replaced', async () => {
    const patient = must(maria);
    const { id } = patient.keys;
    const deposit = must(await patient.emergencies.deposit(id));
    const [grant] = await patient.sharing.grantsOf(id);
    const ofGrant = must(grant).shares.flatMap(({ boxes: held }) => held);
    const ofDeposit = [deposit.sealed, ...deposit.shares.flatMap(({ boxes: held }) => held)];
    const boxes = [...ofDeposit, ...ofGrant].map((box) => digestOf(box));
    for (const digest of boxes) expect(holdersOf(digest).length).toBeGreaterThan(1);
    await patient.emergencies.renew({ patient: id });
    await patient.submit('grant.revoke', { grant: must(grant).id });
    await until(() => boxes.every((digest) => holdersOf(digest).length === 0) || undefined, 'shares gone');
  });

  it('leaves nothing of an erased person on any disk but pseudonyms, links and hashes', async () => {
    const patient = must(maria);
    const hers = [...new Set(NODE_NAMES.flatMap(blocksOn))].filter((digest) => !before.has(digest));
    expect(hers.length).toBeGreaterThan(12);
    const slices = hers.map(sliceOf);
    // The control: the very same search finds every one of them now, profile, keyrings and shares included.
    const control = await scan(slices);
    expect(new Set(control.hits.map(({ encoding }) => encoding))).toEqual(new Set(hers));
    // Nor was there ever a word of hers in the clear.
    expect((await scan(needlesOf(canaries.stem))).hits).toEqual([]);

    await patient.erasure.erasePerson(patient.keys.id);
    await until(() => hers.every((digest) => holdersOf(digest).length === 0) || undefined, 'all gone');
    const after = await until(async () => {
      const found = await scan([...slices, ...needlesOf(canaries.stem)]);
      return found.hits.length === 0 ? found : undefined;
    }, 'nothing matches');
    expect(after.parts).toBeGreaterThan(20);
    expect(after.bytes).toBeGreaterThan(100_000);
    // The ledger goes on, and the others have lost nothing.
    expect(await codeOf(patient.people.myself())).toBe('forbidden');
    for (const digest of before) expect(holdersOf(digest).length, digest).toBeGreaterThan(0);
    expect((await must(bob).people.myself())?.status).toBe('active');
  });

  it('keeps it so over a restart of every node', async () => {
    const digests = [...new Set(NODE_NAMES.flatMap(blocksOn))];
    for (const name of NODE_NAMES) {
      await nodes.stop(name);
      await nodes.start(name);
    }
    await until(async () => ((await must(bob).head()).height > 0 ? true : undefined), 'back');
    expect(digests.filter((digest) => !before.has(digest))).toEqual([]);
    expect([...new Set(NODE_NAMES.flatMap(blocksOn))].toSorted()).toEqual(digests.toSorted());
    failed = false;
  });
});

async function storedBlock(cid: CID): Promise<Uint8Array | undefined> {
  return await must(maria).get(cid);
}
