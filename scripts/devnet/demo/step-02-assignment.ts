import { claim, claimEqual } from './step.ts';
import type { DemoStep } from './step.ts';
import { claimRefused } from './world.ts';

/** Assignment takes effect when the patient's side has sealed her seeds to the doctor. */
export const assignmentStep: DemoStep = {
  number: 2,
  title: 'an assigned doctor holds keys only after the patient accepts',
  needs: [1],
  async run(world) {
    const [maria, alice, bob] = [world.actor('maria'), world.actor('alice'), world.actor('bob')];
    const patient = maria.person;
    const { height: assigned } = await world
      .actor('north-admin-1')
      .call('assign', { patient, doctor: alice.person });
    claimEqual(
      (await alice.call('fetchKeys', { patient })).categories,
      0,
      'categories whose seeds Alice holds before acceptance',
    );
    const early = { patient, categories: ['vital-signs'], months: ['2026-11'], keywords: '*' };
    await claimRefused(alice, 'search', early, ['no-access'], 'a search by Alice before acceptance');
    await claimRefused(
      bob,
      'acceptAssignment',
      { doctor: bob.person },
      ['not-found'],
      'Bob appointing himself',
    );
    const { height: accepted } = await maria.call('acceptAssignment', { doctor: alice.person });
    claim(accepted > assigned, `acceptance after block ${assigned}`, accepted);
    const { categories } = await alice.call('fetchKeys', { patient });
    claim(categories > 0, 'seeds that Alice can open', categories);
    claimEqual((await bob.call('fetchKeys', { patient })).categories, 0, 'categories whose seeds Bob holds');
    return `assigned in block ${assigned}, accepted by ${accepted}; the seeds of ${categories} categories are sealed to Alice and to nobody else`;
  },
};
