const KINDS = [
  ['HeartRate', 'count/min', (n: number) => 55 + (n % 60)],
  ['StepCount', 'count', (n: number) => n % 900],
  ['OxygenSaturation', '%', (n: number) => 0.93 + (n % 7) / 100],
  ['RespiratoryRate', 'count/min', (n: number) => 12 + (n % 6)],
  ['HeartRate', 'count/min', (n: number) => 60 + (n % 50)],
  ['BodyMass', 'kg', (n: number) => 70 + (n % 30) / 10],
] as const;

const stamp = (timeMs: number): string =>
  new Date(timeMs).toISOString().replace('T', ' ').replace('.000Z', ' +0000');

const recordOf = (type: string, unit: string, value: number, timeMs: number): string =>
  ` <Record type="HKQuantityTypeIdentifier${type}" sourceName="Maria’s Apple Watch" sourceVersion="11.1" device="&lt;&lt;HKDevice: 0x301c5a3f0&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch, hardware:Watch6,2, software:11.1&gt;" unit="${unit}" creationDate="${stamp(timeMs + 4000)}" startDate="${stamp(timeMs)}" endDate="${stamp(timeMs + 1000)}" value="${value}"/>\n`;

/** An export of the shape that the phone writes, from a seed: `count` moments, each a record; every 20th a pressure. */
export function appleHealth(count: number, { seed = 0, isFragment = false } = {}): string {
  const startMs = Date.UTC(2020, 0, 1) + seed * count * 60_000;
  const parts: string[] = isFragment
    ? []
    : [
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE HealthData [\n<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation)*)>\n]>\n',
        '<HealthData locale="en_GB">\n <ExportDate value="2026-11-22 08:00:00 +0000"/>\n',
      ];
  const pressures: string[][] = [[], [], []];
  for (let i = 0; i < count; i += 1) {
    const timeMs = startMs + i * 60_000;
    const [type, unit, value] = KINDS[i % KINDS.length] ?? KINDS[0];
    parts.push(recordOf(type, unit, value(i), timeMs));
    if (i % 20 !== 0) continue;
    const systolic = recordOf('BloodPressureSystolic', 'mmHg', 115 + (i % 25), timeMs);
    const diastolic = recordOf('BloodPressureDiastolic', 'mmHg', 70 + (i % 15), timeMs);
    pressures[0]?.push(systolic);
    pressures[1]?.push(diastolic);
    pressures[2]?.push(
      ` <Correlation type="HKCorrelationTypeIdentifierBloodPressure">\n${systolic}${diastolic} </Correlation>\n`,
    );
  }
  return [...parts, ...pressures.flat(), ...(isFragment ? [] : ['</HealthData>\n'])].join('');
}

/** The bytes in pieces of one size, as a slow file or network gives them. */
export function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}
