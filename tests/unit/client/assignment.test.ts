import { expect, test } from 'vitest';
import { admit, failure, openClinic } from './clinic.ts';

test('a doctor asks, the home sees it and proposes, the patient consents and hands over keys', async () => {
  const { network, maria, bob, administrators } = await openClinic();
  const home = network.nodes[0]!.id;
  const [north] = administrators;
  expect(await north!.care.assignmentRequests(home)).toEqual([]);
  await bob.care.requestAssignment(maria.keys.id, bob.keys.id);
  expect(await north!.care.assignmentRequests(home)).toMatchObject([
    { patient: maria.keys.id, doctor: bob.keys.id, by: bob.keys.id },
  ]);
  // Consent before the home has decided hands nothing over.
  expect(await failure(maria.care.acceptAssignment(bob.keys.id))).toBe('not-found');
  expect(await bob.care.patients(bob.keys.id)).toMatchObject([{ status: 'requested', hasKeys: false }]);
  await north!.care.assign(maria.keys.id, bob.keys.id);
  expect(await north!.care.assignmentRequests(home)).toEqual([]);
  await maria.care.acceptAssignment(bob.keys.id);
  expect(await bob.care.patients(bob.keys.id)).toMatchObject([{ status: 'active', hasKeys: true }]);
});

test('a request that was turned down is closed, and one made anew is shown once', async () => {
  const { network, maria, administrators } = await openClinic();
  const dora = await admit(network, 'dora', 'doctor', 1);
  const home = network.nodes[0]!.id;
  const [north] = administrators;
  await maria.care.requestAssignment(maria.keys.id, dora.keys.id);
  await north!.care.endAssignment(maria.keys.id, dora.keys.id);
  expect(await north!.care.assignmentRequests(home)).toEqual([]);
  await maria.care.requestAssignment(maria.keys.id, dora.keys.id);
  expect(await north!.care.assignmentRequests(home)).toHaveLength(1);
});
