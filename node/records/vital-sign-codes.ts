export const LOINC = 'http://loinc.org';
export const UCUM = 'http://unitsofmeasure.org';
export const OBSERVATION_CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';

/** One measured quantity: its unit, what a sensor can plausibly say, and what is usual for an adult at rest. */
export interface VitalSign {
  readonly code: string;
  readonly display: string;
  readonly unit: string;
  /** UCUM code. */
  readonly ucum: string;
  /** Inclusive bounds outside which the reading is an artefact, and is not authored. */
  readonly plausible: readonly [number, number];
  /** Inclusive bounds of the usual adult range; outside it a reading is flagged, never interpreted. */
  readonly usual: readonly [number, number];
}

export const HEART_RATE: VitalSign = {
  code: '8867-4',
  display: 'Heart rate',
  unit: 'beats/minute',
  ucum: '/min',
  plausible: [20, 300],
  usual: [50, 100],
};
export const SYSTOLIC: VitalSign = {
  code: '8480-6',
  display: 'Systolic blood pressure',
  unit: 'mmHg',
  ucum: 'mm[Hg]',
  plausible: [40, 300],
  usual: [90, 139],
};
export const DIASTOLIC: VitalSign = {
  code: '8462-4',
  display: 'Diastolic blood pressure',
  unit: 'mmHg',
  ucum: 'mm[Hg]',
  plausible: [20, 200],
  usual: [60, 89],
};
export const TEMPERATURE: VitalSign = {
  code: '8310-5',
  display: 'Body temperature',
  unit: 'Cel',
  ucum: 'Cel',
  plausible: [25, 45],
  usual: [35.5, 37.9],
};
/** FHIR's profile asks for 2708-6; 59408-5 says that it was measured by pulse oximetry. */
export const OXYGEN_SATURATION: VitalSign = {
  code: '2708-6',
  display: 'Oxygen saturation in Arterial blood',
  unit: '%',
  ucum: '%',
  plausible: [30, 100],
  usual: [94, 100],
};
export const PULSE_OXIMETRY = {
  code: '59408-5',
  display: 'Oxygen saturation in Arterial blood by Pulse oximetry',
} as const;
export const BLOOD_PRESSURE_PANEL = {
  code: '85354-9',
  display: 'Blood pressure panel with all children optional',
} as const;

export const RESPIRATION: VitalSign = {
  code: '9279-1',
  display: 'Respiratory rate',
  unit: 'breaths/minute',
  ucum: '/min',
  plausible: [2, 100],
  usual: [12, 20],
};
export const HEIGHT: VitalSign = {
  code: '8302-2',
  display: 'Body height',
  unit: 'cm',
  ucum: 'cm',
  plausible: [20, 272],
  usual: [20, 272],
};
export const WEIGHT: VitalSign = {
  code: '29463-7',
  display: 'Body weight',
  unit: 'kg',
  ucum: 'kg',
  plausible: [0.2, 640],
  usual: [0.2, 640],
};
export const BODY_MASS_INDEX: VitalSign = {
  code: '39156-5',
  display: 'Body mass index (BMI) [Ratio]',
  unit: 'kg/m2',
  ucum: 'kg/m2',
  plausible: [5, 210],
  usual: [18.5, 29.9],
};
/** Not in FHIR's vital signs profile; measured at home all the same. The usual range is of any time of day. */
export const GLUCOSE: VitalSign = {
  code: '15074-8',
  display: 'Glucose [Moles/volume] in Blood',
  unit: 'mmol/L',
  ucum: 'mmol/L',
  plausible: [0.5, 80],
  usual: [3.9, 10],
};
/** Counted over the period that the Observation names. */
export const STEPS: VitalSign = {
  code: '55423-8',
  display: 'Number of steps in unspecified time Pedometer',
  unit: 'steps',
  ucum: '{steps}',
  plausible: [0, 200_000],
  usual: [0, 200_000],
};

/** Signs with one value that FHIR's vital signs profile covers. */
export const SINGLE_SIGNS = [
  HEART_RATE,
  TEMPERATURE,
  OXYGEN_SATURATION,
  RESPIRATION,
  HEIGHT,
  WEIGHT,
  BODY_MASS_INDEX,
] as const;

/** Everything with a unit that we measure, author and sort into numeric buckets. */
export const MEASURED: readonly VitalSign[] = [...SINGLE_SIGNS, SYSTOLIC, DIASTOLIC, GLUCOSE, STEPS];

/** The measured sign of a LOINC code, pulse oximetry included. */
export const vitalSignOf = (code: string): VitalSign | undefined =>
  MEASURED.find((sign) => sign.code === (code === PULSE_OXIMETRY.code ? OXYGEN_SATURATION.code : code));

/** LOINC codes of FHIR R4's vital signs profile (observation-vitalsigns and what derives from it). */
export const VITAL_SIGN_CODES: ReadonlySet<string> = new Set([
  ...[...SINGLE_SIGNS, SYSTOLIC, DIASTOLIC].map((sign) => sign.code),
  PULSE_OXIMETRY.code,
  BLOOD_PRESSURE_PANEL.code,
  '85353-1',
  '55284-4',
  '9843-4',
]);
