import type { PlannedEmergency } from './clinic-plan.ts';
import type { Stage } from './play-clinic.ts';

/** The auditor, who vouched for nobody. */
const REVIEWER = 'ada-nilsen';
const LIFETIME_MS = 4 * 3_600_000;

/** Two patients opt in; emergencies wait for a second voice, for a review, and were reviewed. */
export async function playEmergencies(stage: Stage): Promise<void> {
  const { plan, tell } = stage;
  const heights = await Promise.all(plan.optedIn.map((patient) => optIn(stage, patient)));
  const doctors = [...new Set(plan.emergencies.map(({ doctor }) => doctor))];
  await Promise.all(doctors.map((doctor) => stage.cast.reaches(doctor, Math.max(...heights), stage.signal)));
  await Promise.all(plan.emergencies.map((planned) => playEmergency(stage, planned)));
  tell(
    `${plan.optedIn.length} patients have opted into emergency access; ${plan.emergencies.length} emergencies`,
  );
}

async function optIn({ cast, signal }: Stage, account: string): Promise<number> {
  const { keys } = cast.session(account);
  const { height } = await cast.client(account).emergencies.optIn({ patient: keys.id }, { signal });
  return height;
}

async function playEmergency({ cast, signal }: Stage, planned: PlannedEmergency): Promise<void> {
  const { reason, text, state } = planned;
  const doctor = cast.client(planned.doctor);
  const asked = { patient: cast.id(planned.patient), reason, text, lifetimeMs: LIFETIME_MS };
  const { emergency, height } = await doctor.emergencies.request(asked, { signal });
  if (state === 'requested') return;
  await cast.reaches(planned.countersignedBy, height, signal);
  const vouched = await cast.client(planned.countersignedBy).emergencies.countersign(emergency, { signal });
  await cast.reaches(planned.doctor, vouched.height, signal);
  const ended = await doctor.emergencies.end(emergency, { signal });
  if (state !== 'reviewed') return;
  await cast.reaches(REVIEWER, ended.height, signal);
  await cast.client(REVIEWER).emergencies.review(emergency, 'justified', { signal });
}
