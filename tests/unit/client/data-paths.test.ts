import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { encode, toHex, utf8 } from '#crypto';
import { readAudit, readAuditCount } from '#consensus/ledger';
import { API_PREFIX, recordedBy, ROUTES } from '#node/client';
import { Proxy } from '#node/proxy';
import { ProxyWorld } from '../proxy/proxy-world.ts';
import { everything, failure, NOVEMBER, openClinic } from './clinic.ts';
import type { Clinic } from './clinic.ts';

/**
 * What every way out of a node gives, and how a reader of it shows in the patient's list:
 * `nothing` of a patient; `pseudonyms` that every member has anyway; `sealed` bytes, which open with keys of one's own,
 * so that the opening is the client's word; `audited`: not without a line on the ledger.
 */
const PATHS: Readonly<Record<string, 'nothing' | 'pseudonyms' | 'sealed' | 'audited'>> = {
  'GET /status': 'nothing',
  'GET /events': 'nothing',
  'GET /genesis': 'nothing',
  'GET /head': 'nothing',
  'GET /openapi.json': 'nothing',
  'POST /session/challenge': 'nothing',
  'POST /session': 'nothing',
  'DELETE /session': 'nothing',
  'POST /transactions': 'nothing',
  'POST /state': 'pseudonyms',
  'GET /ledger/:height': 'pseudonyms',
  'POST /store': 'nothing',
  'GET /store/:cid': 'sealed',
  'POST /receipts': 'nothing',
  'POST /conversions': 'audited',
  'POST /releases': 'audited',
  'GET /refusals': 'pseudonyms',
  'GET /changes': 'nothing',
  'GET /institutions': 'nothing',
  'GET /sessions': 'nothing',
  'DELETE /sessions': 'nothing',
  'DELETE /sessions/:session': 'nothing',
  'DELETE /people/:person/sessions': 'nothing',
  'GET /wraps': 'nothing',
  'POST /wraps': 'nothing',
  'POST /wraps/removal': 'nothing',
  'POST /unlock': 'nothing',
  'GET /identity/key': 'nothing',
  'POST /identity/evaluations': 'nothing',
  '/phr/block/1.0.0': 'sealed',
  '/phr/consensus/1.0.0': 'pseudonyms',
  '/phr/identity/1.0.0': 'nothing',
  '/phr/proxy/1.0.0': 'audited',
  '/phr/replica/1.0.0': 'nothing',
  'phr/evidence/1': 'pseudonyms',
  'phr/transactions/1': 'pseudonyms',
};

/** Protocols and topics that the code of nodes names. */
function spoken(): string[] {
  const folder = new URL('../../../node/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const names = files.flatMap((name) => [
    ...readFileSync(new URL(name, folder), 'utf8').matchAll(/'(\/?phr\/[a-z-]+\/[\d.]+)'/g),
  ]);
  return [...new Set(names.map(([, name]) => name ?? ''))];
}

const CANARY = 'pheochromocytoma-canary';
const ROUTE_NAMES = ROUTES.map(({ method, path }) => `${method} ${path}`);

describe('every way out of a node', () => {
  let clinic: Clinic;
  let token: string;
  const linesOf = (patient: Uint8Array) =>
    Array.from({ length: readAuditCount((key) => clinic.network.state.get(key), patient) }, (_, i) =>
      readAudit((key) => clinic.network.state.get(key), patient, i)!,
    );
  const ask = async (method: string, path: string, json?: object): Promise<Uint8Array> => {
    const body = json === undefined ? {} : { body: JSON.stringify(json) };
    const headers = { authorization: `Bearer ${token}` };
    const response = await clinic.network.fetchOf()(`http://node.test${API_PREFIX}${path}`, {
      method,
      headers,
      ...body,
    });
    return new Uint8Array(await response.arrayBuffer());
  };

  beforeAll(async () => {
    clinic = await openClinic();
    const { network, maria } = clinic;
    const fetched = network.fetchOf(1);
    // Bob's own session, for requests that his client would not make.
    const client = network.client(network.person('bob'), { node: 1 });
    await client.signIn();
    token = network.tokenOf(client.keys.id);
    expect(fetched).toBeTypeOf('function');
    await maria.records.upload({
      patient: maria.keys.id,
      records: [{ resource: utf8(CANARY), category: 'vital-signs', month: NOVEMBER, keywords: [CANARY] }],
    });
  });

  it('is named here, and nothing that there is not', () => {
    expect(Object.keys(PATHS).toSorted()).toEqual([...ROUTE_NAMES, ...spoken()].toSorted());
  });

  it('that is sealed or pseudonymous shows no word of a record: not a block, not a value, not a ledger', async () => {
    const { network } = clinic;
    const shown: Uint8Array[] = [];
    for (const cid of network.blocks.keys()) shown.push(await ask('GET', `/store/${cid}`));
    for (let height = 1; height <= network.height; height += 1)
      shown.push(await ask('GET', `/ledger/${height}`));
    const keys = [...network.state.entries()].map(([key]) => toHex(key));
    for (let i = 0; i < keys.length; i += 100)
      shown.push(await ask('POST', '/state', { keys: keys.slice(i, i + 100) }));
    expect(shown.length).toBeGreaterThan(network.height);
    const holds = (bytes: Uint8Array): boolean => {
      const text = Buffer.from(bytes).toString('latin1');
      const inside = [...text.matchAll(/"([A-Za-z0-9_-]{40,})"/g)].map(([, part]) =>
        Buffer.from(part ?? '', 'base64url').toString('latin1'),
      );
      return [text, ...inside].some((part) => part.includes(CANARY));
    };
    expect(shown.filter(holds)).toEqual([]);
    // The control: the search finds the word where it is, plain or in base64url.
    expect(holds(utf8(CANARY))).toBe(true);
    expect(
      holds(utf8(JSON.stringify({ proof: Buffer.from(`xxxxxxxxxxxxxxxx${CANARY}`).toString('base64url') }))),
    ).toBe(true);
  });

  it('that is audited gives nothing without a committed request, and one line for each', async () => {
    const { network, maria, alice, bob } = clinic;
    const patient = maria.keys.id;
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    expect(text(await ask('POST', '/conversions', { access: '11'.repeat(32) }))).toContain('not-found');
    const { grant } = await alice.sharing.grant({
      patient,
      delegate: bob.keys.id,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      purpose: 'TREAT',
      expiresAtMs: network.timeMs + 86_400_000,
    });
    const grantHash = network.chain.length;
    expect(text(await ask('POST', '/conversions', { access: toHex(grant) }))).toContain('not-found');
    const { hits } = await bob.sharing.search({ grant, keywords: '*' });
    const before = linesOf(patient).length;
    const shared = await bob.sharing.openShared({ grant, hits });
    expect(text(shared.records[0]!.resource)).toBe(CANARY);
    const added = linesOf(patient).slice(before);
    expect(added.map(({ kind, transaction }) => [kind, toHex(transaction)])).toEqual([
      ['access.request', toHex(shared.accesses[0]!)],
    ]);
    expect(recordedBy('access.request')).toBe('ledger');
    const answers = text(await ask('POST', '/conversions', { access: toHex(shared.accesses[0]!) }));
    expect(answers).toMatch(/"answers":\["/);
    expect(grantHash).toBeLessThan(network.chain.length);
  });

  it('between nodes is the same: a proxy that is asked directly answers for committed requests alone', async () => {
    const world = await ProxyWorld.create();
    expect(await world.ask('east', new Uint8Array(32).fill(9))).toBe('access-unknown');
    const count = readAuditCount(world.chain.get, world.chain.last!.events[0]!.patient!);
    const access = world.access(['vital']);
    expect(await world.ask('east', access)).toMatchObject({ access });
    const patient = world.chain.last!.events[0]!.patient!;
    expect(readAuditCount(world.chain.get, patient)).toBe(count + 1);
    const proxy = world.proxy('east');
    const junk = await proxy.answer(encode({ access: 1 }), new AbortController().signal);
    expect(toHex(junk)).toBe(toHex(encode({ refused: 'malformed' })));
    expect(Proxy.request(access).length).toBeLessThan(128);
  });

  it('that is sealed and opened with one’s own keys is told by the client: openings, searches, exports, prints', async () => {
    const { maria, alice } = clinic;
    const patient = maria.keys.id;
    await alice.care.fetchKeys(patient);
    const before = linesOf(patient).length;
    const { hits } = await alice.records.search({ ...everything(patient), keywords: '*' });
    await alice.records.search({ ...everything(patient), keywords: '*' });
    await alice.records.openAll(hits);
    await alice.records.report(
      patient,
      hits.map(({ recordId }) => recordId),
      'export',
    );
    await alice.records.printed(
      patient,
      hits.map(({ recordId }) => recordId),
    );
    const added = linesOf(patient).slice(before);
    // Two searches, one line: neither their number nor their words are for the ledger.
    expect(added.map(({ action, records }) => [action, records.length])).toEqual([
      ['search', 0],
      ['open', 1],
      ['export', 1],
      ['print', 1],
    ]);
    expect(added.map(({ kind }) => recordedBy(kind))).toEqual(['client', 'client', 'client', 'client']);
    // A patient who reads her own leaves no line.
    const own = await maria.records.search({ ...everything(patient), keywords: '*' });
    await maria.records.openAll(own.hits);
    await maria.records.printed(patient, []);
    expect(linesOf(patient)).toHaveLength(before + 4);
  });

  it('shuts with the end of an assignment: a former doctor’s search is her own affair, and no line', async () => {
    const { network, maria, alice } = clinic;
    const patient = maria.keys.id;
    await maria.care.endAssignment(patient, alice.keys.id);
    network.timeMs += 4_000_000;
    const late = network.client(network.person('alice'), { vault: alice.vault });
    const before = linesOf(patient).length;
    expect(['nothing thrown', 'no-access', 'not-found']).toContain(
      await failure(late.records.search({ ...everything(patient), keywords: '*' })),
    );
    expect(linesOf(patient)).toHaveLength(before);
  });
});
