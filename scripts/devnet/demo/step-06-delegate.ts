import { claim, claimEqual, claimSame } from './step.ts';
import type { DemoStep } from './step.ts';
import { GRANTED_CATEGORY, GRANTED_MONTH, THRESHOLD } from './step-05-grant.ts';
import { claimRefused, noted } from './world.ts';
import type { World } from './world.ts';

/** Bob reads what was granted through proxies elsewhere, and tries what was not. */
export const delegateStep: DemoStep = {
  number: 6,
  title: 'the colleague opens what was granted through other institutions; everything else stays shut',
  needs: [5],
  async run(world) {
    const bob = world.actor('bob');
    const grant = noted(world.notes.grant, 'the grant');
    const { granted } = world.notes;
    const found = await bob.call('searchShared', { grant, keywords: '*' });
    claimSame(
      found.hits.map(({ record }) => record),
      granted.map(({ record }) => record),
      'records in the grant',
    );
    const opening = await bob.call(
      'openShared',
      { grant, records: found.hits.map(({ record }) => record) },
      { timeoutMs: 90_000 },
    );
    for (const { record, digest } of opening.opened) {
      claimEqual(
        digest,
        granted.find((one) => one.record === record)?.digest ?? 'none',
        `content of ${record.slice(0, 8)}`,
      );
    }
    claimEqual(opening.opened.length, granted.length, 'records that Bob opened');
    world.notes.accesses.push(...opening.accesses);
    world.notes.opened.push(...opening.opened.map(({ record }) => record));
    const [access] = opening.accesses;
    const { answers } = await bob.call('convert', { access: noted(access, 'an access request') });
    const elsewhere = answers.filter((name) => name !== 'east');
    claim(
      answers.length >= THRESHOLD && elsewhere.length >= THRESHOLD - 1,
      `${THRESHOLD} proxies, of which ${THRESHOLD - 1} not Bob's`,
      answers.join(', '),
    );
    const shut = await claimShut(world);
    return `${opening.opened.length} records opened in ${opening.ms.toFixed(0)} ms through ${answers.toSorted().join(', ')}, byte for byte; ${shut}`;
  },
};

/** Other category, other month, other patient: tried with everything that Bob has, with ids that he could not even know. */
async function claimShut(world: World): Promise<string> {
  const bob = world.actor('bob');
  const grant = noted(world.notes.grant, 'the grant');
  const maria = world.actor('maria').person;
  const { marias, toms } = world.notes;
  const otherCategory = noted(
    marias.find(({ category }) => category === 'laboratory'),
    'a laboratory record',
  );
  const otherMonth = noted(
    marias.find(
      ({ category, month }) =>
        category === GRANTED_CATEGORY && month !== GRANTED_MONTH && month.startsWith('2026'),
    ),
    'a reading of another month',
  );
  const otherPatient = noted(
    toms.find(({ category }) => category === GRANTED_CATEGORY),
    "a reading of Tom's",
  );

  // The same tools do open what is granted: a try that could never succeed would show nothing.
  const inside = await bob.call('forceOpen', {
    grant,
    record: noted(world.notes.opened[0], 'an opened record'),
  });
  world.notes.accesses.push(inside.access);
  claim(inside.opened, 'the attack tools to open a granted record', 'it stayed shut');
  for (const [what, { record, category, month }] of [
    ['category', otherCategory],
    ['month', otherMonth],
  ] as const) {
    const select = { patient: maria, categories: [category], months: [month], keywords: '*' };
    await claimRefused(bob, 'search', select, ['no-access'], `a search in another ${what}`);
    const forced = await bob.call('forceOpen', { grant, record });
    world.notes.accesses.push(forced.access);
    claim(
      forced.conversions >= THRESHOLD,
      `conversions of a record of another ${what} (the proxies do not know the condition)`,
      forced.conversions,
    );
    claim(!forced.opened, `a record of another ${what} shut`, 'it opened');
  }
  await claimRefused(
    bob,
    'forceOpen',
    { grant, record: otherPatient.record },
    ['other-patient'],
    'a record of another patient',
  );
  return `shut and tried: another category and another month (converted, yet no key of the ${THRESHOLD} proxies and Bob opens them), another patient (the ledger refuses)`;
}
