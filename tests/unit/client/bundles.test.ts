import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toHex } from '#crypto';
import { decodeTransaction, readCount, stateKeys } from '#consensus/ledger';
import { STATE_KEYS_MAX, STORE_REQUEST_BYTES_MAX } from '#node/client';
import type { Progress, UploadRecord } from '#node/client';
import { CATEGORIES, categoryOf, clinicalMonthOf, keywordsOf, parseBundle } from '#node/records';
import { admit, failure, NOVEMBER, openClinic, readings, textsOf } from './clinic.ts';
import { runAhead, squat } from './front-runner.ts';

const LUNA = new URL(
  '../../fixtures/fhir/Luna60_McCullough561_6662f0ca-b617-4e02-8f55-7275e9f49aa0.json',
  import.meta.url,
);

const bundleRecords = (url: URL): UploadRecord[] =>
  parseBundle(readFileSync(url)).entries.map(({ bytes, resource }) => {
    const [category, month] = [categoryOf(resource), clinicalMonthOf(resource)];
    return { resource: bytes, category, month, keywords: keywordsOf(resource, { category, month }) };
  });

describe('a whole bundle', () => {
  it('goes in and comes out byte for byte, in batches within every bound', async () => {
    const { network, maria, alice } = await openClinic();
    const records = bundleRecords(LUNA);
    const months = [...new Set(records.map(({ month }) => month))];
    const progress: Progress[] = [];
    network.requests.length = 0;
    const uploaded = await maria.records.upload(
      { patient: maria.keys.id, records },
      { onProgress: (step) => progress.push(step) },
    );
    expect(uploaded).toHaveLength(223);
    expect(uploaded.map(({ sequence }) => sequence)).toEqual(uploaded.map((_, i) => i));
    expect(progress.filter(({ what }) => what === 'anchored').at(-1)).toEqual({
      what: 'anchored',
      done: 223,
      total: 223,
    });
    for (const { path, bytes, keys } of network.requests) {
      if (path === '/store') expect(bytes).toBeLessThanOrEqual(STORE_REQUEST_BYTES_MAX);
      expect(keys).toBeLessThanOrEqual(STATE_KEYS_MAX);
    }
    const selection = { patient: maria.keys.id, categories: CATEGORIES, months };
    const all = await alice.records.search({ ...selection, keywords: '*' });
    expect(all.complete).toBe(true);
    expect(all.hits).toHaveLength(223);
    expect(textsOf(await alice.records.openAll(all.hits))).toEqual(textsOf(records));
    const expected = records.filter(({ keywords }) => keywords.includes('loinc:8302-2'));
    const heights = await alice.records.search({ ...selection, keywords: 'loinc:8302-2' });
    expect(expected.length).toBeGreaterThan(3);
    expect(textsOf(await maria.records.openAll(heights.hits))).toEqual(textsOf(expected));
  });

  it('never lets two records of one lane share a place, however the writer starts again', async () => {
    const { network, maria } = await openClinic();
    const patient = maria.keys.id;
    let total = 0;
    for (const count of [1, 2, 5, 70]) {
      // A new process of the same writer each time: it must find its own counters through the proven state.
      const writer = network.client(network.person('maria'));
      await writer.records.upload({
        patient,
        records: readings(count, Date.UTC(2026, 10, 2 + total), count),
      });
      total += count;
      const { hits } = await writer.records.search({
        patient,
        categories: ['vital-signs'],
        months: [NOVEMBER],
        keywords: '*',
      });
      expect(hits).toHaveLength(total);
    }
  });

  it('reads its lanes again when another process of the same writer moved them, and loses nothing', async () => {
    const { network, maria } = await openClinic();
    const patient = maria.keys.id;
    const [one, two] = [
      network.client(network.person('maria')),
      network.client(network.person('maria'), { node: 1 }),
    ];
    for (let day = 0; day < 3; day += 1) {
      await one.records.upload({ patient, records: readings(2, Date.UTC(2026, 10, 1 + day), day) });
      await two.records.upload({ patient, records: readings(2, Date.UTC(2026, 10, 11 + day), day) });
    }
    const { hits } = await one.records.search({
      patient,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      keywords: '*',
    });
    expect(hits).toHaveLength(12);
    expect(await one.records.openAll(hits)).toHaveLength(12);
  });

  it('anchors every record once when another process moves the lanes while batches are on their way', async () => {
    const { network, maria } = await openClinic();
    const patient = maria.keys.id;
    const [one, two] = [
      network.client(network.person('maria')),
      network.client(network.person('maria'), { node: 1 }),
    ];
    await one.records.upload({ patient, records: readings(1, Date.UTC(2026, 9, 1)) });
    let intrusions = 0;
    let intruding: Promise<unknown> = Promise.resolve();
    const uploaded = await one.records.upload(
      { patient, records: readings(300, Date.UTC(2026, 10, 1), 7) },
      {
        onProgress: ({ what, done }) => {
          if (what !== 'anchored' || done > 200 || intrusions >= 2) return;
          intrusions += 1;
          const records = readings(1, Date.UTC(2026, 10, 15 + intrusions), intrusions);
          intruding = intruding.then(() => two.records.upload({ patient, records }));
        },
      },
    );
    await intruding;
    expect(intrusions).toBe(2);
    expect(new Set(uploaded.map(({ recordId }) => toHex(recordId))).size).toBe(300);
    const months = ['2026-10', NOVEMBER];
    const selection = { patient, categories: ['vital-signs'], months, keywords: '*' };
    const { hits, complete } = await one.records.search(selection);
    expect(complete).toBe(true);
    expect(hits.map(({ sequence }) => sequence).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 303 }, (_, i) => i),
    );
    expect(await one.records.openAll(hits)).toHaveLength(303);
    // The control: it did have to begin again, or nothing was tried here.
    const refusals = network.refusals.filter((code) => code === 'tag-taken' || code === 'sequence-wrong');
    expect(refusals.length).toBeGreaterThan(0);
  });

  it('takes uploads that are started at the same time one after the other', async () => {
    const { maria } = await openClinic();
    const patient = maria.keys.id;
    await Promise.all(
      [1, 2, 3].map((day) =>
        maria.records.upload({ patient, records: readings(2, Date.UTC(2026, 10, day), day) }),
      ),
    );
    const { hits } = await maria.records.search({
      patient,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      keywords: '*',
    });
    expect(hits.map(({ sequence }) => sequence).toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('imports once what was given up while the block that takes it was under way', async () => {
    const { network, maria } = await openClinic();
    const patient = maria.keys.id;
    const records = readings(5, Date.UTC(2026, 10, 1));
    const giveUp = new AbortController();
    const commit = network.commit.bind(network);
    network.commit = (transactions) => {
      const refusal = commit(transactions);
      if (transactions.some((wire) => decodeTransaction(wire).transaction.kind === 'record.anchor'))
        giveUp.abort();
      return refusal;
    };
    const given = maria.records.uploadOnce({ patient, records }, { signal: giveUp.signal });
    expect(await failure(given)).toBe('aborted');
    expect(giveUp.signal.aborted).toBe(true);
    const more = [...records, ...readings(2, Date.UTC(2026, 10, 20), 9)];
    const { uploaded, anchored } = await maria.records.uploadOnce({ patient, records: more });
    expect([uploaded.length, anchored]).toEqual([2, 5]);
    const selection = { patient, categories: ['vital-signs'], months: [NOVEMBER], keywords: '*' };
    expect((await maria.records.search(selection)).hits).toHaveLength(7);
  });

  it('carries a document of several blocks', async () => {
    const { network, maria } = await openClinic();
    const patient = maria.keys.id;
    const resource = network.backend.random(65_536);
    const document = new Uint8Array(5 * 1024 * 1024);
    for (let i = 0; i < document.length; i += resource.length) document.set(resource, i);
    const record = {
      resource: document,
      mediaType: 'application/pdf',
      category: 'document',
      month: 'all',
      keywords: ['scan'],
    };
    await maria.records.upload({ patient, records: [record] });
    const { hits } = await maria.records.search({
      patient,
      categories: ['document'],
      months: ['all'],
      keywords: 'scan',
    });
    const opened = await maria.records.open(hits[0]!);
    expect(opened.mediaType).toBe('application/pdf');
    expect(toHex(opened.resource.subarray(-64))).toBe(toHex(document.subarray(-64)));
    expect(opened.resource).toHaveLength(document.length);
  });

  it('seals with the record where its keywords stand in the lane, and pads their number', async () => {
    const { network, maria } = await openClinic();
    const patient = maria.keys.id;
    const record = {
      resource: new Uint8Array([1]),
      category: 'survey',
      month: NOVEMBER,
      keywords: ['one', 'two'],
    };
    const before = [...network.state.entries()].length;
    const uploaded = await maria.records.upload({ patient, records: [record, record] });
    const { hits } = await maria.records.search({
      patient,
      categories: ['survey'],
      months: [NOVEMBER],
      keywords: 'one',
    });
    const opened = await maria.records.openAll(hits);
    expect(opened.map(({ keywords }) => keywords)).toEqual([
      [
        { keyword: '*', n: 0 },
        { keyword: 'one', n: 0 },
        { keyword: 'two', n: 0 },
      ],
      [
        { keyword: '*', n: 1 },
        { keyword: 'one', n: 1 },
        { keyword: 'two', n: 1 },
      ],
    ]);
    // Per record: itself, eight tags for three keywords; once: lane, writers.
    expect([...network.state.entries()].length - before).toBe(2 * (1 + 8) + 2);
    expect(uploaded).toHaveLength(2);
  });

  it('refuses more keywords than a record may have and a category that nobody gave it keys for', async () => {
    const { network, maria, alice } = await openClinic();
    const patient = maria.keys.id;
    const keywords = Array.from({ length: 64 }, (_, i) => `word${i}`);
    const record = { resource: new Uint8Array([1]), category: 'survey', month: NOVEMBER, keywords };
    expect(await failure(maria.records.upload({ patient, records: [record] }))).toBe('input-invalid');
    const study = { ...record, keywords: [], category: 'study-x' };
    expect(await failure(alice.records.upload({ patient, records: [study] }))).toBe('no-access');
    await maria.records.upload({ patient, records: [study] });
    await alice.records.upload({ patient, records: [study] });
    const stranger = await admit(network, 'carol', 'doctor', 2);
    expect(await failure(stranger.records.upload({ patient, records: [{ ...record, keywords: [] }] }))).toBe(
      'no-access',
    );
    const proven = await maria.read([stateKeys.auditCount(patient)]);
    expect(readCount(proven.get, 'audit', patient)).toBeGreaterThan(0);
  });
});

describe('somebody who sees nonces and headers of records on their way and is first to use them', () => {
  const text = (n: number): Uint8Array => new TextEncoder().encode(`{"resourceType":"Basic","id":"${n}"}`);
  const records = (count: number): UploadRecord[] =>
    Array.from({ length: count }, (_, n) => ({
      resource: text(n),
      category: 'notes',
      month: NOVEMBER,
      keywords: ['x'],
    }));
  const selection = (patient: Uint8Array) => ({
    patient,
    categories: ['notes'],
    months: [NOVEMBER],
    keywords: '*',
  });

  it('disturbs no upload', async () => {
    const { network, maria } = await openClinic();
    const mallory = await admit(network, 'mallory', 'patient', 2);
    const patient = maria.keys.id;
    const seen = runAhead(network, mallory, 2);
    const uploaded = await maria.records.upload({ patient, records: records(3) });
    expect(seen.taken).toBe(1);
    expect(uploaded).toHaveLength(3);
    const { hits } = await maria.records.search(selection(patient));
    expect(textsOf(await maria.records.openAll(hits))).toEqual(textsOf(records(3)));
    // What she was about to anchor is anchored, as it was sealed: nothing had to be sealed anew.
    expect(network.requests.filter(({ path }) => path === '/receipts')).toHaveLength(1);
  });

  it('cannot pass anything off as what an import has anchored already', async () => {
    const { network, maria, alice } = await openClinic();
    const mallory = await admit(network, 'mallory', 'patient', 2);
    const patient = maria.keys.id;
    await maria.records.upload({ patient, records: records(4).slice(3) });
    const init = { patient, records: records(4).slice(0, 3) };
    const { fresh } = await maria.records.withoutAnchored(init);
    const seen = fresh.map(({ nonce }) => ({ nonce: nonce! }));
    expect(squat(network, mallory, mallory.keys.id, seen.slice(0, 1))).toBeUndefined();
    // Her own doctor knows the nonces of what she may import: he holds the seeds.
    expect(squat(network, alice, patient, seen.slice(1, 2))).toBeUndefined();
    const { fresh: left, anchored } = await maria.records.withoutAnchored(init);
    expect(anchored).toBe(0);
    expect(left).toEqual(fresh);
    await maria.records.upload({ patient, records: left });
    const { hits } = await maria.records.search(selection(patient));
    expect(textsOf(await maria.records.openAll(hits))).toEqual(textsOf(records(4)));
    // What a doctor really imported is there already, also for the patient.
    await alice.care.fetchKeys(patient);
    const others = { patient, records: [{ ...records(1)[0]!, resource: text(9) }] };
    const own = await alice.records.withoutAnchored(others);
    await alice.records.upload({ patient, records: own.fresh });
    expect(await maria.records.withoutAnchored(others)).toEqual({ fresh: [], anchored: 1 });
  });
});
