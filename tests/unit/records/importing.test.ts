import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importAppleHealth, importBundle, importCsv, importNdjson, RecordsError } from '#node/records';
import type { ByteSource, ImportItem, ImportOptions } from '#node/records';
import { EXAMPLES } from './hl7.ts';
import { appleHealth, pieces } from './apple-health.ts';
import { BUNDLES } from './synthea.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const subject = 'Patient/1';

async function all(items: AsyncIterable<ImportItem>): Promise<ImportItem[]> {
  const list: ImportItem[] = [];
  for await (const item of items) list.push(item);
  return list;
}
const records = (items: readonly ImportItem[]) => items.filter((item) => item.kind === 'record');
const said = (items: readonly ImportItem[]) =>
  items.map((item) => (item.kind === 'reject' ? [item.line, item.code] : [item.line, item.kind]));
const codeOf = async (items: AsyncIterable<ImportItem>): Promise<string> => {
  try {
    await all(items);
  } catch (error) {
    if (error instanceof RecordsError) return error.code;
    throw error;
  }
  return 'nothing thrown';
};

const CSV = [
  'time,heart_rate,systolic,diastolic,temperature [degF],weight (lb),remark',
  '2026-11-22T08:00:00+01:00,71,121,79,98.6,150,"said ""well"", he did"',
  '2026-11-22T08:00:00+01:00,71,121,79,98.6,150,again',
  '2026-11-22 09:00,71,,,,,no zone',
  '2026-11-22T09:05Z,abc,130,,,,half a pressure',
  '2026-11-22T09:10Z,900,,,,,',
  '2026-11-22T09:15Z,"72,,,,,',
  '',
  '2026-11-22T09:20:00Z,73,,,,,',
].join('\r\n');

const every = (
  [
    ['bundle', readFileSync(BUNDLES[0].url), (s: ByteSource, o: ImportOptions) => importBundle(s, o)],
    [
      'ndjson',
      utf8(
        '{"resourceType":"Patient"}\n{"resourceType":"Patient","id":"a"}\nx\n{"resourceType":"Patient"}\n',
      ),
      (s: ByteSource, o: ImportOptions) => importNdjson(s, o),
    ],
    [
      'apple-health',
      utf8(appleHealth(40)),
      (s: ByteSource, o: ImportOptions) => importAppleHealth(s, { ...o, subject }),
    ],
    ['csv', utf8(CSV), (s: ByteSource, o: ImportOptions) => importCsv(s, { ...o, subject })],
  ] as const
).map(([format, bytes, run]) => ({ format, bytes, run }));

describe.each(every)('every importer: $format', ({ bytes, run }) => {
  it('finds the same whatever pieces the file comes in', async () => {
    const whole = await all(run([bytes], {}));
    expect(whole.length).toBeGreaterThan(3);
    const plain = (items: readonly ImportItem[]) => items.map((item) => ({ ...item, bytesRead: 0 }));
    for (const size of [1, 7, 1000]) {
      if (bytes.length / size > 50_000) continue;
      expect(plain(await all(run(pieces(bytes, size), {})))).toEqual(plain(whole));
    }
  });

  it('goes on after any checkpoint, with nothing twice and nothing left out', async () => {
    const whole = await all(run([bytes], {}));
    const cuts = [0, 1, Math.floor(whole.length / 2), whole.length - 1];
    for (const cut of cuts) {
      const before = whole.slice(0, cut + 1);
      const checkpoint = JSON.parse(JSON.stringify(before.at(-1)?.checkpoint)) as ImportItem['checkpoint'];
      expect([...before, ...(await all(run([bytes], { checkpoint })))]).toEqual(whole);
    }
  });

  it('refuses the checkpoint of another file', async () => {
    const checkpoint = (await all(run([bytes], {})))[2]?.checkpoint;
    if (!checkpoint) return expect.unreachable();
    const other = { ...checkpoint, fingerprint: '0123456789abcdef' };
    expect(await codeOf(run([bytes], { checkpoint: other }))).toBe('checkpoint-mismatch');
    const beyond = { ...checkpoint, items: 1_000_000 };
    expect(await codeOf(run([bytes], { checkpoint: beyond }))).toBe('checkpoint-mismatch');
    const format = { ...checkpoint, format: checkpoint.format === 'csv' ? 'ndjson' : 'csv' } as const;
    expect(await codeOf(run([bytes], { checkpoint: format }))).toBe('checkpoint-mismatch');
  });

  it('ends when it is told to', async () => {
    const ended = AbortSignal.abort(new Error('enough'));
    await expect(all(run([bytes], { signal: ended }))).rejects.toThrow('enough');
  });
});

describe('importBundle', () => {
  it.each(BUNDLES)('keeps every resource of $name byte for byte', async ({ url, entries }) => {
    const source = readFileSync(url);
    const items = records(await all(importBundle(pieces(source, 65_536))));
    expect(items).toHaveLength(entries);
    let from = 0;
    for (const { bytes } of items) {
      const at = source.indexOf(bytes, from);
      expect(at).toBeGreaterThanOrEqual(from);
      from = at + bytes.length;
    }
  });

  it('keeps the examples of HL7 byte for byte, of whatever type', async () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(20);
    const sources = EXAMPLES.map(({ url }) => readFileSync(url, 'utf8').trim());
    const bundle = `{"resourceType":"Bundle","type":"collection","entry":[\n${sources.map((source) => `{"resource":${source}}`).join(',\n')}]}`;
    const items = await all(importBundle([utf8(bundle)]));
    expect(records(items).map(({ bytes }) => text(bytes))).toEqual(sources);
    expect(items).toHaveLength(sources.length);
  });

  it('reports bad entries and duplicates with their lines, and goes on', async () => {
    const bundle = [
      '{"resourceType":"Bundle","entry":[',
      '{"resource":{"resourceType":"Patient"}},',
      '{"resource":{"no":"type"}},',
      '7,',
      '{"resource":{"resourceType":"A"},"resource":{"resourceType":"B"}},',
      '{"request":{"method":"DELETE"}},',
      '{"resource":',
      '{"resourceType":"Patient"}},',
      '{"resource":{"resourceType":"Group"}}]}',
    ].join('\n');
    expect(said(await all(importBundle([utf8(bundle)])))).toEqual([
      [2, 'record'],
      [3, 'not-a-resource'],
      [4, 'not-a-resource'],
      [5, 'ambiguous'],
      [8, 'duplicate'],
      [9, 'record'],
    ]);
  });

  it.each([
    ['no JSON', '{"resourceType":"Bundle",', 'not-json'],
    ['another type', '{"resourceType":"Patient"}', 'not-a-bundle'],
    ['entries that are no list', '{"resourceType":"Bundle","entry":{}}', 'not-a-bundle'],
  ])('refuses a file that is %s', async (_, source, code) => {
    expect(await codeOf(importBundle([utf8(source)]))).toBe(code);
  });
});

describe('importNdjson', () => {
  it('takes CRLF, a byte order mark, empty lines and a last line without its end', async () => {
    const source = '\uFEFF{"resourceType":"A"}\r\n\r\n  \n{"resourceType":"B"}';
    const items = await all(importNdjson([utf8(source)]));
    expect(said(items)).toEqual([
      [1, 'record'],
      [4, 'record'],
    ]);
    expect(records(items).map(({ bytes }) => text(bytes))).toEqual([
      '{"resourceType":"A"}',
      '{"resourceType":"B"}',
    ]);
  });

  it('reports what is no resource and what comes twice, with lines', async () => {
    const source = [
      '{"resourceType":"A"}',
      '[1]',
      '{',
      '{"resourceType":"A"}',
      '\u0000',
      '{"resourceType":"B"}',
    ];
    expect(said(await all(importNdjson([utf8(source.join('\n'))])))).toEqual([
      [1, 'record'],
      [2, 'not-a-resource'],
      [3, 'not-json'],
      [4, 'duplicate'],
      [5, 'not-json'],
      [6, 'record'],
    ]);
  });

  it('reports a line beyond the limit without keeping it, and goes on', async () => {
    const huge = function* (): Generator<Uint8Array> {
      yield utf8('{"resourceType":"A"}\n');
      for (let i = 0; i < 40; i += 1) yield new Uint8Array(1 << 19).fill(0x20);
      yield utf8('\n{"resourceType":"B"}\n');
    };
    expect(said(await all(importNdjson(huge())))).toEqual([
      [1, 'record'],
      [2, 'too-large'],
      [3, 'record'],
    ]);
  });
});

describe('importCsv', () => {
  it('makes Observations in our units, and reports what it cannot take with its row', async () => {
    const items = await all(importCsv([utf8(CSV)], { subject }));
    expect(said(items)).toEqual([
      ...Array.from({ length: 4 }, () => [2, 'record']),
      ...Array.from({ length: 4 }, () => [3, 'duplicate']),
      [4, 'bad-time'],
      [5, 'bad-value'],
      [5, 'bad-value'],
      [6, 'implausible'],
      [7, 'bad-row'],
      [9, 'record'],
    ]);
    const values = records(items).map(({ resource }) => resource['valueQuantity']);
    expect(values).toContainEqual(expect.objectContaining({ value: 37, code: 'Cel' }));
    expect(values).toContainEqual(expect.objectContaining({ value: 68.0388555, code: 'kg' }));
  });

  it('reads semicolons with decimal commas', async () => {
    const german = 'Time;Temperature [°C];Glucose [mg/dl]\n2026-11-22T08:00:00+0100;37,4;90\n';
    const items = records(await all(importCsv([utf8(german)], { subject })));
    expect(items.map(({ resource }) => (resource['valueQuantity'] as { value: number }).value)).toEqual([
      37.4,
      expect.closeTo(4.99567, 4),
    ]);
  });

  it.each(['', 'a,b,c\n1,2,3', 'time,remark\n', 'heart rate\n71'])(
    'refuses a table without its headings: %j',
    async (table) => {
      expect(await codeOf(importCsv([utf8(table)], { subject }))).toBe('format-unknown');
    },
  );
});

describe('importAppleHealth', () => {
  const record = (extra: string, type = 'HeartRate'): string =>
    `<Record type="HKQuantityTypeIdentifier${type}" sourceName="Watch" startDate="2026-11-22 08:00:00 +0100" endDate="2026-11-22 08:00:00 +0100" ${extra}/>`;
  const importOf = (...lines: string[]) =>
    all(
      importAppleHealth([utf8(`<?xml version="1.0"?>\n<HealthData>\n${lines.join('\n')}\n</HealthData>`)], {
        subject,
      }),
    );

  it('makes Observations of a generated export, pressures joined and correlations not doubled', async () => {
    const items = await all(importAppleHealth(pieces(utf8(appleHealth(200)), 999), { subject }));
    const types = Object.groupBy(records(items), ({ resource }) =>
      JSON.stringify(resource['code']).slice(46, 56),
    );
    expect(Object.keys(types).length).toBeGreaterThanOrEqual(5);
    expect(items.filter(({ kind }) => kind === 'duplicate')).toHaveLength(0);
    expect(
      records(items).filter(({ resource }) => resource['component'] !== undefined).length,
    ).toBeGreaterThan(5);
  });

  it('converts units, shares and zones', async () => {
    const items = await importOf(
      record('unit="%" value="0.97"', 'OxygenSaturation'),
      record('unit="degF" value="98.6"', 'BodyTemperature'),
      record('unit="mmol&lt;180.1558800000541&gt;/L" value="5.5"', 'BloodGlucose'),
      record('unit="count" value="23.4"', 'BodyMassIndex'),
      record('unit="count" value="512"', 'StepCount'),
    );
    expect(said(items).map(([, kind]) => kind)).toEqual(Array.from({ length: 5 }, () => 'record'));
    expect(
      records(items).map(({ resource }) => (resource['valueQuantity'] as { value: number }).value),
    ).toEqual([97, 37, 5.5, 23.4, 512]);
    expect(records(items)[0]?.resource['effectiveDateTime']).toBe('2026-11-22T08:00:00+01:00');
    expect(records(items)[4]?.resource['effectivePeriod']).toBeDefined();
  });

  it('reports what it cannot take with its line', async () => {
    const items = await importOf(
      record('unit="count/min" value="71"'),
      record('unit="count/min" value="71"'),
      record('unit="count/min" value="0x47"'),
      record('unit="kg" value="71"'),
      record('unit="count/min" value="9000"'),
      record('unit="kcal" value="1"', 'ActiveEnergyBurned'),
      '<Record type="HKQuantityTypeIdentifierHeartRate" startDate="yesterday" endDate="today" value="1"/>',
      record('unit="mmHg" value="120"', 'BloodPressureSystolic'),
    );
    expect(said(items)).toEqual([
      [3, 'record'],
      [4, 'duplicate'],
      [5, 'bad-value'],
      [6, 'unit-unknown'],
      [7, 'implausible'],
      [8, 'measure-unknown'],
      [9, 'bad-time'],
      [10, 'bad-value'],
    ]);
  });

  it.each([
    ['another root', '<Other><Record/></Other>'],
    ['a file that breaks off', '<HealthData><Record type="x"'],
    ['no XML', 'hello'],
    [
      'an entity of its own',
      '<!DOCTYPE HealthData [<!ENTITY a "b">]><HealthData><Record type="&a;"/></HealthData>',
    ],
  ])('refuses %s without quoting it', async (_, source) => {
    expect(await codeOf(importAppleHealth([utf8(source)], { subject }))).toBe('format-unknown');
  });

  it('refuses an element without end before it fills the memory', async () => {
    const endless = function* (): Generator<Uint8Array> {
      yield utf8('<HealthData><Record type="');
      for (let i = 0; i < 200; i += 1) yield new Uint8Array(1 << 16).fill(0x61);
    };
    expect(await codeOf(importAppleHealth(endless(), { subject }))).toBe('too-large');
  });

  it('does not grow with the file', async () => {
    const before = process.memoryUsage().rss;
    let count = 0;
    let bytesRead = 0;
    const source = function* (): Generator<Uint8Array> {
      yield utf8('<HealthData>');
      for (let i = 0; i < 24; i += 1) yield utf8(appleHealth(2_500, { seed: i, isFragment: true }));
      yield utf8('</HealthData>');
    };
    for await (const item of importAppleHealth(source(), { subject })) {
      if (item.kind === 'record') count += 1;
      bytesRead = item.bytesRead;
    }
    expect(bytesRead).toBeGreaterThan(12_000_000);
    expect(count).toBeGreaterThan(30_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  }, 60_000);
});
