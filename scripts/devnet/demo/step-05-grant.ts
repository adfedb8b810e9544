import { identifyProcess, processState } from '../process-table.ts';
import { claim, claimEqual, claimSame } from './step.ts';
import type { DemoStep } from './step.ts';
import { claimRefused, noted } from './world.ts';

const DAYS_30_MS = 30 * 24 * 3_600_000;
export const GRANTED_CATEGORY = 'vital-signs';
export const GRANTED_MONTH = '2026-11';
export const THRESHOLD = 3;

/** One category and one month, three of four proxies; then the doctor goes away. */
export const grantStep: DemoStep = {
  number: 5,
  title: 'a doctor grants one category of one month to a colleague elsewhere, and goes away',
  needs: [3, 4],
  async run(world) {
    const [alice, bob] = [world.actor('alice'), world.actor('bob')];
    const patient = world.actor('maria').person;
    const { request } = await bob.call('requestAccess', {
      patient,
      to: alice.person,
      message: 'second opinion on the heart rate',
    });
    const terms = {
      patient,
      delegate: bob.person,
      categories: [GRANTED_CATEGORY],
      months: [GRANTED_MONTH],
      purpose: 'TREAT',
      expiresAtMs: Date.now() + DAYS_30_MS,
    };
    await claimRefused(
      bob,
      'grant',
      { ...terms, threshold: THRESHOLD, request: null },
      ['no-access', 'not-permitted'],
      'Bob granting to himself',
    );
    await claimRefused(
      alice,
      'grant',
      { ...terms, threshold: THRESHOLD - 1, request },
      ['threshold-wrong'],
      'a grant with fewer proxies than the quorum',
    );
    const { grant, height } = await alice.call('grant', { ...terms, threshold: THRESHOLD, request });
    world.notes.grant = noted(grant, 'a grant');
    const pid = alice.pid ?? 0;
    const id = identifyProcess(pid);
    const { vaultBytes } = await alice.leave();
    claim(processState(id) === 'gone', `the process of Alice (pid ${pid}) gone`, processState(id));

    const opened = await bob.call('readGrant', { grant });
    claimSame(opened.categories, [GRANTED_CATEGORY], 'categories that Bob was given');
    claimSame(opened.months, [GRANTED_MONTH], 'months that Bob was given');
    claimEqual(opened.purpose, 'TREAT', 'purpose');
    return `asked and granted in block ${height}: ${GRANTED_CATEGORY} of ${GRANTED_MONTH}, ${THRESHOLD} of ${world.plan.nodes.length} proxies, 30 days; Alice's process (pid ${pid}) has ended, her vault of ${vaultBytes} bytes is sealed`;
  },
};
