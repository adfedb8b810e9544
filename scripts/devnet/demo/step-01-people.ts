import type { ActorProcess } from '../actor/actor-process.ts';
import { readStatus } from '../node-cli.ts';
import { claim, claimEqual, claimSame } from './step.ts';
import type { DemoStep } from './step.ts';
import { claimRefused } from './world.ts';
import type { World } from './world.ts';

const APPLICANTS = [
  { name: 'maria', home: 'north', role: 'patient' },
  { name: 'tom', home: 'north', role: 'patient' },
  { name: 'alice', home: 'north', role: 'doctor' },
  { name: 'bob', home: 'east', role: 'doctor' },
  { name: 'mallory', home: 'north', role: 'doctor' },
] as const;
const OTHERS = [
  { name: 'gateway', home: 'south' },
  { name: 'north-admin-1', home: 'north' },
  { name: 'north-admin-2', home: 'north' },
  { name: 'east-admin-1', home: 'east' },
  { name: 'east-admin-2', home: 'east' },
] as const;
const NOT_ACTIVE = ['sender-not-active', 'forbidden'];

/** Genesis, registration, approval; and that nobody can do anything before it, or after a refusal. */
export const peopleStep: DemoStep = {
  number: 1,
  title: 'nobody can do anything until their institution approves',
  needs: [],
  async run(world) {
    await claimGenesis(world);
    await Promise.all([...APPLICANTS, ...OTHERS].map(({ name, home }) => world.begin(name, home)));
    await Promise.all(
      APPLICANTS.map(async ({ name, home, role }) => {
        const { status } = await world.actor(name).call('register', { role, home: world.nodeId(home) });
        claimEqual(status, 'pending', `${name} after registering`);
      }),
    );
    await claimNothingBefore(world);
    await Promise.all([
      approvePatients(world),
      approveDoctor(world, 'bob', 'east'),
      approveDoctor(world, 'alice', 'north'),
    ]);
    await claimRefusedStaysOut(world);
    for (const name of ['maria', 'tom', 'alice', 'bob']) {
      claimEqual((await world.actor(name).call('myself', {})).status, 'active', name);
    }
    return `${world.plan.nodes.length} institutions, chain ${world.chainId.slice(0, 12)}; 4 of 5 applicants approved (doctors by two administrators), 8 early, foreign or repeated tries refused, the refused one stays out`;
  },
};

async function claimGenesis(world: World): Promise<void> {
  claimEqual(world.genesis.institutions.length, world.plan.nodes.length, 'institutions in the genesis');
  for (const node of world.plan.nodes) {
    const answer = await readStatus(node.apiUrl, 5_000);
    claim(answer.ok, `${node.name} answers`, answer.ok ? '' : answer.reason);
    claimEqual(answer.status.chainId, world.chainId, `chain of ${node.name}`);
    claimEqual(answer.status.node, world.nodeId(node.name), `id of ${node.name}`);
  }
}

async function claimNothingBefore(world: World): Promise<void> {
  const [maria, alice, bob] = [world.actor('maria'), world.actor('alice'), world.actor('bob')];
  const answer = await world.actor('gateway').call('answerPatient', { patient: maria.person });
  const device = { ...answer, categories: ['vital-signs'], months: ['2026-11'] };
  await claimRefused(maria, 'enrolDevice', device, NOT_ACTIVE, 'a device enrolled before approval');
  const request = { patient: maria.person, to: alice.person, message: 'now' };
  await claimRefused(bob, 'requestAccess', request, NOT_ACTIVE, 'a request before approval');
  const { people } = await world.actor('north-admin-1').call('waiting', { home: world.nodeId('north') });
  const applied = APPLICANTS.filter(({ home }) => home === 'north').map(
    ({ name }) => world.actor(name).person,
  );
  claimSame(people, applied, 'applications that wait at north');
  const foreign = world.actor('east-admin-1');
  await claimRefused(
    foreign,
    'approve',
    { person: maria.person },
    ['other-institution'],
    'approval by a foreign administrator',
  );
}

async function approvePatients(world: World): Promise<void> {
  for (const name of ['maria', 'tom']) {
    await approve(world.actor('north-admin-1'), world.actor(name), 0);
  }
}

async function approveDoctor(world: World, name: string, home: string): Promise<void> {
  const [first, second, doctor] = [
    world.actor(`${home}-admin-1`),
    world.actor(`${home}-admin-2`),
    world.actor(name),
  ];
  await approve(first, doctor, 1);
  claimEqual((await doctor.call('myself', {})).status, 'pending', `${name} after one approval`);
  const again = { person: doctor.person };
  await claimRefused(
    first,
    'approve',
    again,
    ['already-decided-by-sender'],
    'a second approval by the same administrator',
  );
  await approve(second, doctor, 0);
}

async function approve(administrator: ActorProcess, person: ActorProcess, remaining: number): Promise<void> {
  const answer = await administrator.call('approve', { person: person.person });
  claimEqual(answer.remaining, remaining, `approvals that ${person.name} still needs`);
}

async function claimRefusedStaysOut(world: World): Promise<void> {
  const [mallory, first, second] = [
    world.actor('mallory'),
    world.actor('north-admin-1'),
    world.actor('north-admin-2'),
  ];
  const person = mallory.person;
  await first.call('refuse', { person, reason: 'not employed here' });
  claimEqual((await first.call('statusOf', { person })).status, 'refused', 'mallory');
  await claimRefused(mallory, 'myself', {}, NOT_ACTIVE, 'reading the ledger as a refused applicant');
  const late = {
    patient: world.actor('maria').person,
    to: world.actor('alice').person,
    message: 'let me in',
  };
  await claimRefused(mallory, 'requestAccess', late, NOT_ACTIVE, 'a request by a refused applicant');
  await claimRefused(second, 'approve', { person }, ['wrong-status'], 'approval after a refusal');
}
