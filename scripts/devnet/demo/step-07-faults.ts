import { signalNode, startNode } from '../nodes.ts';
import { playNight, prepareCard } from './emergency-night.ts';
import { agreement, statusesOf, statusWhere } from './network-state.ts';
import { claim, claimEqual, claimSame, Untrue } from './step.ts';
import type { DemoStep } from './step.ts';
import { progressOf } from './step-03-upload.ts';
import { claimRefused } from './world.ts';
import type { World } from './world.ts';

const BURST_START_MS = Date.UTC(2026, 11, 1);
const BURST_RECORDS = 160;
const CATCH_UP_TIMEOUT_MS = 45_000;

/** One node dies and all goes on; two, and nothing commits and nothing is lost. */
export const faultsStep: DemoStep = {
  number: 7,
  title:
    'one node is killed and all goes on, an emergency at night too; with two dead nothing commits and nothing is lost',
  needs: [1, 3],
  async run(world) {
    const one = await oneDown(world);
    const two = await twoDown(world);
    return `${one}; ${two}`;
  },
};

async function oneDown(world: World): Promise<string> {
  const maria = world.actor('maria');
  await prepareCard(world);
  const before = await agreement(world);
  let killed: Promise<unknown> | undefined;
  const progress = progressOf(world, 'Maria');
  const uploaded = await maria.call(
    'uploadWearable',
    {
      patient: maria.person,
      subject: 'urn:uuid:maria',
      seed: 11,
      startMs: BURST_START_MS,
      endMs: BURST_START_MS + BURST_RECORDS * 60_000,
      intervalMs: 60_000,
    },
    {
      ...progress,
      onProgress(what, done, total) {
        progress.onProgress(what, done, total);
        // In the middle: something of it is agreed, and something is not.
        if (what === 'anchored' && done < total) killed ??= signalNode(world.dataDir, 'south', 'SIGKILL');
      },
    },
  );
  if (killed === undefined)
    throw new Untrue('a kill in the middle of an upload', 'the upload was over before');
  await killed;
  claimEqual(uploaded.records.length, BURST_RECORDS, 'records uploaded over the death of a node');
  world.notes.marias.push(...uploaded.records);
  const rest = world.nodeNames.filter((name) => name !== 'south');
  const without = await agreement(world, rest);
  claim(without.height > before.height, `blocks after ${before.height} with three nodes`, without.height);
  const night = await playNight(world, rest);
  const begun = performance.now();
  startNode(world.dataDir, 'south');
  const together = await agreement(world, world.nodeNames, {
    timeoutMs: CATCH_UP_TIMEOUT_MS,
    heightMin: without.height,
  });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  return `south killed in the middle of ${BURST_RECORDS} records, three went on from block ${before.height} to ${without.height}, south is back at ${together.height} and state root ${together.stateRoot.slice(0, 8)} after ${seconds} s; ${night}`;
}

async function twoDown(world: World): Promise<string> {
  const maria = world.actor('maria');
  const patient = maria.person;
  for (const name of ['south', 'west']) await signalNode(world.dataDir, name, 'SIGKILL');
  const stopped = await statusWhere(
    world,
    'north',
    ({ condition }) => condition === 'stopped',
    'says that it is stopped',
  );
  const note = {
    patient,
    category: 'document',
    month: 'all',
    text: 'written while two are away',
    keywords: ['away'],
  };
  const refused = await claimRefused(
    maria,
    'uploadNote',
    note,
    ['no-quorum'],
    'an upload with two nodes dead',
  );
  const still = await statusesOf(world, ['north', 'east']);
  for (const { name, height } of still)
    claimEqual(height, stopped.height, `height of ${name} while two are dead`);
  // Reading one's own goes on: every record has a holder among the living.
  const select = { patient, categories: ['vital-signs'], months: ['2026-11'], keywords: '*' };
  const found = await maria.call('search', select);
  const { opened } = await maria.call(
    'open',
    { records: found.hits.map(({ record }) => record) },
    { timeoutMs: 90_000 },
  );
  claimSame(
    opened.map(({ digest }) => digest),
    digestsOf(world, '2026-11'),
    'records that Maria reads while two are dead',
  );

  for (const name of ['south', 'west']) startNode(world.dataDir, name);
  await agreement(world, world.nodeNames, { timeoutMs: CATCH_UP_TIMEOUT_MS, heightMin: stopped.height });
  const again = await maria.call('uploadNote', note);
  world.notes.marias.push(...again.records);
  const months = [...new Set(vitalSigns(world).map(({ month }) => month))];
  const all = await maria.call('search', { ...select, months });
  claim(all.complete, 'a complete answer', 'an open lane');
  const everything = await maria.call(
    'open',
    { records: all.hits.map(({ record }) => record) },
    { timeoutMs: 120_000 },
  );
  claimSame(
    everything.opened.map(({ digest }) => digest),
    vitalSigns(world).map(({ digest }) => digest),
    'vital signs after all faults',
  );
  return `with south and west dead nothing commits (${refused.code}: "${refused.refusal.message}"), height stays ${stopped.height}, own records stay readable; back with four, all ${everything.opened.length} vital signs are there, byte for byte`;
}

function vitalSigns(world: World) {
  return world.notes.marias.filter(({ category }) => category === 'vital-signs');
}

function digestsOf(world: World, month: string): string[] {
  return vitalSigns(world)
    .filter((record) => record.month === month)
    .map(({ digest }) => digest);
}
