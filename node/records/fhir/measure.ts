import { RecordsError } from '../records-error.ts';
import { convertUnit, ucumOf } from '../units.ts';
import {
  BLOOD_PRESSURE_PANEL,
  DIASTOLIC,
  GLUCOSE,
  LOINC,
  OBSERVATION_CATEGORY,
  OXYGEN_SATURATION,
  PULSE_OXIMETRY,
  STEPS,
  SYSTOLIC,
  UCUM,
} from '../vital-sign-codes.ts';
import type { VitalSign } from '../vital-sign-codes.ts';
import type { Authored } from './author.ts';

type Observation = Authored<'Observation'>;

/** Who was measured, when, and by what: common to every reading. */
export interface MeasureContext {
  /** FHIR reference: `Patient/...` or `urn:uuid:...`. */
  readonly subject: string;
  /** Date and time with zone. */
  readonly effective: string;
  readonly id?: string;
  /** FHIR reference of the device. */
  readonly device?: string;
  /** Who vouches for the reading; the patient for one that she typed in. */
  readonly performer?: string;
}

export interface Reading {
  readonly value: number;
  /** UCUM code or a common spelling of it; the sign's own unit when left out. */
  readonly unit?: string | undefined;
}

const concept = (...codes: readonly { code: string; display: string }[]) => ({
  coding: codes.map(({ code, display }) => ({ system: LOINC, code, display })),
});

const categoryConcept = (code: string, display: string) => [
  { coding: [{ system: OBSERVATION_CATEGORY, code, display }] },
];

function frameOf(context: MeasureContext, category: 'vital-signs' | 'laboratory' | 'activity' | 'procedure') {
  const displays = {
    'vital-signs': 'Vital Signs',
    laboratory: 'Laboratory',
    activity: 'Activity',
    procedure: 'Procedure',
  } as const;
  return {
    resourceType: 'Observation' as const,
    ...(context.id === undefined ? {} : { id: context.id }),
    status: 'final' as const,
    category: categoryConcept(category, displays[category]),
    subject: { reference: context.subject },
    effectiveDateTime: context.effective,
    ...(context.performer === undefined ? {} : { performer: [{ reference: context.performer }] }),
    ...(context.device === undefined ? {} : { device: { reference: context.device } }),
  };
}

/** The reading in the sign's own unit. @throws RecordsError `unit-unknown`, `implausible`. */
export function quantityOf(sign: VitalSign, { value, unit }: Reading) {
  const converted = convertUnit(value, unit === undefined ? sign.ucum : ucumOf(unit), sign.ucum);
  if (converted === undefined) throw new RecordsError('unit-unknown');
  const [low, high] = sign.plausible;
  if (!(converted >= low && converted <= high)) throw new RecordsError('implausible');
  return { value: converted, unit: sign.unit, system: UCUM, code: sign.ucum };
}

/**
 * One reading of one sign, in its own unit whatever unit it came in.
 * @throws RecordsError `unit-unknown`, `implausible`.
 */
export function measure(sign: VitalSign, reading: Reading, context: MeasureContext): Observation {
  const category = sign === GLUCOSE ? 'laboratory' : sign === STEPS ? 'activity' : 'vital-signs';
  const codes = sign === OXYGEN_SATURATION ? [sign, PULSE_OXIMETRY] : [sign];
  return {
    ...frameOf(context, category),
    code: concept(...codes),
    valueQuantity: quantityOf(sign, reading),
  };
}

/** A blood pressure with both parts. @throws RecordsError `unit-unknown`, `implausible`. */
export function measureBloodPressure(
  systolic: Reading,
  diastolic: Reading,
  context: MeasureContext,
): Observation {
  const [high, low] = [quantityOf(SYSTOLIC, systolic), quantityOf(DIASTOLIC, diastolic)];
  if (!(high.value > low.value)) throw new RecordsError('implausible');
  return {
    ...frameOf(context, 'vital-signs'),
    code: concept(BLOOD_PRESSURE_PANEL),
    component: [
      { code: concept(SYSTOLIC), valueQuantity: high },
      { code: concept(DIASTOLIC), valueQuantity: low },
    ],
  };
}

/** SNOMED CT findings of the ABO and RhD blood groups. */
const BLOOD_GROUPS = {
  'A+': ['278149003', 'Blood group A Rh(D) positive'],
  'A-': ['278152006', 'Blood group A Rh(D) negative'],
  'B+': ['278150003', 'Blood group B Rh(D) positive'],
  'B-': ['278153001', 'Blood group B Rh(D) negative'],
  'AB+': ['278151004', 'Blood group AB Rh(D) positive'],
  'AB-': ['278154007', 'Blood group AB Rh(D) negative'],
  'O+': ['278147001', 'Blood group O Rh(D) positive'],
  'O-': ['278148006', 'Blood group O Rh(D) negative'],
} as const;
export type BloodGroup = keyof typeof BLOOD_GROUPS;

/** A blood group as a laboratory reports it (LOINC 882-1). */
export function recordBloodGroup(group: BloodGroup, context: MeasureContext): Observation {
  const [code, display] = BLOOD_GROUPS[group];
  return {
    ...frameOf(context, 'laboratory'),
    code: concept({ code: '882-1', display: 'ABO and Rh group [Type] in Blood' }),
    valueCodeableConcept: { coding: [{ system: 'http://snomed.info/sct', code, display }], text: group },
  };
}

/** Even samples of one sign over a stretch of time. */
export interface Samples {
  readonly startMs: number;
  readonly periodMs: number;
  /** In the sign's own unit; null where there is none. */
  readonly values: readonly (number | null)[];
}

/**
 * Many readings as one Observation with SampledData; gaps are `E`, and implausible values are gaps too.
 * @throws RecordsError `implausible` when nothing is left.
 */
export function measureSamples(
  sign: VitalSign,
  samples: Samples,
  context: Omit<MeasureContext, 'effective'>,
): Observation {
  const [low, high] = sign.plausible;
  const isReading = (value: number | null): value is number =>
    value !== null && value >= low && value <= high;
  if (!samples.values.some(isReading)) throw new RecordsError('implausible');
  const iso = (timeMs: number): string => new Date(timeMs).toISOString();
  const endMs = samples.startMs + samples.periodMs * (samples.values.length - 1);
  const { effectiveDateTime: effective, ...frame } = frameOf(
    { ...context, effective: iso(samples.startMs) },
    sign === STEPS ? 'activity' : 'vital-signs',
  );
  return {
    ...frame,
    effectivePeriod: { start: effective, end: iso(endMs) },
    code: concept(sign),
    valueSampledData: {
      origin: { value: 0, unit: sign.unit, system: UCUM, code: sign.ucum },
      period: samples.periodMs,
      dimensions: 1,
      data: samples.values.map((value) => (isReading(value) ? String(value) : 'E')).join(' '),
    },
  };
}

const MDC = 'urn:oid:2.16.840.1.113883.6.24';
/** IEEE 11073-10101 codes of ECG leads. */
const LEADS = {
  I: ['131329', 'MDC_ECG_ELEC_POTL_I'],
  II: ['131330', 'MDC_ECG_ELEC_POTL_II'],
  III: ['131389', 'MDC_ECG_ELEC_POTL_III'],
  V1: ['131331', 'MDC_ECG_ELEC_POTL_V1'],
  V2: ['131332', 'MDC_ECG_ELEC_POTL_V2'],
  V3: ['131333', 'MDC_ECG_ELEC_POTL_V3'],
  V4: ['131334', 'MDC_ECG_ELEC_POTL_V4'],
  V5: ['131335', 'MDC_ECG_ELEC_POTL_V5'],
  V6: ['131336', 'MDC_ECG_ELEC_POTL_V6'],
} as const;
export type EcgLead = keyof typeof LEADS;

/**
 * An electrocardiogram: a component of samples for each lead, in microvolts.
 * @throws RecordsError `implausible` without leads or samples.
 */
export function recordEcg(
  init: { hertz: number; leads: readonly { lead: EcgLead; microvolts: readonly number[] }[] },
  context: MeasureContext,
): Observation {
  const isEmpty = init.leads.length === 0 || init.leads.some(({ microvolts }) => microvolts.length === 0);
  if (isEmpty || !(init.hertz > 0)) throw new RecordsError('implausible');
  return {
    ...frameOf(context, 'procedure'),
    code: {
      coding: [
        { system: MDC, code: '131328', display: 'MDC_ECG_ELEC_POTL' },
        { system: LOINC, code: '11524-6', display: 'EKG study' },
      ],
    },
    component: init.leads.map(({ lead, microvolts }) => {
      const [code, display] = LEADS[lead];
      return {
        code: { coding: [{ system: MDC, code, display }] },
        valueSampledData: {
          origin: { value: 0, unit: 'uV', system: UCUM, code: 'uV' },
          period: Number((1000 / init.hertz).toPrecision(9)),
          dimensions: 1,
          data: microvolts.map((value) => String(Math.round(value))).join(' '),
        },
      };
    }),
  };
}
