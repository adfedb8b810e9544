import { beforeAll, describe, expect, it } from 'vitest';
import { derivePersonKeys, toHex } from '#crypto';
import { readKeyring, stateKeys } from '#consensus/ledger';
import { deviceAnswer, verifyAudit } from '#node/client';
import { admit, everything, failure, NOVEMBER, openClinic, readings, textsOf } from './clinic.ts';
import type { Clinic } from './clinic.ts';

const HOUR_MS = 3_600_000;

describe('a patient, her doctor and what they do', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await openClinic();
  });

  it('keeps an applicant powerless until the institution approves, and a refused one for good', async () => {
    const { network, administrators } = clinic;
    const eve = network.client(network.person('eve'));
    const home = network.nodes[0]!.id;
    const { person } = await eve.people.register({ role: 'doctor', home });
    expect(person.status).toBe('pending');
    expect(await failure(eve.put([{ codec: 'raw', bytes: new Uint8Array(1) }]))).toBe('forbidden');
    const waiting = await administrators[0]!.people.waiting(home);
    expect(waiting.map(({ id }) => toHex(id))).toEqual([toHex(eve.keys.id)]);
    expect((await administrators[0]!.people.approve(eve.keys.id)).remaining).toBe(1);
    expect((await eve.people.myself())?.status).toBe('pending');
    await administrators[1]!.people.refuse(eve.keys.id, 'not known here');
    expect((await eve.people.myself())?.status).toBe('refused');
    expect(await failure(eve.care.assign(clinic.maria.keys.id, eve.keys.id))).toBe('sender-not-active');
  });

  it('gives the doctor exactly what the patient put in', async () => {
    const { maria, alice } = clinic;
    const records = readings(8);
    const uploaded = await maria.records.upload({ patient: maria.keys.id, records });
    expect(uploaded.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(uploaded.every(({ holders }) => holders === 3)).toBe(true);
    const { hits, complete } = await alice.records.search({ ...everything(maria.keys.id), keywords: '*' });
    expect(complete).toBe(true);
    expect(hits).toHaveLength(8);
    const opened = await alice.records.openAll(hits);
    expect(textsOf(opened)).toEqual(textsOf(records));
    expect(await alice.records.pendingReports()).toBe(0);
  });

  it('goes on reading while the network is stopped, and reports it as soon as it can', async () => {
    const { network, maria, alice } = clinic;
    const { hits } = await alice.records.search({ ...everything(maria.keys.id), keywords: '*', limit: 2 });
    network.tampering = { isStopped: true };
    expect(await alice.records.openAll(hits)).toHaveLength(2);
    expect(await alice.records.pendingReports()).toBe(2);
    expect(await failure(alice.records.flushReports())).toBe('no-quorum');
    network.tampering = {};
    await alice.records.flushReports();
    expect(await alice.records.pendingReports()).toBe(0);
    const { lines } = await maria.audit.whoHasSeen(maria.keys.id);
    expect(lines.at(-1)).toMatchObject({ kind: 'access.report', action: 'open' });
    expect(lines.at(-1)?.records).toHaveLength(2);
  });

  it('reports each opening once, however often it is told to at a time', async () => {
    const { network, maria, alice } = clinic;
    const { hits } = await alice.records.search({ ...everything(maria.keys.id), keywords: '*', limit: 5 });
    const opened = async (): Promise<string[]> => {
      const { lines } = await maria.audit.whoHasSeen(maria.keys.id);
      const reports = lines.filter((line) => line.kind === 'access.report' && line.action === 'open');
      return reports.flatMap(({ records }) => records.map(toHex));
    };
    const before = await opened();
    network.tampering = { isStopped: true };
    for (const hit of hits) await alice.records.openAll([hit]);
    expect(await alice.records.pendingReports()).toBe(hits.length);
    network.tampering = {};
    await Promise.all([1, 2, 3].map(() => alice.records.flushReports()));
    expect(await alice.records.pendingReports()).toBe(0);
    expect((await opened()).slice(before.length)).toEqual(hits.map(({ recordId }) => toHex(recordId)));
  });

  it('takes what the doctor writes into her own lane, and shows it to the patient', async () => {
    const { maria, alice } = clinic;
    const note = new TextEncoder().encode('{"resourceType":"Observation","note":"by Alice"}');
    const record = { resource: note, category: 'document', month: NOVEMBER, keywords: ['Anamnese'] };
    await alice.records.upload({ patient: maria.keys.id, records: [record] });
    const { hits } = await maria.records.search({ ...everything(maria.keys.id), keywords: 'ANAMNESE' });
    expect(hits).toHaveLength(1);
    expect(toHex(hits[0]!.writer)).toBe(toHex(alice.keys.id));
    expect((await maria.records.open(hits[0]!)).resource).toEqual(note);
  });

  it('finds by all of several words, by code and by flag, and nothing for a word that is nowhere', async () => {
    const { maria } = clinic;
    const find = async (keywords: string | string[]): Promise<number> =>
      (await maria.records.search({ ...everything(maria.keys.id), keywords })).hits.length;
    expect(await find('Heart rate')).toBe(2);
    expect(await find('http://loinc.org|85354-9')).toBe(2);
    expect(await find(['systolic', 'diastolic'])).toBe(2);
    expect(await find(['heart', 'systolic'])).toBe(0);
    expect(await find('unicorn')).toBe(0);
    expect(await failure(find('...'))).toBe('input-invalid');
  });

  it('says when it stopped at a limit instead of at proven misses', async () => {
    const { maria } = clinic;
    const limited = await maria.records.search({ ...everything(maria.keys.id), keywords: '*', limit: 3 });
    expect(limited.hits).toHaveLength(3);
    expect(limited.complete).toBe(false);
  });

  it('amends a record with a new version that names its predecessor', async () => {
    const { maria } = clinic;
    const text = (version: number): Uint8Array => new TextEncoder().encode(`{"version":${version}}`);
    const record = { resource: text(1), category: 'allergy', month: 'all', keywords: ['penicillin'] };
    const [first] = await maria.records.upload({ patient: maria.keys.id, records: [record] });
    const amends = { recordId: first!.recordId, header: first!.header };
    const [second] = await maria.records.upload({
      patient: maria.keys.id,
      records: [{ ...record, resource: text(2), amends }],
    });
    const { hits } = await maria.records.search({ ...everything(maria.keys.id), keywords: 'penicillin' });
    expect(hits.map(({ amendedBy }) => amendedBy && toHex(amendedBy))).toEqual([
      toHex(second!.recordId),
      null,
    ]);
    expect(hits.map(({ previous }) => previous && toHex(previous))).toEqual([null, toHex(first!.recordId)]);
    const opened = await maria.records.openAll(hits);
    expect(opened.map(({ resource }) => resource)).toEqual([text(1), text(2)]);
  });

  it('lets a device write into its months and neither search nor open nor write elsewhere', async () => {
    const { network, maria, alice } = clinic;
    const keys = derivePersonKeys(network.backend, new Uint8Array(32).fill(77));
    const plan = { categories: ['vital-signs'], months: [NOVEMBER] };
    const { backend, chainId } = maria;
    const answer = deviceAnswer(backend, { chainId, patient: maria.keys.id }, keys);
    const { device } = await maria.care.enrolDevice({ ...answer, ...plan });
    const gateway = network.client(keys, { node: 2 });
    const patient = maria.keys.id;
    expect(await gateway.care.fetchKeys(patient)).toEqual({ categories: [], kits: 1 });
    const records = readings(4, Date.UTC(2026, 10, 23), 9);
    await gateway.records.upload({ patient, records });
    expect(await failure(gateway.records.search({ ...everything(patient), keywords: '*' }))).toBe(
      'no-access',
    );
    const october = readings(1, Date.UTC(2026, 9, 1));
    expect(await failure(gateway.records.upload({ patient, records: october }))).toBe('no-access');
    const { hits } = await alice.records.search({ ...everything(patient), keywords: 'category:vital-signs' });
    const fromDevice = hits.filter(({ writer }) => toHex(writer) === toHex(device));
    expect(textsOf(await alice.records.openAll(fromDevice))).toEqual(textsOf(records));
    expect((await maria.care.devices(patient)).map(({ id }) => toHex(id))).toEqual([toHex(device)]);
  });

  it('gives everything back to a patient who has nothing left but her root key', async () => {
    const { network, maria } = clinic;
    const anew = network.client(network.person('maria'), { node: 3 });
    const selection = { ...everything(maria.keys.id), keywords: '*' };
    const [before, after] = [await maria.records.search(selection), await anew.records.search(selection)];
    expect(after.hits.map(({ recordId }) => toHex(recordId))).toEqual(
      before.hits.map(({ recordId }) => toHex(recordId)),
    );
    expect(textsOf(await anew.records.openAll(after.hits))).toEqual(
      textsOf(await maria.records.openAll(before.hits)),
    );
  });

  it('shares one category and month, and nothing outside it opens', async () => {
    const { network, maria, alice, bob } = clinic;
    const patient = maria.keys.id;
    await maria.records.upload({ patient, records: readings(4, Date.UTC(2026, 9, 3), 5) });
    const { request } = await bob.sharing.requestAccess({
      patient,
      to: alice.keys.id,
      message: 'for the second opinion',
    });
    const [open] = await alice.sharing.requests();
    expect(await alice.sharing.message(open!)).toBe('for the second opinion');
    const terms = { categories: ['vital-signs'], months: [NOVEMBER], purpose: 'TREAT', request };
    const { grant } = await alice.sharing.grant({
      ...terms,
      patient,
      delegate: bob.keys.id,
      expiresAtMs: network.timeMs + 24 * HOUR_MS,
    });
    const received = await bob.sharing.received();
    expect(received.map(({ id }) => toHex(id))).toEqual([toHex(grant)]);
    const found = await bob.sharing.search({ grant, keywords: '*' });
    expect(found.complete).toBe(true);
    expect(found.hits).toHaveLength(12);
    const shared = await bob.sharing.openShared({ grant, hits: found.hits });
    expect(shared.liars).toEqual([]);
    const own = await maria.records.search({
      patient,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      keywords: '*',
    });
    expect(textsOf(shared.records)).toEqual(textsOf(await maria.records.openAll(own.hits)));
    const october = await maria.records.search({
      patient,
      categories: ['vital-signs'],
      months: ['2026-10'],
      keywords: '*',
    });
    expect(october.hits).toHaveLength(4);
    expect(await failure(bob.sharing.openShared({ grant, hits: october.hits }))).toBe('no-access');
    expect(await failure(bob.sharing.search({ grant, keywords: '*', months: ['2026-10'] }))).toBe(
      'no-access',
    );
    expect(await failure(bob.records.search({ ...everything(patient), keywords: '*' }))).toBe('no-access');
    const stretched = october.hits.map((hit) => ({
      ...hit,
      compartment: { ...hit.compartment, period: NOVEMBER },
    }));
    expect(await failure(bob.sharing.openShared({ grant, hits: stretched }))).toBe('no-access');
  });

  it('ends a grant at once and puts what comes later into a new generation', async () => {
    const { maria, alice, bob } = clinic;
    const patient = maria.keys.id;
    const [grant] = await bob.sharing.received();
    const before = await bob.sharing.search({ grant: grant!.id, keywords: '*' });
    await alice.sharing.revoke(grant!.id);
    expect(await failure(bob.sharing.openShared({ grant: grant!.id, hits: before.hits }))).toBe(
      'grant-revoked',
    );
    const later = readings(2, Date.UTC(2026, 10, 28), 3);
    await maria.records.upload({ patient, records: later });
    const own = await maria.records.search({
      patient,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      keywords: '*',
    });
    expect(own.hits.filter(({ compartment }) => compartment.generation === 1)).toHaveLength(2);
    const after = await bob.sharing.search({ grant: grant!.id, keywords: '*' });
    expect(after.hits).toHaveLength(before.hits.length);
    const byAlice = await alice.records.search({
      patient,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      keywords: '*',
    });
    expect(byAlice.hits).toHaveLength(own.hits.length);
  });

  it('renews the kits of a device with the generation, whoever started it', async () => {
    const { network, maria } = clinic;
    const patient = maria.keys.id;
    const gateway = network.client(derivePersonKeys(network.backend, new Uint8Array(32).fill(77)), {
      node: 2,
    });
    await gateway.records.upload({ patient, records: readings(1, Date.UTC(2026, 10, 29), 4) });
    const { hits } = await maria.records.search({
      patient,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      keywords: '*',
    });
    const newest = hits.find(({ writer }) => toHex(writer) === toHex(gateway.keys.id) && hits.length > 0);
    expect(newest?.compartment.generation).toBe(1);
    const proven = await maria.read([stateKeys.keyring(patient, gateway.keys.id, 'custodian')]);
    expect(readKeyring(proven.get, patient, gateway.keys.id, 'custodian')?.kitSerial).toBe(1);
  });

  it('ends an assignment so that later records are out of the former doctor’s reach', async () => {
    const { network, maria } = clinic;
    const patient = maria.keys.id;
    const dana = await admit(network, 'dana', 'doctor');
    await clinic.administrators[0]!.care.assign(patient, dana.keys.id);
    await maria.care.acceptAssignment(dana.keys.id);
    const [assignment] = await dana.care.patients(dana.keys.id);
    expect(assignment).toMatchObject({ status: 'active', hasKeys: true });
    await maria.care.endAssignment(patient, dana.keys.id);
    const record = {
      resource: new Uint8Array([1]),
      category: 'survey',
      month: NOVEMBER,
      keywords: ['afterwards'],
    };
    await maria.records.upload({ patient, records: [record] });
    expect((await dana.records.search({ ...everything(patient), keywords: 'afterwards' })).hits).toEqual([]);
    const { hits } = await dana.records.search({ ...everything(patient), keywords: 'anamnese' });
    expect(await failure(dana.records.open(hits[0]!))).toBe('not-permitted');
    expect(await dana.records.pendingReports()).toBe(0);
    expect(
      (await maria.records.search({ ...everything(patient), keywords: 'afterwards' })).hits,
    ).toHaveLength(1);
  });

  it('announces a delegate’s searches once for all of an hour, before the first, and not under a grant that is over', async () => {
    const { network, maria, alice, bob } = clinic;
    const patient = maria.keys.id;
    const terms = {
      patient,
      delegate: bob.keys.id,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      purpose: 'TREAT',
      expiresAtMs: network.timeMs + 24 * HOUR_MS,
    };
    const { grant } = await alice.sharing.grant(terms);
    const announced = async (): Promise<number> => {
      const { lines } = await maria.audit.whoHasSeen(patient);
      return lines.filter(
        ({ kind, grant: of }) => kind === 'access.search' && of && toHex(of) === toHex(grant),
      ).length;
    };
    for (const keywords of ['*', 'heart', 'nothing of the kind'])
      await bob.sharing.search({ grant, keywords });
    expect(await announced()).toBe(1);
    const over = await alice.sharing.grant(terms);
    await bob.sharing.open(over.grant);
    await alice.submit('grant.revoke', { grant: over.grant });
    expect(await failure(bob.sharing.search({ grant: over.grant, keywords: '*' }))).toBe('grant-revoked');
  });

  it('shows the patient every access in order, and proves it offline from a file', async () => {
    const { network, maria, alice, bob } = clinic;
    const patient = maria.keys.id;
    const { lines, height } = await maria.audit.whoHasSeen(patient);
    const seen = lines.filter(({ kind }) => kind === 'access.request' || kind === 'access.report');
    expect(new Set(seen.map(({ actor }) => toHex(actor)))).toEqual(
      new Set([toHex(alice.keys.id), toHex(bob.keys.id)]),
    );
    expect(lines.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['grant.create', 'grant.revoke', 'device.enrol']),
    );
    expect(lines.map(({ position }) => position)).toEqual(lines.map((_, i) => i));
    const file = await maria.audit.export(patient);
    const verified = verifyAudit(network.backend, network.genesisBytes, file);
    expect(verified.height).toBe(height);
    expect(toHex(verified.patient)).toBe(toHex(patient));
    expect(verified.lines.map((line, position) => ({ ...line, position }))).toEqual(lines);
  });

  it('signs in again by itself when the node has ended the session', async () => {
    const { network, maria } = clinic;
    network.endSessions();
    expect((await maria.people.myself())?.status).toBe('active');
    await maria.signOut();
    expect(network.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/session' });
  });
});
