import { equalBytes, toHex } from '#crypto';
import { verdictOf } from '#consensus/ledger';
import type { EmergencyVerdict } from '#consensus/ledger';
import { reasonOf } from '../emergencies.ts';
import { institutionsOf } from '../institutions.ts';
import { institutionName, namesOf, profileOf } from '../directory.ts';
import type { WorkerContext } from '../context.ts';
import { writeDemographicsOnce } from './demographics.ts';
import { writeEmergencySummary } from './emergency-summary.ts';
import { idOf, selfOf } from './self.ts';

/** A doctor in charge, proposed or former. */
export interface DoctorLine {
  id: string;
  name: string;
  speciality: string;
  home: string;
  status: 'requested' | 'proposed' | 'active' | 'ended';
  /** Her keys changed since: what lies there for her does not open. */
  isOutdated: boolean;
  createdHeight: number;
  changedHeight: number;
}

export interface EmergencyView {
  /** Null when the patient never opted in. */
  deposit: { threshold: number; height: number; timeMs: number; isTakenBack: boolean } | null;
  institutions: number;
  threshold: number;
  accesses: {
    id: string;
    doctorName: string;
    reason: string;
    /** What the doctor wrote; null when it does not open. */
    text: string | null;
    phase: string;
    timeMs: number;
    expiresAtMs: number | null;
    /** One review against it counts. */
    verdict: string;
    /** It is over, and she has not said yet what she thinks of it. */
    mayReview: boolean;
  }[];
}

export async function doctors(context: WorkerContext): Promise<DoctorLine[]> {
  const { client, patient, options } = selfOf(context);
  const all = await client.care.assignments(patient, options);
  const people = await Promise.all(all.map(({ doctor }) => client.people.find(doctor, options)));
  const profiles = await Promise.all(
    people.map(async (person) => (person === undefined ? null : await profileOf(client, person, options))),
  );
  const outdated = await client.recoveries.outdated(
    all.map(({ doctor: holder }) => ({ patient, holder })),
    options,
  );
  return all.map(({ doctor, status, createdHeight, changedHeight }, i) => {
    const [person, profile] = [people[i], profiles[i]];
    return {
      id: toHex(doctor),
      name: profile === null || profile === undefined ? '' : `${profile.given} ${profile.family}`,
      speciality: profile?.speciality ?? '',
      home: person === undefined ? '' : institutionName(client, person.home),
      status,
      isOutdated: status === 'active' && outdated[i] === true,
      createdHeight,
      changedHeight,
    };
  });
}

/** Hands the keys to a doctor. What she then opens begins with who the patient is. */
export async function acceptDoctor(
  context: WorkerContext,
  input: { doctor: string },
): Promise<{ height: number }> {
  const self = selfOf(context);
  const { client, options } = self;
  await writeDemographicsOnce(self);
  const { height } = await client.care.acceptAssignment(idOf(input.doctor), options);
  return { height };
}

export async function endDoctor(
  context: WorkerContext,
  input: { doctor: string },
): Promise<{ height: number }> {
  const { client, patient, options } = selfOf(context);
  const { height } = await client.care.endAssignment(patient, idOf(input.doctor), options);
  return { height };
}

export async function emergency(context: WorkerContext): Promise<EmergencyView> {
  const { client, patient, options } = selfOf(context);
  const [deposit, ids] = await Promise.all([
    client.emergencies.deposit(patient, options),
    client.emergencies.of(patient, options),
  ]);
  const found = (await Promise.all(ids.map((id) => client.emergencies.find(id, options)))).flatMap(
    (one) => one ?? [],
  );
  const texts = await Promise.all(found.map(({ id }) => reasonOf(client, id, options)));
  const names = await namesOf(
    client,
    found.map(({ doctor }) => toHex(doctor)),
    options,
  );
  return {
    deposit:
      deposit === undefined
        ? null
        : {
            threshold: deposit.threshold,
            height: deposit.height,
            timeMs: deposit.timeMs,
            isTakenBack: deposit.endedHeight !== null,
          },
    institutions: institutionsOf(client).length,
    threshold: Math.max(2, client.genesis.parameters.grantThresholdMin),
    accesses: found
      .map((one, i) => ({
        id: toHex(one.id),
        doctorName: names.get(toHex(one.doctor)) ?? '',
        reason: one.reason,
        text: texts[i] ?? null,
        phase: one.phase,
        timeMs: one.timeMs,
        expiresAtMs: one.expiresAtMs,
        verdict: verdictOf(one.reviews) ?? '',
        mayReview: one.phase === 'over' && !one.reviews.some(({ by }) => equalBytes(by, patient)),
      }))
      .toReversed(),
  };
}

/**
 * Writes the emergency summary and deals the key of its category to all institutions: as many as the threshold says
 * open it together, fewer open nothing.
 */
export async function optIn(context: WorkerContext): Promise<{ height: number }> {
  const self = selfOf(context);
  const { client, patient, options } = self;
  await writeEmergencySummary(self);
  const { height } = await client.emergencies.optIn({ patient }, options);
  return { height };
}

export async function optOut(context: WorkerContext): Promise<{ height: number }> {
  const { client, patient, options } = selfOf(context);
  const { height } = await client.emergencies.unshare(patient, options);
  return { height };
}

/** What the patient thinks of an access that is over; beside what institutions say, and instead of none of them. */
export async function reviewEmergency(
  context: WorkerContext,
  input: { id: string; verdict: EmergencyVerdict },
): Promise<{ height: number }> {
  const { client, options } = selfOf(context);
  const { height } = await client.emergencies.review(idOf(input.id), input.verdict, options);
  return { height };
}

export async function endEmergency(
  context: WorkerContext,
  input: { id: string },
): Promise<{ height: number }> {
  const { client, options } = selfOf(context);
  const { height } = await client.emergencies.end(idOf(input.id), options);
  return { height };
}
