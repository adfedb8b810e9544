import { beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#crypto';
import type { PhrClient } from '#node/client';
import { safeHarborFindings, studyPurpose } from '#node/records';
import { administratorCalls } from '../../../dashboard/app/worker/administrator/calls.ts';
import { auditorCalls } from '../../../dashboard/app/worker/auditor/calls.ts';
import type { WorkerContext } from '../../../dashboard/app/worker/context.ts';
import type { EventFilter } from '../../../dashboard/app/worker/auditor/events.ts';
import { researcherCalls } from '../../../dashboard/app/worker/researcher/calls.ts';
import { admit, failure, openClinic, readings } from '../client/clinic.ts';
import type { Clinic } from '../client/clinic.ts';

const EVERYTHING: EventFilter = { groups: [], concerning: '', institution: '', fromMs: null, toMs: null };
const STUDY = { protocol: 'PHR-2026-014', title: 'Heart rate' };

/** What the worker gives its handlers, without a worker. */
function contextOf(client: PhrClient): WorkerContext {
  const person = { id: toHex(client.keys.id), role: 'administrator', state: 'active', name: '' } as const;
  return {
    signedIn: () => ({ client, person }),
    signal: new AbortController().signal,
    progress: () => undefined,
  } as unknown as WorkerContext;
}

let clinic: Clinic;
let rita: PhrClient;
let first: WorkerContext;
let second: WorkerContext;

beforeAll(async () => {
  clinic = await openClinic();
  const { network, maria, administrators } = clinic;
  rita = await admit(network, 'rita', 'researcher', 1);
  await maria.records.upload({ patient: maria.keys.id, records: readings(8) });
  [first, second] = administrators.map(contextOf) as [WorkerContext, WorkerContext];
});

describe("an administrator's calls", () => {
  it('show who waits with what she said of herself, and whose voice is missing', async () => {
    const { network } = clinic;
    const applicant = network.client(network.person('dora'));
    const profile = {
      family: 'Quist',
      given: 'Dora',
      birthDate: '',
      sex: '' as const,
      number: 'LIC-1',
      speciality: 'Surgery',
      contact: 'dora@example.org',
      message: '',
    };
    await applicant.people.register({ role: 'doctor', home: network.nodes[0]!.id, profile });
    const id = toHex(applicant.keys.id);
    const [waiting] = (await administratorCalls['administrator.queue'](first, undefined)).people;
    expect(waiting).toMatchObject({
      id,
      role: 'doctor',
      approvals: 0,
      needed: 2,
      isDecidedByMe: false,
      profile,
    });
    const approve = { id, decision: 'approve', reason: '' } as const;
    expect(await administratorCalls['administrator.decide'](first, approve)).toMatchObject({ remaining: 1 });
    const [half] = (await administratorCalls['administrator.queue'](first, undefined)).people;
    expect(half).toMatchObject({ approvals: 1, isDecidedByMe: true });
    expect(await failure(administratorCalls['administrator.decide'](first, approve))).toBe(
      'already-decided-by-sender',
    );
    expect(await administratorCalls['administrator.decide'](second, approve)).toMatchObject({
      remaining: 0,
      state: 'active',
    });
    expect((await administratorCalls['administrator.queue'](first, undefined)).people).toEqual([]);
    const detail = await administratorCalls['administrator.person'](first, { id });
    expect(detail.history.map(({ kind }) => kind)).toEqual([
      'person.approve',
      'person.approve',
      'person.register',
    ]);
    expect(new Set(detail.history.map(({ byName }) => byName))).toEqual(
      new Set(['institution 0 1', 'institution 0 2', 'Dora Quist']),
    );
  });

  it('list the people of the own institution, not of others, and doctors of all', async () => {
    const { people } = await administratorCalls['administrator.people'](first, undefined);
    const roles = people.map(({ role }) => role).toSorted();
    expect(roles).toEqual(['administrator', 'administrator', 'doctor', 'doctor', 'patient']);
    const doctors = await administratorCalls['administrator.doctors'](first, undefined);
    expect(new Set(doctors.map(({ home }) => home)).size).toBe(2);
  });

  it('refuse an id that is none before anything is asked', async () => {
    clinic.network.requests.length = 0;
    for (const id of ['', 'x'.repeat(64), 'AB'.repeat(32)])
      expect(await failure(administratorCalls['administrator.person'](first, { id }))).toBe('input-invalid');
    expect(clinic.network.requests).toEqual([]);
  });

  it('offer for an emergency what the ledger would allow, and nothing else', async () => {
    const { network, maria, bob } = clinic;
    const patient = maria.keys.id;
    await maria.emergencies.optIn({ patient });
    await bob.emergencies.request({ patient, reason: 'BTG', text: 'at night', lifetimeMs: 3_600_000 });
    const theirs = contextOf(network.client(network.administrators[1]![0]!, { node: 1 }));
    const [own] = await administratorCalls['administrator.emergencies'](theirs, undefined);
    expect(own?.may).toEqual({ countersign: true, end: true, review: false });
    const [seen] = await administratorCalls['administrator.emergencies'](first, undefined);
    expect(seen?.may).toEqual({ countersign: false, end: true, review: false });
    expect([own?.text, seen?.text]).toEqual(['at night', 'at night']);
    const act = { id: own?.id ?? '', act: 'countersign' } as const;
    expect(await failure(administratorCalls['administrator.emergency-act'](first, act))).toBe(
      'other-institution',
    );
    await administratorCalls['administrator.emergency-act'](theirs, act);
    await administratorCalls['administrator.emergency-act'](first, { ...act, act: 'end' });
    const [mine] = await administratorCalls['administrator.emergencies'](theirs, undefined);
    expect(mine).toMatchObject({ phase: 'over', may: { review: false } });
    const [judged] = await administratorCalls['administrator.emergencies'](first, undefined);
    expect(judged?.may.review).toBe(true);
  });
});

describe("an auditor's calls", () => {
  it('find every event, and those of one kind, person, institution or time', async () => {
    const auditor = contextOf(clinic.alice);
    const page = async (filter: Partial<EventFilter>) =>
      await auditorCalls['auditor.events'](auditor, { filter: { ...EVERYTHING, ...filter }, shown: 1000 });
    const all = await page({});
    expect(all.found).toBe(all.total);
    expect(all.lines).toHaveLength(all.total);
    expect(all.height).toBe(clinic.network.height);
    const anchors = await page({ groups: ['records'] });
    expect(new Set(anchors.lines.map(({ kind }) => kind))).toEqual(new Set(['record.anchor']));
    const maria = toHex(clinic.maria.keys.id);
    const hers = await page({ concerning: maria.slice(0, 12) });
    expect(hers.found).toBeGreaterThan(0);
    expect(hers.found).toBeLessThan(all.total);
    expect((await page({ concerning: 'quist' })).found).toBe(3);
    expect((await page({ institution: 'institution 3' })).found).toBe(0);
    expect((await page({ fromMs: clinic.network.timeMs + 1 })).found).toBe(0);
    expect((await page({ toMs: clinic.network.timeMs + 1 })).found).toBe(all.total);
  });

  it('write a table with a row for each event, and nothing in it that a spreadsheet would run', async () => {
    const input = { format: 'csv', filter: EVERYTHING } as const;
    const { bytes, count } = await auditorCalls['auditor.export'](contextOf(clinic.alice), input);
    const rows = new TextDecoder().decode(bytes).trimEnd().split('\r\n');
    expect(rows).toHaveLength(count + 1);
    expect(rows.flatMap((row) => row.split(',')).filter((cell) => /^[=+@\t]/.test(cell))).toEqual([]);
  });

  it('say that the chain does not hold when a node shows another one', async () => {
    clinic.network.tampering.ledger = ({ block, certificate }) => ({
      block: block.map((byte, i) => (i === block.length - 5 ? byte ^ 1 : byte)),
      certificate,
    });
    const auditor = contextOf(clinic.network.client(clinic.alice.keys));
    expect(await failure(auditorCalls['auditor.verify'](auditor, undefined).then(() => 0))).not.toBe(
      'nothing thrown',
    );
    clinic.network.tampering = {};
  });
});

describe("a researcher's calls", () => {
  it('group grants by the study that their purpose names, export under one pseudonym, and count accesses', async () => {
    const { maria } = clinic;
    const patient = maria.keys.id;
    const grant = {
      patient,
      delegate: rita.keys.id,
      categories: ['vital-signs'],
      months: ['2026-11'],
      purpose: studyPurpose(STUDY),
      expiresAtMs: clinic.network.timeMs + 400 * 24 * 3_600_000,
    };
    await maria.sharing.grant(grant);
    const context = contextOf(rita);
    const [study] = await researcherCalls['researcher.studies'](context, undefined);
    expect(study).toMatchObject({ ...STUDY, code: 'HRESCH' });
    expect(study?.shared).toMatchObject([
      { state: 'live', categories: ['vital-signs'], months: ['2026-11'] },
    ]);
    const made = await researcherCalls['researcher.export'](context, { protocol: STUDY.protocol });
    expect(made).toMatchObject({ opened: 8, written: 8, refused: 0, k: 0, persons: 0 });
    const resources = new TextDecoder()
      .decode(made.bytes)
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(resources.flatMap((one) => safeHarborFindings(one))).toEqual([]);
    const subjects = resources.map((one) => (one as { subject: { reference: string } }).subject.reference);
    expect(new Set(subjects).size).toBe(1);
    expect(subjects[0]).not.toContain(toHex(patient));
    const { lines } = await researcherCalls['researcher.accesses'](context, undefined);
    expect(lines.map(({ kind, protocol }) => [kind, protocol])).toEqual([
      ['access.request', STUDY.protocol],
      ['access.search', STUDY.protocol],
    ]);
    expect(await failure(researcherCalls['researcher.export'](context, { protocol: 'OTHER-1' }))).toBe(
      'no-access',
    );
  });

  it('ask with the study in front, and read the reason of a refusal', async () => {
    const { maria } = clinic;
    const context = contextOf(rita);
    const asked = { patient: toHex(maria.keys.id), to: '', ...STUDY, message: 'Please share.' };
    await researcherCalls['researcher.ask'](context, asked);
    const [request] = await maria.sharing.requests();
    expect(await maria.sharing.message(request!)).toBe('HRESCH PHR-2026-014 Heart rate: Please share.');
    await maria.sharing.refuseRequest(request!, 'Not now.');
    const [sent] = await researcherCalls['researcher.requests'](context, undefined);
    expect(sent).toMatchObject({ state: 'refused', refusal: 'Not now.', isPatient: true });
    expect(await failure(researcherCalls['researcher.ask'](context, { ...asked, protocol: 'none' }))).toBe(
      'input-invalid',
    );
  });
});
