import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nobleBackend, toHex, utf8 } from '#crypto';
import { verifyEmergencyReceipt } from '#node/client';
import type { PhrClient } from '#node/client';
import { actOnEmergency } from '../../../node/cli/emergency.ts';
import { openClinic } from '../client/clinic.ts';
import type { Clinic } from '../client/clinic.ts';
import { phr } from './run-phr.ts';

const folder = mkdtempSync(join(tmpdir(), 'phr-emergency-'));
afterAll(() => rmSync(folder, { recursive: true }));

let clinic: Clinic;
let vouching: PhrClient;
let reviewing: PhrClient;

beforeAll(async () => {
  clinic = await openClinic();
  const { maria, network } = clinic;
  [vouching, reviewing] = [1, 0].map((home) =>
    network.client(network.administrators[home]![0]!, { node: home }),
  ) as [PhrClient, PhrClient];
  const patient = maria.keys.id;
  await maria.emergencies.optIn({ patient });
  const resource = utf8('{"resourceType":"AllergyIntolerance"}');
  const record = { resource, category: 'emergency', month: 'all', keywords: ['allergy'] };
  await maria.records.upload({ patient, records: [record] });
}, 60_000);

/** One step as a person whose client is there; what it said. */
async function step(
  client: PhrClient,
  verb: string,
  values: Record<string, string | boolean | string[]> = {},
) {
  let [out, err] = ['', ''];
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    cwd: folder,
    signal: new AbortController().signal,
  };
  const code = await actOnEmergency(client, verb, { values, io });
  return {
    code,
    out,
    err,
    json: values['json'] === true ? (JSON.parse(out) as Record<string, unknown>) : {},
  };
}

const failing = async (run: Promise<unknown>): Promise<unknown> => await run.catch((error: unknown) => error);

describe('phr emergency', () => {
  it('goes from the question to the review, and the records lie in files for their reader alone', async () => {
    const { maria, bob, network } = clinic;
    const patient = toHex(maria.keys.id);
    expect((await step(bob, 'list')).out).toBe('no emergency concerns you (proven)\n');
    const question = { patient, reason: 'ETREAT', text: 'found unconscious', minutes: '30', json: true };
    const { emergency } = (await step(bob, 'ask', question)).json as { emergency: string };
    expect(emergency).toMatch(/^[0-9a-f]{64}$/);
    expect((await step(vouching, 'list')).out).toContain('countersign');
    const out = join(folder, 'opened');
    expect(await failing(step(bob, 'open', { emergency, out }))).toMatchObject({ code: 'no-access' });
    expect(existsSync(out)).toBe(false);
    expect((await step(vouching, 'countersign', { emergency })).out).toContain(emergency);
    const opened = await step(bob, 'open', { emergency, out, json: true });
    expect([opened.json, opened.err]).toEqual([{ records: 1, receipts: 2, out }, '']);
    const files = readdirSync(out).toSorted();
    expect(files.filter((name) => name.startsWith('receipt-'))).toEqual(['receipt-1.json', 'receipt-2.json']);
    for (const name of files) expect(statSync(join(out, name)).mode & 0o077).toBe(0);
    const [record] = files.filter((name) => !name.startsWith('receipt-'));
    expect(readFileSync(join(out, record!), 'utf8')).toContain('AllergyIntolerance');
    const receipt = new Uint8Array(readFileSync(join(out, 'receipt-2.json')));
    const shown = verifyEmergencyReceipt(nobleBackend, network.genesisBytes, receipt);
    expect(toHex(shown.emergency)).toBe(emergency);
    expect(await failing(step(bob, 'open', { emergency, out }))).toMatchObject({ code: 'usage' });
    await step(bob, 'end', { emergency });
    expect(await failing(step(vouching, 'review', { emergency, verdict: 'justified' }))).toBeInstanceOf(
      Error,
    );
    expect((await step(reviewing, 'review', { emergency, verdict: 'justified' })).out).toContain('justified');
    const [line] = (await step(maria, 'list', { json: true })).json as unknown as Record<string, unknown>[];
    expect(line).toMatchObject({ emergency, duty: 'know', phase: 'over', verdict: 'justified' });
    const { moved } = (await step(maria, 'renew', { json: true })).json;
    expect(moved).toBe(1);
    expect(await failing(step(bob, 'open', { emergency, out: join(folder, 'late') }))).toBeInstanceOf(Error);
  });

  it('says which word is wrong before it asks a node', async () => {
    const { bob } = clinic;
    const patient = toHex(clinic.maria.keys.id);
    const wrong: [string, Record<string, string>, RegExp][] = [
      ['ask', { patient: 'maria', reason: 'ETREAT', text: 'why' }, /patient takes 64/],
      ['ask', { patient, reason: 'CURIOUS', text: 'why' }, /ETREAT, BTG, DISASTER/],
      ['ask', { patient, reason: 'BTG' }, /text is missing/],
      ['ask', { patient, reason: 'BTG', text: 'why', minutes: '9999' }, /minutes/],
      ['countersign', {}, /emergency is missing/],
      ['review', { emergency: patient, verdict: 'fine' }, /justified, not-justified/],
      ['open', { emergency: patient }, /out is missing/],
      ['__proto__', {}, /no step/],
    ];
    for (const [verb, values, words] of wrong) {
      const error = await failing(step(bob, verb, values));
      expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(words) as unknown });
    }
    expect((await phr(['emergency', '--help'])).out).toMatch(/countersign[\s\S]*review[\s\S]*renew/);
    expect((await phr(['emergency', 'fly', '--node', 'http://127.0.0.1:1'])).code).toBe(2);
    expect((await phr(['emergency'])).code).toBe(2);
  });
});
