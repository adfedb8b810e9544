import type { PlannedGuardianship } from './clinic-plan.ts';
import type { Stage } from './play-clinic.ts';

const LIFETIME_MS = 365 * 24 * 3_600_000;

/** One administrator of the patient's home proposes, the other one confirms. */
export async function playGuardians(stage: Stage): Promise<void> {
  const { plan, tell } = stage;
  await Promise.all(plan.guardianships.map((planned) => playGuardian(stage, planned)));
  const confirmed = plan.guardianships.filter(({ isConfirmed }) => isConfirmed).length;
  tell(`${confirmed} guardian acts for a patient, ${plan.guardianships.length - confirmed} is proposed`);
}

async function playGuardian({ cast, plan, signal }: Stage, planned: PlannedGuardianship): Promise<void> {
  const home = plan.people.find(({ account }) => account === planned.patient)?.home;
  const [first, second] = plan.administrators.filter((one) => one.home === home);
  if (first === undefined || second === undefined) return;
  const [patient, guardian] = [cast.id(planned.patient), cast.id(planned.guardian)];
  const proposed = await cast
    .client(first.account)
    .guardians.propose({ patient, guardian, untilMs: Date.now() + LIFETIME_MS }, { signal });
  if (!planned.isConfirmed) return;
  await cast.reaches(second.account, proposed.height, signal);
  const { height } = await cast.client(second.account).guardians.confirm(patient, guardian, { signal });
  await cast.reaches(planned.patient, height, signal);
}
