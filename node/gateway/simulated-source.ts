import { simulateWearable } from '#node/records';
import type { VitalSignsObservation } from '#node/records';
import type { Reading } from './reading.ts';

/** Chance in a second that the sensor loses contact, and for how long it does. */
const GAP_CHANCE = 0.002;
const GAP_SECONDS_MAX = 30;
/** Chance that a reading is an artefact: a finger that moved, a strap that slipped. */
const ARTEFACT_CHANCE = 0.003;
const ARTEFACT_VALUES = [0, 999] as const;

export interface SimulatedMessage {
  /** When it is sent, after the start. */
  readonly atMs: number;
  readonly readings: readonly Reading[];
}

/** mulberry32, as the simulated wearable itself; never for keys. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * What a wearable sends: a message a second with the day curves of `simulateWearable`, gaps where the sensor has no
 * contact, and artefacts that no body has. Same seed and start, same messages. Counters begin at the start time, so
 * that a later run goes on above an earlier one.
 */
export function* simulateSource(init: {
  readonly seed: number;
  readonly startMs: number;
  readonly seconds: number;
  /** Readings a second, 1 to 100. */
  readonly hz: number;
}): Generator<SimulatedMessage> {
  const { seed, startMs, seconds, hz } = init;
  const random = uniform(seed ^ 0x9e3779b9);
  const endMs = startMs + seconds * 1000;
  const wearable = simulateWearable({ seed, subject: 'Patient/1', startMs, endMs, intervalMs: 1000 / hz });
  let gapLeft = 0;
  let n = startMs;
  for (let second = 0; second < seconds; second += 1) {
    const measured = Array.from({ length: hz }, () => wearable.next().value);
    if (gapLeft === 0 && random() < GAP_CHANCE) gapLeft = 1 + Math.floor(random() * GAP_SECONDS_MAX);
    if (gapLeft > 0) {
      gapLeft -= 1;
      continue;
    }
    const readings = measured.flatMap((observation: VitalSignsObservation | undefined) => {
      n += 1;
      return observation === undefined ? [] : [readingOf(observation, n, random)];
    });
    yield { atMs: (second + 1) * 1000, readings };
  }
}

function readingOf(observation: VitalSignsObservation, n: number, random: () => number): Reading {
  const quantities =
    'component' in observation
      ? observation.component.map(({ valueQuantity }) => valueQuantity)
      : [observation.valueQuantity];
  const isArtefact = random() < ARTEFACT_CHANCE;
  const artefact = ARTEFACT_VALUES[random() < 0.5 ? 0 : 1];
  return {
    n,
    timeMs: Date.parse(observation.effectiveDateTime),
    code: observation.code.coding[0].code,
    values: quantities.map(({ value }) => (isArtefact ? artefact : value)),
  };
}
