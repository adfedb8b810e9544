import { claim, claimEqual, claimSame } from './step.ts';
import type { DemoStep } from './step.ts';
import { agreement } from './network-state.ts';
import { digestsOfBundle } from './oracle.ts';
import { MARIA_BUNDLE, TOM_BUNDLE } from './world.ts';
import type { World } from './world.ts';

/** A day and a bit over the turn of a month: half the readings are in October, half in November. */
export const WEARABLE_START_MS = Date.UTC(2026, 9, 31, 12);
export const WEARABLE_END_MS = Date.UTC(2026, 10, 1, 12);
const WEARABLE_INTERVAL_MS = 20 * 60_000;
export const WEARABLE_MONTHS = ['2026-10', '2026-11'];

/** Sealed by gateway and client, stored through different nodes, acknowledged by holders, anchored. */
export const uploadStep: DemoStep = {
  number: 3,
  title: 'records are sealed by their writers and held by several institutions',
  needs: [1, 2],
  async run(world) {
    const [maria, tom] = [world.actor('maria'), world.actor('tom')];
    const gateway = world.actor('gateway');
    const answer = await gateway.call('answerPatient', { patient: maria.person });
    const months = [...WEARABLE_MONTHS, '2026-12'];
    const { device } = await maria.call('enrolDevice', { ...answer, categories: ['vital-signs'], months });
    world.notes.device = device;
    claimEqual(device, gateway.person, 'the enrolled device');

    const wearable = {
      patient: maria.person,
      subject: 'urn:uuid:maria',
      seed: 7,
      startMs: WEARABLE_START_MS,
      endMs: WEARABLE_END_MS,
      intervalMs: WEARABLE_INTERVAL_MS,
      via: 'south',
    };
    // Two bundles and a wearable at once, through three nodes.
    const [fromMaria, fromTom, fromGateway] = await Promise.all([
      maria.call(
        'uploadBundle',
        { patient: maria.person, file: MARIA_BUNDLE, via: 'north' },
        progressOf(world, 'Maria'),
      ),
      tom.call(
        'uploadBundle',
        { patient: tom.person, file: TOM_BUNDLE, via: 'east' },
        progressOf(world, 'Tom'),
      ),
      gateway.call('uploadWearable', wearable, progressOf(world, 'the gateway')),
    ]);
    const planted = await gateway.call('uploadNote', {
      patient: maria.person,
      category: 'vital-signs',
      month: '2026-11',
      text: `seen ${world.canaries.word('record')} at night`,
      keywords: ['*', world.canaries.word('keyword')],
      via: 'south',
    });
    world.notes.marias.push(...fromMaria.records, ...fromGateway.records, ...planted.records);
    world.notes.toms.push(...fromTom.records);
    world.notes.noteRecord = planted.records[0]?.record ?? '';

    claimSame(
      fromMaria.records.map(({ digest }) => digest),
      digestsOfBundle(MARIA_BUNDLE),
      "Maria's entries",
    );
    claimSame(
      fromTom.records.map(({ digest }) => digest),
      digestsOfBundle(TOM_BUNDLE),
      "Tom's entries",
    );
    claimEqual(
      fromGateway.records.length,
      (WEARABLE_END_MS - WEARABLE_START_MS) / WEARABLE_INTERVAL_MS,
      'wearable readings',
    );
    const uploads = [fromMaria, fromTom, fromGateway, planted];
    const holders = Math.min(...uploads.map(({ holdersMin }) => holdersMin));
    claim(holders >= 2, 'at least f+1 = 2 institutions that signed for every record', holders);
    const { height } = await agreement(world);
    const records = uploads.reduce((sum, upload) => sum + upload.records.length, 0);
    const anchors = uploads.reduce((sum, upload) => sum + upload.heights.length, 0);
    const seconds = Math.max(fromMaria.ms, fromTom.ms, fromGateway.ms) / 1000;
    return `${records} records (${fromMaria.records.length} + ${fromTom.records.length} Synthea entries, ${fromGateway.records.length} readings, 1 note) through 3 nodes in ${seconds.toFixed(1)} s, ${anchors} anchors, each record on ${holders} or more institutions, height ${height}`;
  },
};

export function progressOf(world: World, who: string) {
  return {
    timeoutMs: 120_000,
    onProgress: (what: string, done: number, total: number) =>
      world.progress(`${who}: ${what} ${done} of ${total}`),
  };
}
