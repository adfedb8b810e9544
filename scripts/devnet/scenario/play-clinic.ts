import { deviceAnswer } from '#node/client';
import type { CliIo } from '../node-cli.ts';
import type { DevnetPlan } from '../plan.ts';
import { openAccounts } from './accounts.ts';
import { Cast } from './cast.ts';
import { chartOf } from './clinic-chart.ts';
import { nameOf, profileOf } from './clinic-people.ts';
import type { ClinicPerson } from './clinic-people.ts';
import type { ClinicPlan } from './clinic-plan.ts';
import { documentsOf } from './clinic-documents.ts';
import { playEmergencies } from './play-emergencies.ts';
import { playGuardians } from './play-guardians.ts';
import { playMoves } from './play-moves.ts';
import { playGrants, playRequests } from './play-sharing.ts';
import { wearableMonth } from './clinic-wearables.ts';

/** What every part of the scenario is given. */
export interface Stage {
  readonly cast: Cast;
  readonly plan: ClinicPlan;
  readonly signal: AbortSignal;
  /** One sentence about what was done. */
  tell(sentence: string): void;
}

/** Plays the whole clinic on a running network. */
export async function playClinic(
  dataDir: string,
  devnet: DevnetPlan,
  plan: ClinicPlan,
  io: Pick<CliIo, 'out' | 'signal'>,
): Promise<void> {
  const begun = performance.now();
  const stage: Stage = {
    cast: new Cast(dataDir, devnet),
    plan,
    signal: io.signal,
    tell: (sentence) =>
      io.out(`  ${((performance.now() - begun) / 1000).toFixed(0).padStart(3)} s  ${sentence}\n`),
  };
  await playPeople(stage);
  // Passphrases take a core some seconds; the network is busy with other things meanwhile.
  const accounts = openAccounts(stage.cast, [...plan.people, ...plan.administrators], io.signal);
  await Promise.all([accounts, playCare(stage)]);
  stage.tell(
    `${plan.people.length + plan.administrators.length} people can sign in with name and passphrase`,
  );
  await playLastDecisions(stage);
}

/** Everything between the applications and the last decisions. */
async function playCare(stage: Stage): Promise<void> {
  // Before the assignments: the keys that a patient then seals are for her guardians too.
  await playGuardians(stage);
  await playAssignments(stage);
  await playCharts(stage);
  await Promise.all([playWearables(stage), playDocuments(stage)]);
  await playGrants(stage);
  await playRequests(stage);
  await playEmergencies(stage);
  await playMoves(stage);
}

const isOf =
  (...fates: ClinicPerson['fate'][]) =>
  ({ fate }: ClinicPerson): boolean =>
    fates.includes(fate);

async function playPeople({ cast, plan, tell, signal }: Stage): Promise<void> {
  const everybody = [...plan.administrators, ...plan.people];
  await Promise.all(everybody.map(({ account, home }) => cast.begin(account, home)));
  await Promise.all(
    plan.people.map(async (person) => {
      const { account, role, home } = person;
      await cast
        .client(account)
        .people.register({ role, home: cast.nodeId(home), profile: profileOf(person) }, { signal });
    }),
  );
  tell(
    `${plan.people.length} people have registered at ${new Set(everybody.map(({ home }) => home)).size} institutions`,
  );
  await Promise.all(
    plan.people.filter(isOf('active', 'suspended', 'half')).map(async (person) => {
      const [first, second] = plan.administrators.filter(({ home }) => home === person.home);
      if (first === undefined || second === undefined) return;
      const id = cast.id(person.account);
      await cast.client(first.account).people.approve(id, { signal });
      if (person.role === 'doctor' && person.fate !== 'half')
        await cast.client(second.account).people.approve(id, { signal });
    }),
  );
  const waiting = plan.people.filter(isOf('pending', 'half')).map(nameOf);
  tell(`administrators have decided; ${waiting.join(', ')} wait for approval`);
}

/** Refusals and suspensions come last: until then the person could open a session and keep her passphrase. */
async function playLastDecisions({ cast, plan, tell, signal }: Stage): Promise<void> {
  await Promise.all(
    plan.people.filter(isOf('refused')).map(async ({ account, home }) => {
      const administrator = `${home}-admin-1`;
      await cast
        .client(administrator)
        .people.refuse(cast.id(account), 'Not employed by this institution.', { signal });
    }),
  );
  for (const person of plan.people.filter(isOf('suspended'))) {
    const reason = 'Left the institution at the end of October.';
    await cast.client(`${person.home}-admin-1`).people.suspend(cast.id(person.account), reason, { signal });
  }
  const [refused, suspended] = (['refused', 'suspended'] as const).map((fate) =>
    plan.people.filter(isOf(fate)).map(nameOf).join(', '),
  );
  tell(`${refused} is refused, ${suspended} is suspended`);
}

/** Those of one patient one after the other, patients side by side. */
async function playAssignments({ cast, plan, tell, signal }: Stage): Promise<void> {
  const byPatient = Map.groupBy(plan.assignments, ({ patient }) => patient);
  await Promise.all(
    [...byPatient].map(async ([patient, assignments]) => {
      const home = plan.people.find(({ account }) => account === patient)?.home ?? '';
      for (const { doctor, state } of assignments) {
        const [patientId, doctorId] = [cast.id(patient), cast.id(doctor)];
        await cast.client(`${home}-admin-1`).care.assign(patientId, doctorId, { signal });
        if (state === 'proposed') continue;
        await cast.client(patient).care.acceptAssignment(doctorId, { signal });
        if (state === 'ended') await cast.client(patient).care.endAssignment(patientId, doctorId, { signal });
      }
    }),
  );
  const active = plan.assignments.filter(({ state }) => state === 'active').length;
  tell(`${active} patients have a doctor in charge; one assignment waits, one has ended`);
}

async function playCharts({ cast, plan, tell, signal }: Stage): Promise<void> {
  const counts = await Promise.all(
    plan.people.filter(isOf('active')).map(async (person) => {
      if (person.role !== 'patient') return 0;
      const records = chartOf(person, plan);
      await cast
        .client(person.account)
        .records.upload({ patient: cast.id(person.account), records }, { signal });
      return records.length;
    }),
  );
  const patients = counts.filter((count) => count > 0).length;
  tell(
    `${counts.reduce((sum, count) => sum + count, 0)} records sealed and anchored in the charts of ${patients} patients`,
  );
}

async function playWearables({ cast, plan, tell, signal }: Stage): Promise<void> {
  const counts = await Promise.all(
    plan.wearables.map(async ({ patient: account, device: name }) => {
      const home = plan.people.find((person) => person.account === account)?.home ?? '';
      const device = await cast.begin(name, home);
      const patient = cast.id(account);
      const client = cast.client(account);
      const answer = deviceAnswer(client.backend, { chainId: client.chainId, patient }, device.keys);
      const enrolled = { ...answer, categories: ['vital-signs'], months: plan.months };
      await client.care.enrolDevice(enrolled, { signal });
      const records = wearableMonth({ ...plan, device: name, patient, writer: device.keys.id });
      await device.client().records.upload({ patient, records }, { signal });
      return records.length;
    }),
  );
  const days = Math.round((plan.endMs - plan.startMs) / (24 * 3_600_000));
  const objects = counts.reduce((sum, count) => sum + count, 0);
  tell(`${days} days of ${plan.wearables.length} wearables: ${objects} objects of a day and sign each`);
}

async function playDocuments({ cast, plan, tell, signal }: Stage): Promise<void> {
  const byDoctor = Map.groupBy(plan.documents, ({ doctor }) => doctor);
  await Promise.all(
    [...byDoctor].map(async ([doctor, documents]) => {
      for (const document of documents) {
        const person = plan.people.find(({ account }) => account === document.patient);
        if (person === undefined) continue;
        const records = documentsOf({ ...document, person, plan });
        await cast.client(doctor).records.upload({ patient: cast.id(document.patient), records }, { signal });
      }
    }),
  );
  tell(`${plan.documents.length} documents (PDF, PNG) written by doctors`);
}
