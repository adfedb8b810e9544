import { describe, expect, it } from 'vitest';
import { bundleOf, exportForResearch, ndjsonOf, parseBundle, safeHarborFindings } from '#node/records';
import type { Resource } from '#node/records';
import { faultsByFhir } from './hl7.ts';
import { BUNDLES, entriesOf } from './synthea.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const timeMs = Date.UTC(2026, 10, 22);

async function joined(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const part of parts) chunks.push(part);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

describe('a bundle of everything', () => {
  it.each(BUNDLES)(
    'of $name opens elsewhere and gives every resource back byte for byte',
    async ({ url }) => {
      const entries = entriesOf(url);
      const bytes = await joined(bundleOf(entries, { timeMs }));
      expect(parseBundle(bytes).entries.map((entry) => text(entry.bytes))).toEqual(
        entries.map((entry) => text(entry.bytes)),
      );
      const bundle = JSON.parse(text(bytes)) as { entry: { fullUrl: string }[] };
      expect(new Set(bundle.entry.map(({ fullUrl }) => fullUrl)).size).toBe(entries.length);
      expect(faultsByFhir({ ...bundle, entry: [] })).toEqual([]);
    },
  );

  it('keeps number forms and odd white space, and is FHIR when it is empty', async () => {
    const odd = '{ "resourceType":"Observation",\n "value": 1.50e+0 }';
    expect(text(await joined(bundleOf([{ bytes: utf8(odd) }], { timeMs })))).toContain(odd);
    expect(JSON.parse(text(await joined(bundleOf([], { timeMs }))))).not.toHaveProperty('entry');
  });

  it('names a URL once, and refuses what is no resource', async () => {
    const one = { bytes: utf8('{"resourceType":"Basic"}'), fullUrl: 'urn:uuid:1' };
    const bundle = JSON.parse(text(await joined(bundleOf([one, one], { timeMs })))) as {
      entry: { fullUrl: string }[];
    };
    expect(bundle.entry.map(({ fullUrl }) => fullUrl)).toEqual([
      'urn:uuid:1',
      expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
    ]);
    await expect(joined(bundleOf([{ bytes: utf8('{"a":1}') }], { timeMs }))).rejects.toThrow('not-a-bundle');
  });
});

describe('ndjson', () => {
  it.each(BUNDLES)(
    'of $name has a line for every resource, with nothing lost but white space',
    async ({ url }) => {
      const entries = entriesOf(url);
      const lines = text(await joined(ndjsonOf(entries))).split('\n');
      expect(lines.pop()).toBe('');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
        entries.map(({ resource }) => resource),
      );
    },
  );

  it('leaves number forms, escapes and spaces inside texts as they are', async () => {
    const odd = '{ "resourceType" : "Basic",\n\t"v" : 1.50e+0, "t":"a \\" \\\\ b\\n\\u0041 " }';
    const line = '{"resourceType":"Basic","v":1.50e+0,"t":"a \\" \\\\ b\\n\\u0041 "}\n';
    expect(text(await joined(ndjsonOf([{ bytes: utf8(odd) }])))).toBe(line);
  });
});

const exported = async (resources: readonly Resource[]) => {
  const lines: string[] = [];
  let drawn = 0;
  const report = await exportForResearch(resources, {
    timeMs,
    random: (length) => new Uint8Array(length).fill((drawn += 1)),
    write: (line) => void lines.push(text(line)),
  });
  return { report, lines, resources: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
};

describe('an export for research', () => {
  it('of both real bundles has no name, address, number, note or date below the year in it', async () => {
    const all = BUNDLES.flatMap(({ url }) => entriesOf(url).map(({ resource }) => resource));
    const { report, lines, resources } = await exported(all);
    expect(report.refused).toEqual([]);
    expect(report.written).toBe(lines.length);
    expect(report.written).toBeGreaterThan(200);
    expect(report.leftOut).toMatchObject({ Claim: expect.any(Number) as number });
    const everything = lines.join('');
    for (const person of all.filter(({ resourceType }) => resourceType === 'Patient')) {
      const { name, address, telecom, birthDate, id } = person as unknown as {
        name: { family: string; given: string[] }[];
        address: { city: string; line: string[]; postalCode?: string }[];
        telecom: { value: string }[];
        birthDate: string;
        id: string;
      };
      const secrets = [
        ...name.flatMap(({ family, given }) => [family, ...given]),
        ...address.flatMap(({ city, line }) => [city, ...line]),
        ...telecom.map(({ value }) => value),
        birthDate,
        id,
      ];
      for (const secret of secrets) expect(everything).not.toContain(secret);
    }
    expect(everything).not.toMatch(/\d{4}-\d{2}-\d{2}/);
    for (const resource of resources) expect(safeHarborFindings(resource)).toEqual([]);
  });

  it('lets samples of a wearable pass, the day cut to the year, and nothing that hides among them', async () => {
    const sampled = (data: string) => ({
      resourceType: 'Observation',
      status: 'final',
      subject: { reference: 'Patient/abc' },
      effectivePeriod: { start: '2026-11-20T00:00:00Z', end: '2026-11-20T23:55:00Z' },
      valueSampledData: {
        extension: [{ url: 'x', valueCode: '0 300000' }],
        origin: { value: 0, unit: 'beats/minute', system: 'http://unitsofmeasure.org', code: '/min' },
        period: 300_000,
        dimensions: 1,
        data,
      },
    });
    const { report, resources } = await exported([sampled('71 72.5 E -1'), sampled('71 +49 301234567')]);
    expect(report.refused).toEqual([]);
    expect(resources[0]).toMatchObject({
      effectivePeriod: { start: '2026', end: '2026' },
      valueSampledData: { period: 300_000, data: '71 72.5 E -1' },
    });
    expect(JSON.stringify(resources[0])).not.toContain('extension');
    expect(resources[1]?.['valueSampledData']).not.toHaveProperty('data');
    expect(safeHarborFindings({ valueSampledData: { data: 'Maria 12' } })).toHaveLength(1);
    expect(safeHarborFindings({ attachment: { data: '12 13' } })).toHaveLength(1);
  });

  it('gives one person one pseudonym, however she is referred to, and another in the next export', async () => {
    const patient = { resourceType: 'Patient', id: 'abc', gender: 'female', birthDate: '1980-04-01' };
    const reading = (reference: string) => ({
      resourceType: 'Observation',
      status: 'final',
      subject: { reference },
    });
    const { resources } = await exported([
      patient,
      reading('Patient/abc'),
      reading('urn:uuid:abc'),
      reading('https://clinic.example/fhir/Patient/abc'),
      reading('Patient/other'),
    ]);
    const names = resources.slice(1).map(({ subject }) => (subject as { reference: string }).reference);
    expect(new Set(names.slice(0, 3))).toEqual(new Set([`Patient/${String(resources[0]?.['id'])}`]));
    expect(names[3]).not.toBe(names[0]);
    const seen = new Set<string>();
    for (let i = 0; i < 2; i += 1) {
      await exportForResearch([patient], {
        timeMs,
        random: (length) => crypto.getRandomValues(new Uint8Array(length)),
        write: (line) => void seen.add(text(line)),
      });
    }
    expect(seen.size).toBe(2);
  });

  it('cuts birth years that tell of an age over 89', async () => {
    const born = (birthDate: string) => ({ resourceType: 'Patient', id: birthDate, birthDate });
    const { resources } = await exported([born('1937-06-01'), born('1936-06-01'), born('1899')]);
    expect(resources.map(({ birthDate }) => birthDate)).toEqual(['1937', '1936', '1936']);
  });

  it('leaves local codes, texts and members that nobody listed behind', async () => {
    const { resources } = await exported([
      {
        resourceType: 'Observation',
        status: 'final',
        code: {
          text: 'Mr Smith’s pulse',
          coding: [
            { system: 'urn:clinic:smith', code: 'smith-1' },
            { system: 'http://loinc.org', code: '8867-4', display: 'as told by Dr Jones' },
          ],
        },
        note: [{ text: 'call +49 30 1234567' }],
        'x-new': 'unknown',
      },
    ]);
    expect(resources[0]).toEqual({
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    });
  });

  it('refuses what the second look finds, and says where without saying what', async () => {
    const { report, lines } = await exported([
      {
        resourceType: 'Observation',
        status: 'mail me at a.b@example.org',
        valueQuantity: { value: 1, unit: 'since 2026-11-22' },
      },
    ]);
    expect(lines).toEqual([]);
    expect(report.refused).toEqual([
      {
        position: 1,
        findings: [
          { path: 'status', what: 'contact or number' },
          { path: 'valueQuantity.unit', what: 'date below the year' },
        ],
      },
    ]);
    expect(JSON.stringify(report)).not.toContain('example.org');
  });

  it('counts k over sex and year of birth, and claims no more', async () => {
    const person = (id: number, gender: string, birthDate: string) => ({
      resourceType: 'Patient',
      id: `p${id}`,
      gender,
      birthDate,
    });
    const group = [person(1, 'female', '1980-01-01'), person(2, 'female', '1980-12-31')];
    const { report } = await exported(group);
    expect(report).toMatchObject({ k: 2, persons: 2 });
    expect(report.statement).toMatch(
      /at least 1 others.*recognised all the same.*not an expert determination/s,
    );
    const { report: alone } = await exported([...group, person(3, 'male', '1980')]);
    expect(alone.k).toBe(1);
    expect(alone.statement).toMatch(/alone/);
    expect((await exported([])).report).toMatchObject({ k: 0, persons: 0 });
    const { report: twice } = await exported([...group, group[0] ?? {}] as Resource[]);
    expect(twice.k).toBe(2);
  });
});

describe('the second look', () => {
  it.each([
    [{ name: [] }, 'identifying member'],
    [{ a: { b: [{ telecom: 1 }] } }, 'identifying member'],
    [{ a: '22.11.2026' }, 'date below the year'],
    [{ a: '10.0.0.1' }, 'contact or number'],
    [{ a: '078-05-1120' }, 'contact or number'],
    [{ a: '+49 30 1234567' }, 'contact or number'],
  ])('finds %j', (value, what) => {
    expect(safeHarborFindings(value).map((finding) => finding.what)).toEqual([what]);
  });
  it('finds nothing in a number with its unit', () => {
    expect(
      safeHarborFindings({ value: 71.5, unit: 'beats/minute', code: '8867-4', birthDate: '1980' }),
    ).toEqual([]);
  });
});
