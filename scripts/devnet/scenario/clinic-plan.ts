import type { DevnetPlan } from '../plan.ts';
import { studyPurpose } from '#node/records';
import type { Study } from '#node/records';
import { DevnetError } from '../devnet-error.ts';
import { administratorsOf, CLINIC_PEOPLE } from './clinic-people.ts';
import type { ClinicPerson } from './clinic-people.ts';

const DAY_MS = 24 * 3_600_000;
/** A month of wearables, up to yesterday. */
export const WEARABLE_DAYS = 30;
/** Institutions that the scenario speaks of. */
const HOMES = ['north', 'east', 'south', 'west'] as const;

export interface PlannedAssignment {
  patient: string;
  doctor: string;
  state: 'proposed' | 'active' | 'ended';
}

export interface PlannedGrant {
  name: string;
  patient: string;
  /** The patient or a doctor in charge of her. */
  issuer: string;
  delegate: string;
  categories: string[];
  months: string[];
  purpose: string;
  days: number;
  /** What the delegate asked before; null when it was given unasked. */
  message: string | null;
  /** How many records the delegate opens. */
  opens: number;
  revoked: boolean;
}

export interface PlannedRequest {
  patient: string;
  from: string;
  to: string;
  message: string;
  /** The reason of a refusal; null while it waits. */
  refusal: string | null;
}

export interface PlannedEmergency {
  patient: string;
  doctor: string;
  reason: 'ETREAT' | 'BTG' | 'DISASTER';
  text: string;
  /** How far it went. */
  state: 'requested' | 'ended' | 'reviewed';
  countersignedBy: string;
}

/** A patient asks another institution to be her home; the three days do not pass in the scenario. */
export interface PlannedMove {
  patient: string;
  to: string;
}

/** Somebody who acts for a patient, as soon as a second administrator has confirmed it. */
export interface PlannedGuardianship {
  patient: string;
  guardian: string;
  isConfirmed: boolean;
}

/** What the scenario does, without a key or a random number: the same seed and day give the same plan. */
export interface ClinicPlan {
  seed: string;
  /** Midnight (UTC) after the last day of readings. */
  endMs: number;
  startMs: number;
  /** `YYYY-MM` of the readings, oldest first. */
  months: string[];
  people: readonly ClinicPerson[];
  administrators: readonly ClinicPerson[];
  assignments: PlannedAssignment[];
  wearables: { patient: string; device: string }[];
  documents: { patient: string; doctor: string; kind: 'letter' | 'ecg' }[];
  optedIn: string[];
  grants: PlannedGrant[];
  requests: PlannedRequest[];
  emergencies: PlannedEmergency[];
  moves: PlannedMove[];
  guardianships: PlannedGuardianship[];
}

export const STUDIES = {
  heart: { protocol: 'PHR-2026-014', title: 'Night-time heart rate after 50' },
  medication: { protocol: 'PHR-2026-021', title: 'Medication and kidney function' },
} as const satisfies Record<string, Study>;

/** @throws DevnetError `wrong-plan` for a network without the four institutions */
export function requireClinicHomes(plan: DevnetPlan): void {
  if (HOMES.every((home) => plan.nodes.some(({ name }) => name === home))) return;
  throw new DevnetError('wrong-plan', [
    `the scenario clinic needs the institutions ${HOMES.join(', ')}: use --nodes 4 or more`,
  ]);
}

export function planClinic(plan: DevnetPlan, nowMs: number): ClinicPlan {
  // Whole days alone: a day that is not over would end in readings of the future, or differ by the hour.
  const endMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const startMs = endMs - WEARABLE_DAYS * DAY_MS;
  const months = [...new Set([startMs, endMs - 1].map((ms) => new Date(ms).toISOString().slice(0, 7)))];
  return {
    seed: plan.seed,
    startMs,
    endMs,
    months,
    people: CLINIC_PEOPLE,
    administrators: administratorsOf(plan.nodes),
    assignments: ASSIGNMENTS.map(([patient, doctor, state]) => ({ patient, doctor, state })),
    wearables: ['ove-lindqvist', 'grace-okafor', 'tomasz-nowak', 'carlos-ferreira'].map((patient) => ({
      patient,
      device: `${patient}-wearable`,
    })),
    documents: [
      { patient: 'ove-lindqvist', doctor: 'alice-berg', kind: 'letter' },
      { patient: 'ove-lindqvist', doctor: 'alice-berg', kind: 'ecg' },
      { patient: 'carlos-ferreira', doctor: 'elena-petrova', kind: 'letter' },
      { patient: 'tomasz-nowak', doctor: 'noor-jansen', kind: 'letter' },
      { patient: 'luna-mccullough', doctor: 'farid-rahman', kind: 'letter' },
    ],
    optedIn: ['ove-lindqvist', 'carlos-ferreira'],
    grants: grantsOf(months),
    requests: REQUESTS.map((request) => ({ ...request })),
    emergencies: EMERGENCIES.map((emergency) => ({ ...emergency })),
    guardianships: [
      { patient: 'carlos-ferreira', guardian: 'grace-okafor', isConfirmed: true },
      { patient: 'ove-lindqvist', guardian: 'amal-haddad', isConfirmed: false },
    ],
    moves: [
      { patient: 'grace-okafor', to: 'north' },
      { patient: 'luna-mccullough', to: 'west' },
    ],
  };
}

const ASSIGNMENTS: readonly (readonly [string, string, PlannedAssignment['state']])[] = [
  ['luna-mccullough', 'farid-rahman', 'active'],
  ['ove-lindqvist', 'farid-rahman', 'ended'],
  ['ove-lindqvist', 'alice-berg', 'active'],
  ['amal-haddad', 'farid-rahman', 'active'],
  ['johnnie-hermiston', 'bob-whitfield', 'active'],
  ['grace-okafor', 'bob-whitfield', 'active'],
  ['tomasz-nowak', 'noor-jansen', 'active'],
  ['mei-tanaka', 'noor-jansen', 'active'],
  ['mei-tanaka', 'elena-petrova', 'proposed'],
  ['carlos-ferreira', 'elena-petrova', 'active'],
];

function grantsOf(months: readonly string[]): PlannedGrant[] {
  const base = { opens: 0, revoked: false, message: null, days: 30, purpose: 'TREAT' };
  const research = { ...base, purpose: studyPurpose(STUDIES.heart), days: 180 };
  const heart = (patient: string): PlannedGrant => ({
    ...research,
    name: `heart-${patient}`,
    patient,
    issuer: patient,
    delegate: 'henrik-solberg',
    categories: ['demographics', 'vital-signs'],
    months: [...months, 'all'],
  });
  return [
    {
      ...base,
      name: 'second-opinion',
      patient: 'ove-lindqvist',
      issuer: 'alice-berg',
      delegate: 'bob-whitfield',
      categories: ['vital-signs'],
      months: [...months],
      message: 'Second opinion on the heart rate: please share the vital signs of the last month.',
      opens: 6,
    },
    {
      ...base,
      name: 'referral',
      patient: 'carlos-ferreira',
      issuer: 'carlos-ferreira',
      delegate: 'alice-berg',
      categories: ['vital-signs', 'medication'],
      months: [...months, 'all'],
      opens: 4,
    },
    {
      ...base,
      name: 'former',
      patient: 'tomasz-nowak',
      issuer: 'tomasz-nowak',
      delegate: 'farid-rahman',
      categories: ['laboratory'],
      months: [...months],
      revoked: true,
    },
    { ...heart('grace-okafor'), opens: 5, message: studyMessage(STUDIES.heart, 'vital signs of a month') },
    { ...heart('ove-lindqvist'), opens: 3 },
    { ...heart('tomasz-nowak') },
    {
      ...research,
      name: 'medication-carlos-ferreira',
      patient: 'carlos-ferreira',
      issuer: 'elena-petrova',
      delegate: 'sana-iqbal',
      purpose: studyPurpose(STUDIES.medication),
      categories: ['demographics', 'medication', 'laboratory'],
      months: [...months, 'all'],
    },
  ];
}

const studyMessage = (study: Study, what: string): string =>
  `${studyPurpose(study)}: we ask for the ${what}, without name or address.`;

const REQUESTS: readonly PlannedRequest[] = [
  {
    patient: 'amal-haddad',
    from: 'sana-iqbal',
    to: 'amal-haddad',
    message: studyMessage(STUDIES.medication, 'medication and laboratory values of this year'),
    refusal: null,
  },
  {
    patient: 'luna-mccullough',
    from: 'alice-berg',
    to: 'luna-mccullough',
    message: 'You were referred to me: please share your laboratory values before the visit.',
    refusal: null,
  },
  {
    patient: 'mei-tanaka',
    from: 'bob-whitfield',
    to: 'noor-jansen',
    message: 'She moves to our city: may I see the conditions and the medication?',
    refusal: null,
  },
  {
    patient: 'ove-lindqvist',
    from: 'elena-petrova',
    to: 'alice-berg',
    message: 'Seen in our emergency department on Saturday: please share allergies and medication.',
    refusal: null,
  },
  {
    patient: 'carlos-ferreira',
    from: 'farid-rahman',
    to: 'carlos-ferreira',
    message: 'Please share your care plan with our practice.',
    refusal: null,
  },
  {
    patient: 'grace-okafor',
    from: 'sana-iqbal',
    to: 'grace-okafor',
    message: studyMessage(STUDIES.medication, 'medication and laboratory values of this year'),
    refusal: 'I take part in one study already, and that is enough for now.',
  },
];

const EMERGENCIES: readonly PlannedEmergency[] = [
  {
    patient: 'ove-lindqvist',
    doctor: 'noor-jansen',
    reason: 'ETREAT',
    text: 'Found unconscious at the station; anticoagulation unknown.',
    state: 'reviewed',
    countersignedBy: 'south-admin-1',
  },
  {
    patient: 'carlos-ferreira',
    doctor: 'alice-berg',
    reason: 'BTG',
    text: 'Chest pain while visiting; not able to answer.',
    state: 'ended',
    countersignedBy: 'north-admin-1',
  },
  {
    patient: 'carlos-ferreira',
    doctor: 'farid-rahman',
    reason: 'ETREAT',
    text: 'Collapsed in the waiting room.',
    state: 'requested',
    countersignedBy: 'north-admin-1',
  },
];
