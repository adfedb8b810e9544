import { monthsBetween } from '#node/records';
import { claim, claimEqual, claimSame } from './step.ts';
import type { DemoStep } from './step.ts';
import { digestsOfLoinc } from './oracle.ts';
import { claimRefused, MARIA_BUNDLE, noted } from './world.ts';
import type { World } from './world.ts';

/** Body weight (LOINC), of which Maria's bundle has one a visit. */
const BODY_WEIGHT = '29463-7';
const ALL_MONTHS = monthsBetween('2009-01', '2018-12');
/** Not the node of Alice's institution. */
const FOREIGN_NODE = 'west';

/** Keyword search over ciphertext through a foreign node; the answer is proven, and the hits are what was put in. */
export const searchStep: DemoStep = {
  number: 4,
  title:
    'a doctor finds by keyword over ciphertext, through a node that is not hers, and sees what was put in',
  needs: [2, 3],
  async run(world) {
    const alice = world.actor('alice');
    const patient = world.actor('maria').person;
    const weight = {
      patient,
      categories: ['vital-signs'],
      months: ALL_MONTHS,
      keywords: `loinc:${BODY_WEIGHT}`,
      via: FOREIGN_NODE,
    };
    const found = await alice.call('search', weight);
    claim(found.complete, 'an answer proven to be complete', 'one with open lanes');
    const records = found.hits.map(({ record }) => record);
    const { opened } = await alice.call('open', { records, via: FOREIGN_NODE }, { timeoutMs: 90_000 });
    claimSame(
      opened.map(({ digest }) => digest),
      digestsOfLoinc(MARIA_BUNDLE, BODY_WEIGHT),
      'body weights, byte for byte',
    );

    await claimWearable(world);
    const byCanary = await alice.call('search', {
      ...weight,
      months: ['2026-11'],
      keywords: world.canaries.word('keyword'),
    });
    claimSame(
      byCanary.hits.map(({ record }) => record),
      [noted(world.notes.noteRecord, 'the note')],
      'hits of the planted keyword',
    );
    const nothing = await alice.call('search', { ...weight, months: ['2026-11'], keywords: 'no-such-word' });
    claimEqual(nothing.hits.length, 0, 'hits of a word that nowhere stands');
    claim(nothing.complete, 'a proven absence', 'an unproven one');
    await claimRefused(alice, 'searchTampered', weight, ['proof-invalid'], 'an answer with one flipped bit');
    return `${found.hits.length} hits for one code in ${found.ms.toFixed(0)} ms through ${FOREIGN_NODE}, complete up to block ${found.height} (${found.lanes} lanes, ${found.proofs} proofs); ${opened.length} opened, byte for byte as put in; one flipped bit in an answer is noticed`;
  },
};

/** Everything of November is found and nothing else. */
async function claimWearable(world: World): Promise<void> {
  const alice = world.actor('alice');
  const patient = world.actor('maria').person;
  const expected = world.notes.marias.filter(
    ({ category, month }) => category === 'vital-signs' && month === '2026-11',
  );
  world.notes.granted = expected;
  const listing = await alice.call('search', {
    patient,
    categories: ['vital-signs'],
    months: ['2026-11'],
    keywords: '*',
    via: FOREIGN_NODE,
  });
  claimSame(
    listing.hits.map(({ record }) => record),
    expected.map(({ record }) => record),
    'vital signs of November',
  );
  const { opened } = await alice.call('open', {
    records: listing.hits.slice(0, 8).map(({ record }) => record),
    via: FOREIGN_NODE,
  });
  for (const { record, digest } of opened) {
    claimEqual(
      digest,
      expected.find((one) => one.record === record)?.digest ?? 'none',
      `content of ${record.slice(0, 8)}`,
    );
  }
}
