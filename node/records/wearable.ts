import {
  BLOOD_PRESSURE_PANEL,
  DIASTOLIC,
  HEART_RATE,
  LOINC,
  OBSERVATION_CATEGORY,
  OXYGEN_SATURATION,
  PULSE_OXIMETRY,
  SYSTOLIC,
  TEMPERATURE,
  UCUM,
} from './vital-sign-codes.ts';
import type { VitalSignsObservation } from './observation.ts';
import type { VitalSign } from './vital-sign-codes.ts';

export const WEARABLE_READINGS_MAX = 1_000_000;

export interface WearableInit {
  /** Same seed, same readings, same ids. */
  readonly seed: number;
  /** FHIR reference of the patient: `urn:uuid:...` or `Patient/...`. */
  readonly subject: string;
  /** FHIR reference of the device, if it is to be named. */
  readonly device?: string;
  readonly startMs: number;
  /** First moment after the readings. */
  readonly endMs: number;
  readonly intervalMs: number;
}

/** mulberry32: 32 bits of state, enough to draw plausible readings; never for keys. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const quantity = (sign: VitalSign, drawn: number, digits: number) => {
  const [low, high] = sign.plausible;
  const value = Number(Math.min(high, Math.max(low, drawn)).toFixed(digits));
  return { value, unit: sign.unit, system: UCUM, code: sign.ucum } as const;
};

const concept = (...codes: readonly { code: string; display: string }[]) => ({
  coding: codes.map(({ code, display }) => ({ system: LOINC, code, display })),
});

function readingAt(
  init: WearableInit,
  timeMs: number,
  index: number,
  random: () => number,
): VitalSignsObservation {
  // Sum of three draws: bell-shaped, mean 0, about -1.5..1.5.
  const noise = (): number => random() + random() + random() - 1.5;
  // Lowest at four in the morning, highest in the afternoon (UTC; the simulated person lives in Greenwich).
  const day = -Math.cos(((timeMs / 3_600_000 - 4) / 24) * 2 * Math.PI);
  const effort = random() < 0.05 ? random() : 0;
  const base = {
    resourceType: 'Observation',
    id: `w${(init.seed >>> 0).toString(16)}-${timeMs.toString(36)}-${index}`,
    status: 'final',
    category: [{ coding: [{ system: OBSERVATION_CATEGORY, code: 'vital-signs', display: 'Vital Signs' }] }],
    subject: { reference: init.subject },
    effectiveDateTime: new Date(timeMs).toISOString(),
    ...(init.device === undefined ? {} : { device: { reference: init.device } }),
  };
  const kinds = [
    () => ({
      ...base,
      code: concept(HEART_RATE),
      valueQuantity: quantity(HEART_RATE, 68 + 8 * day + 5 * noise() + 70 * effort, 0),
    }),
    () => {
      const systolic = quantity(SYSTOLIC, 120 + 6 * day + 7 * noise() + 30 * effort, 0);
      const drawn = quantity(DIASTOLIC, 78 + 4 * day + 5 * noise() + 10 * effort, 0);
      const diastolic = { ...drawn, value: Math.min(drawn.value, systolic.value - 15) };
      const component = [
        { code: concept(SYSTOLIC), valueQuantity: systolic },
        { code: concept(DIASTOLIC), valueQuantity: diastolic },
      ];
      return { ...base, code: concept(BLOOD_PRESSURE_PANEL), component };
    },
    () => ({
      ...base,
      code: concept(TEMPERATURE),
      valueQuantity: quantity(TEMPERATURE, 36.7 + 0.3 * day + 0.15 * noise() + effort, 1),
    }),
    () => ({
      ...base,
      code: concept(OXYGEN_SATURATION, PULSE_OXIMETRY),
      valueQuantity: quantity(OXYGEN_SATURATION, Math.min(100, 97.5 + 0.9 * noise() - 2 * effort), 0),
    }),
  ];
  const make = kinds[index % kinds.length] ?? kinds[0];
  return make?.() as VitalSignsObservation;
}

/**
 * A simulated wearable: heart rate, blood pressure, temperature and oxygen saturation in turn, one reading an interval.
 *
 * Values follow the time of day with noise and rare effort, always within the plausible range, and every reading is
 * valid under `vitalSignsSchema`.
 * @throws RangeError when the interval is not positive or gives more than `WEARABLE_READINGS_MAX` readings.
 */
export function* simulateWearable(init: WearableInit): Generator<VitalSignsObservation> {
  const count = Math.ceil((init.endMs - init.startMs) / init.intervalMs);
  if (!(init.intervalMs > 0) || !(count >= 0) || count > WEARABLE_READINGS_MAX) {
    throw new RangeError('interval must be positive, times must run forward, readings are bounded');
  }
  const random = uniform(init.seed);
  for (let i = 0; i < count; i += 1) yield readingAt(init, init.startMs + i * init.intervalMs, i, random);
}
