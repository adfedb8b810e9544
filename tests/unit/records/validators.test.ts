import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  auditEventOf,
  consentOf,
  encodeObservation,
  encodeResource,
  RESOURCE_SCHEMAS,
  UCUM,
} from '#node/records';
import type { Resource } from '#node/records';
import { AUDIT_CONTEXT, AUTHORED, AUTHORED_READINGS, GRANT, LINE, START_MS, summary } from './authored.ts';
import { EXAMPLES, faultsByFhir, faultsByMedplum } from './hl7.ts';

const written = (bytes: Uint8Array): Resource => JSON.parse(new TextDecoder().decode(bytes)) as Resource;
const resources: Resource[] = [
  ...AUTHORED.map((resource) => written(encodeResource(resource))),
  ...AUTHORED_READINGS.map((reading) => written(encodeObservation(reading))),
  summary() as Resource,
];

describe('what we author', () => {
  it('has at least one resource of every type that has a schema', () => {
    const types = new Set(resources.flatMap((one) => [one.resourceType, ...entryTypes(one)]));
    expect([...types].toSorted()).toEqual(Object.keys(RESOURCE_SCHEMAS).toSorted());
  });

  it.each(resources.map((resource, i) => [resource.resourceType, i, resource] as const))(
    '%s (%i) passes the validator of the package fhir',
    (_, __, resource) => {
      expect(faultsByFhir(resource)).toEqual([]);
    },
  );

  it.each(resources.map((resource, i) => [resource.resourceType, i, resource] as const))(
    '%s (%i) passes the validator of Medplum, vital signs under the profile of HL7',
    (_, __, resource) => {
      expect(faultsByMedplum(resource)).toEqual([]);
    },
  );
});

function entryTypes(resource: Resource): string[] {
  const { entry = [] } = resource as { entry?: { resource: Resource }[] };
  return entry.map((one) => one.resource.resourceType);
}

/** Broken in ways that the one or the other must see: a validator that says yes to all would pass the tests above. */
describe('the outside validators', () => {
  const [heartRate] = resources;
  it.each([
    ['a status that there is not', { status: 'splendid' }],
    ['no status', { status: undefined }],
    ['no code', { code: undefined }],
    ['a text for a number', { valueQuantity: { value: 'seventy' } }],
    ['a member that there is not', { valueQuantitty: { value: 70 } }],
    ['a category that is no list', { category: { text: 'vital signs' } }],
  ])('report %s', (_, change) => {
    const broken = JSON.parse(JSON.stringify({ ...heartRate, ...change })) as unknown;
    expect([...faultsByFhir(broken), ...faultsByMedplum(broken)]).not.toEqual([]);
  });

  it('report a vital sign without its category, and a pressure without its parts', () => {
    expect(faultsByMedplum({ ...heartRate, category: undefined })).not.toEqual([]);
    const pressure = resources.find((one) => JSON.stringify(one['code'])?.includes('85354-9'));
    expect(faultsByMedplum(pressure)).toEqual([]);
    expect(faultsByMedplum({ ...pressure, component: undefined })).not.toEqual([]);
  });

  it('find nothing in the examples of HL7 that are of our types', () => {
    const types = new Set<string>(Object.keys(RESOURCE_SCHEMAS));
    // Its base64 is broken over lines, and its bundle holds types whose definitions are not here.
    const beyond = new Set([
      'Binary-example.json',
      'Bundle-bundle-response.json',
      'MedicationStatement-example001.json',
    ]);
    const examples = EXAMPLES.filter(({ name }) => types.has(name.split('-')[0] ?? '') && !beyond.has(name));
    expect(examples.length).toBeGreaterThan(15);
    for (const { name, url } of examples) {
      const resource = JSON.parse(readFileSync(url, 'utf8')) as unknown;
      expect([name, ...faultsByFhir(resource), ...faultsByMedplum(resource)]).toEqual([name]);
    }
  });
});

describe('our own schemas', () => {
  const [reading] = AUTHORED;
  it.each([
    ['an unknown member', { valueQuantitty: { value: 70 } }],
    [
      'another unit than the profile has',
      { valueQuantity: { value: 1, unit: 'Hz', system: UCUM, code: 'Hz' } },
    ],
    ['an implausible value', { valueQuantity: { value: 900, unit: 'x', system: UCUM, code: '/min' } }],
    ['two values', { valueString: 'seventy' }],
    ['no subject', { subject: undefined }],
    ['a time without zone', { effectiveDateTime: '2026-11-22T08:00:00' }],
    ['a missing category', { category: undefined }],
  ])('refuse %s, and say nothing of the content', (_, change) => {
    const broken = { ...reading, ...change } as Parameters<typeof encodeResource>[0];
    expect(() => encodeResource(broken)).toThrow(expect.objectContaining({ message: 'profile-violated' }));
  });

  it.each([
    ['a consent without a rule', { ...consentOf(GRANT, START_MS), policyRule: undefined }],
    ['a document that begins with no Composition', { ...(summary() as object), entry: [] }],
    ['an organisation of no name', { resourceType: 'Organization', id: 'x' }],
    ['a Binary that is not base64', { resourceType: 'Binary', contentType: 'a/b', data: 'not base64!' }],
    [
      'a narrative that is no list of ours',
      { resourceType: 'Patient', text: { status: 'generated', div: '<script>' } },
    ],
  ])('refuse %s', (_, broken) => {
    expect(() => encodeResource(broken as Parameters<typeof encodeResource>[0])).toThrow('profile-violated');
  });
});

describe('exports of grants and audit lines', () => {
  it('say who, what, which months, what for and until when', () => {
    const consent = consentOf(GRANT, START_MS);
    expect(consent.status).toBe('active');
    expect(consent.provision.dataPeriod).toEqual({ start: '2025-12-01', end: '2026-02-28' });
    expect(consent.provision.purpose?.[0]?.code).toBe('TREAT');
    expect(consent.provision.code?.map(({ coding }) => coding?.[0]?.code)).toEqual([
      'vital-signs',
      'laboratory',
    ]);
  });

  it('call a revoked and an expired grant inactive', () => {
    expect(consentOf({ ...GRANT, isRevoked: true }, START_MS).status).toBe('inactive');
    expect(consentOf(GRANT, GRANT.expiresAtMs).status).toBe('inactive');
  });

  it('mark an emergency by DICOM 110127, and nothing else', () => {
    const codes = (purpose?: string) =>
      auditEventOf(LINE, { ...AUDIT_CONTEXT, ...(purpose === undefined ? {} : { purpose }) }).subtype?.map(
        ({ code }) => code,
      );
    expect(codes('BTG')).toContain('110127');
    expect(codes('ETREAT')).toContain('110127');
    expect(codes('TREAT')).not.toContain('110127');
    expect(codes()).not.toContain('110127');
  });
});

describe('a patient summary', () => {
  it('has the three required sections, and says of an empty one only that nothing is recorded here', () => {
    const { entry } = summary() as {
      entry: { resource: { section: { title: string; emptyReason?: unknown }[] } }[];
    };
    const sections = entry[0]?.resource.section ?? [];
    const find = (title: string) => sections.find((section) => section.title === title);
    expect(find('Medication summary')?.emptyReason).toBeDefined();
    expect(find('Allergies and intolerances')?.emptyReason).toBeUndefined();
    expect(find('Problem list')).toBeDefined();
    expect(find('Vital signs')).toBeDefined();
  });

  it('makes no markup of what stands in a record', () => {
    const { entry } = summary() as { entry: { resource: { section: { text: { div: string } }[] } }[] };
    const narrative = (entry[0]?.resource.section ?? []).map(({ text }) => text.div).join('');
    expect(narrative).toContain('&lt;penicillin&gt; &amp; co');
    expect(narrative).not.toContain('<penicillin>');
  });
});
