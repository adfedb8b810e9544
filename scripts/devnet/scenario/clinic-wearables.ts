import { DOMAIN, hash, utf8 } from '#crypto';
import { recordOf } from '#node/gateway';
import type { UploadRecord } from '#node/client';
import { simulateWearable } from '#node/records';
import { seedNumber } from './draw.ts';

const DAY_MS = 24 * 3_600_000;
/** One reading in this time, of four signs in turn: each sign every five minutes. */
const INTERVAL_MS = 75_000;
/** The watch lies on its charger for this long every day, a gap that plots must show as one. */
const CHARGING_MS = 45 * 60_000;

interface DayOfSign {
  code: string;
  samples: { timeMs: number; values: number[]; claimedMs: null }[];
}

/**
 * A month of a wearable as the gateway stores it: one object a day and sign (SampledData). Same seed, same bytes.
 *
 * @param patient id, 32 bytes
 * @param writer id of the device, 32 bytes
 */
export function wearableMonth(init: {
  seed: string;
  device: string;
  patient: Uint8Array;
  writer: Uint8Array;
  startMs: number;
  endMs: number;
}): UploadRecord[] {
  const { seed, device, startMs, endMs } = init;
  const records: UploadRecord[] = [];
  const source = 'watch';
  for (let dayMs = startMs; dayMs < endMs; dayMs += DAY_MS) {
    const day = new Date(dayMs).toISOString().slice(0, 10);
    for (const { code, samples } of daySamples(`${seed}/${device}/${day}`, dayMs)) {
      const nonce = hash(DOMAIN.devnet, utf8('record'), utf8(`${seed}/${device}/${day}/${code}`));
      const stream = { source, code, day, flags: [] };
      records.push(recordOf({ kind: 'day', stream, samples, covers: [], amends: null }, nonce, init));
    }
  }
  return records;
}

function daySamples(name: string, dayMs: number): DayOfSign[] {
  const seed = seedNumber(name);
  const chargingMs = dayMs + 6 * 3_600_000 + (seed % 8) * 600_000;
  const days = new Map<string, DayOfSign>();
  const wearable = {
    seed,
    subject: 'Patient/1',
    startMs: dayMs,
    endMs: dayMs + DAY_MS,
    intervalMs: INTERVAL_MS,
  };
  for (const reading of simulateWearable(wearable)) {
    const timeMs = Date.parse(reading.effectiveDateTime);
    if (timeMs >= chargingMs && timeMs < chargingMs + CHARGING_MS) continue;
    const { code } = reading.code.coding[0];
    const values =
      'component' in reading
        ? reading.component.map(({ valueQuantity }) => valueQuantity.value)
        : [reading.valueQuantity.value];
    const known = days.get(code) ?? { code, samples: [] };
    days.set(code, known);
    known.samples.push({ timeMs, values, claimedMs: null });
  }
  return [...days.values()];
}
