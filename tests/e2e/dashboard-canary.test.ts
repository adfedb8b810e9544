import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  concatBytes,
  DOMAIN,
  fromBase64Url,
  fromHex,
  nobleBackend,
  signTagged,
  toBase64Url,
  toHex,
  utf8,
} from '#crypto';
import type { PhrClient } from '#node/client';
import { emptyProfile } from '#node/client';
import { startCapture } from '../../scripts/devnet/canary/capture.ts';
import type { Capture } from '../../scripts/devnet/canary/capture.ts';
import { drawCanaries, findNeedles, needlesOf } from '../../scripts/devnet/canary/needles.ts';
import type { Hit } from '../../scripts/devnet/canary/needles.ts';
import { mergeScans, scanDirectory, scanFile } from '../../scripts/devnet/canary/scan-files.ts';
import { scanMemory } from '../../scripts/devnet/canary/scan-memory.ts';
import { nodeFiles } from '../../scripts/devnet/node-process.ts';
import { aliveProcesses, requireState } from '../../scripts/devnet/state-file.ts';
import { eventually } from '../unit/dashboard/harness.ts';
import { DashboardWorld, go, signIn } from './dashboard-world.ts';

/** What people type: its stem stands in every name, passphrase, note, reason and keyword of this test. */
const typed = drawCanaries('typed');
/** What is brought to a node on purpose: it has to be found wherever the other one must not be. */
const control = drawCanaries('shown');
const NEEDLES = needlesOf(typed.stem);
const CONTROLS = needlesOf(control.stem);
const ACCOUNT = typed.word('account');
const DOCTOR = typed.word('doctor');
const PASSPHRASE = `${typed.word('passphrase')} over the mill`;

let world: DashboardWorld;
let alice: PhrClient;
let capture: Capture | { skipped: string };
let scratch: string;
let patient: string;
/** Every request of every window as the debugger of the browser saw it: line, headers and body. */
const sent: Buffer[] = [];

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'phr-canary-'));
  process.env['PHR_DEVNET_NODE_OPTIONS'] = `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${scratch}`;
  try {
    world = await DashboardWorld.open('canaries', 24_900);
  } finally {
    delete process.env['PHR_DEVNET_NODE_OPTIONS'];
  }
  capture = await startCapture(join(scratch, 'loopback.capture'), drawCanaries('ct').stem);
  alice = await world.client('alice');
  const profile = { ...emptyProfile, given: 'Alice', family: 'Berg', speciality: 'Cardiology' };
  await alice.people.register({ role: 'doctor', home: alice.nodeId, profile });
  await world.approve(toHex(alice.keys.id));
  await alice.account.addPassphrase({ name: DOCTOR, passphrase: PASSPHRASE });
});
afterAll(async () => {
  if ('end' in capture) await capture.end();
  await world.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function window(): Promise<Page> {
  const { page } = await world.window();
  page.on('request', (request) => {
    const headers = JSON.stringify(request.headers());
    const head = Buffer.from(`${request.method()} ${request.url()}\n${headers}\n`);
    sent.push(Buffer.concat([head, request.postDataBuffer() ?? Buffer.alloc(0)]));
  });
  return page;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const next = (page: Page) => button(page, 'Continue');

describe('what people type into a browser', () => {
  it('is names, an account and a passphrase at the registration', async () => {
    const page = await window();
    await page.goto('/register/patient');
    await page.getByLabel('Family name').fill(typed.word('family'));
    await page.getByLabel('Given names').fill(typed.word('given'));
    await next(page);
    await page.getByLabel('Date of birth', { exact: true }).fill('1971-03-09');
    await page.getByLabel('Female').check();
    await next(page);
    await page.locator('#contact').fill(typed.word('contact'));
    await page.locator('#message').fill(`${typed.word('message')} to whom it may concern`);
    await next(page);
    await page.getByLabel('Account name').fill(ACCOUNT);
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await page.getByLabel('Passphrase once more').fill(PASSPHRASE);
    await next(page);
    await button(page, 'Apply');
    await page.getByRole('heading', { level: 1, name: 'You have applied' }).waitFor();
    await page.getByLabel('I have printed the code').check();
    await next(page);
    patient = (await page.locator('.copy-code code').innerText()).trim();
    await world.approve(patient);
    await page.context().close();
  });

  it('is a passphrase again, a reading, a document and a reason', async () => {
    const page = await window();
    await signIn(page, ACCOUNT, PASSPHRASE);
    await page.waitForURL((url) => url.pathname === '/patient');
    const administrator = await world.client(world.node().administrators[0]!);
    await administrator.care.assign(fromHex(patient), alice.keys.id);
    await go(page, '/patient/doctors');
    await page.getByRole('button', { name: 'Accept: Alice Berg' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
    await page.getByText(/^Agreed in block \d+\.$/).waitFor();
    await go(page, '/patient/add');
    await page.getByLabel('Upper value (systolic)').fill('128');
    await page.getByLabel('Lower value (diastolic)').fill('82');
    await button(page, 'Add the reading');
    await page.getByText('The reading is in your record.').waitFor();
    await page.getByRole('tab', { name: 'A document' }).click();
    const buffer = Buffer.from(`${typed.word('content')} in a file`);
    const name = `${typed.word('file')}.txt`;
    await page.locator('#file').setInputFiles({ name, mimeType: 'text/plain', buffer });
    await page.getByLabel('What it is').fill(typed.word('title'));
    await button(page, 'Seal and store');
    await page.getByRole('link', { name: 'Open the record' }).click();
    await page.getByRole('heading', { level: 1, name: typed.word('title') }).waitFor();
    const { request } = await alice.sharing.requestAccess({
      patient: fromHex(patient),
      to: fromHex(patient),
      message: typed.word('asked'),
    });
    await go(page, `/patient/requests/${toHex(request)}`);
    await page.getByText(typed.word('asked')).waitFor();
    await page.getByLabel('Why you refuse').fill(typed.word('reason'));
    await button(page, 'Refuse');
    await page.getByText('refused', { exact: true }).waitFor();
    await page.context().close();
  });

  it('is a note, a word to search for and a printed page of a doctor', async () => {
    const page = await window();
    await signIn(page, DOCTOR, PASSPHRASE);
    await page.waitForURL((url) => url.pathname === '/doctor');
    await go(page, `/doctor/patients/${patient}/note`);
    await page.getByLabel('Title').fill(typed.word('heading'));
    await page.getByLabel('Note', { exact: true }).fill(`${typed.word('note')} in the evening.`);
    await button(page, 'Sign and add');
    await page.getByText('The note is in the record').waitFor();
    await go(page, `/doctor/patients/${patient}/search`);
    await page.getByLabel('Words, codes or ranges').fill(typed.word('note'));
    await button(page, 'Search');
    await page.getByRole('link', { name: typed.word('heading') }).click();
    await page.getByText(`${typed.word('note')} in the evening.`).waitFor();
    const lines = async (): Promise<string[]> =>
      (await alice.audit.whoHasSeen(fromHex(patient))).lines.map(({ kind, action }) => `${kind} ${action}`);
    expect(await lines()).not.toContain('access.report print');
    // Whatever makes the browser print: the line is on the ledger.
    await page.pdf();
    await eventually(lines).toContain('access.report print');
    await page.context().close();
  });
});

/** One node writes all that its program holds, as V8 sees it. */
async function heapSnapshot(pid: number): Promise<string> {
  process.kill(pid, 'SIGUSR2');
  const files = () => readdirSync(scratch).filter((name) => name.endsWith('.heapsnapshot'));
  await eventually(files).toHaveLength(1);
  const file = join(scratch, files()[0]!);
  // Whole when it ends as JSON does.
  await eventually(() => readFileSync(file).subarray(-8).toString().trim().endsWith('}')).toBe(true);
  return file;
}

const seen = (hits: readonly Hit[]): string[] =>
  hits.map(({ place, encoding, excerpt }) => `${place} as ${encoding}: ${excerpt}`);

describe('afterwards none of it', () => {
  beforeAll(async () => {
    // Brought to the node by a program that seals nothing: it must be found, or the search is blind.
    const json = {
      lookup: toHex(nobleBackend.random(32)),
      kind: 'passkey',
      box: toBase64Url(utf8(control.word('box'))),
      label: toBase64Url(utf8(control.word('label'))),
    };
    const token = await tokenOf(alice);
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const init = { method: 'POST', headers, body: JSON.stringify(json) };
    expect((await fetch(`${world.node().apiUrl}/api/v1/wraps`, init)).status).toBe(204);
  });

  it('was in a request of a window', async () => {
    const page = await window();
    await page.goto('/about');
    await page.evaluate(
      (text) => fetch('/api/v1/unlock', { method: 'POST', body: text }),
      control.word('request'),
    );
    const found = sent.flatMap((bytes, i) => findNeedles(bytes, CONTROLS, `request ${i}`, 0));
    expect(found.length).toBeGreaterThan(0);
    // And those of the worker, which holds the plaintext, are among them.
    const lines = sent.map((bytes) => bytes.toString('latin1').split('\n')[0] ?? '');
    for (const path of ['/transactions', '/store', '/wraps', '/unlock'])
      expect(lines.filter((line) => line.startsWith('POST') && line.endsWith(path))).not.toEqual([]);
    expect(seen(sent.flatMap((bytes, i) => findNeedles(bytes, NEEDLES, `request ${i}`, 0)))).toEqual([]);
    await page.context().close();
  });

  it('is on the disk of any node, in its logs or names of files', async () => {
    const scans = (needles: typeof NEEDLES) =>
      Promise.all(
        world.plan.nodes.map(({ name }) => scanDirectory(nodeFiles(world.dataDir, name).directory, needles)),
      );
    expect(mergeScans(await scans(CONTROLS)).hits.length).toBeGreaterThan(0);
    const scan = mergeScans(await scans(NEEDLES));
    expect(scan.parts).toBeGreaterThan(world.plan.nodes.length * 3);
    expect(seen(scan.hits)).toEqual([]);
  });

  it('is in the memory of any node, nor in a snapshot of its heap', async () => {
    const alive = aliveProcesses(requireState(world.dataDir));
    expect(alive).toHaveLength(world.plan.nodes.length);
    for (const { name, id } of alive) {
      // Every process holds its own command line.
      const own = [{ encoding: 'utf-8', bytes: Buffer.from(nodeFiles(world.dataDir, name).config) }];
      expect(scanMemory(id.pid, own).hits.length).toBeGreaterThan(0);
      expect(seen(scanMemory(id.pid, NEEDLES).hits)).toEqual([]);
    }
    const north = alive.find(({ name }) => name === world.node().name)!;
    const snapshot = await heapSnapshot(north.id.pid);
    const own = [{ encoding: 'utf-8', bytes: Buffer.from(nodeFiles(world.dataDir, north.name).config) }];
    expect(scanFile(snapshot, own).hits.length).toBeGreaterThan(0);
    expect(seen(scanFile(snapshot, NEEDLES).hits)).toEqual([]);
  });

  it('went over the wire, though it is in the memory of the browser', async () => {
    const page = await window();
    await signIn(page, ACCOUNT, PASSPHRASE);
    await page.waitForURL((url) => url.pathname === '/patient');
    const debug = await world.browser.newBrowserCDPSession();
    const { processInfo } = await debug.send('SystemInfo.getProcessInfo');
    const held = mergeScans(processInfo.map(({ id }) => scanMemory(id, NEEDLES)));
    expect(held.hits.length).toBeGreaterThan(0);
    await page.context().close();
    // Where nobody may capture there is nothing to look at, and that is said.
    if ('skipped' in capture) throw new Error(`no capture of loopback traffic: ${capture.skipped}`);
    const scan = await capture.finish([...NEEDLES, ...CONTROLS]);
    expect(scan.bytes).toBeGreaterThan(1024 * 1024);
    const isControl = ({ excerpt, encoding }: Hit): boolean =>
      CONTROLS.some(
        (needle) =>
          needle.encoding === encoding && excerpt.startsWith(needle.bytes.toString('latin1').slice(0, 16)),
      );
    expect(scan.hits.some(isControl)).toBe(true);
    expect(seen(scan.hits.filter((hit) => !isControl(hit)))).toEqual([]);
  });
});

/** A session of a program, opened beside the one of its client. */
async function tokenOf(client: PhrClient): Promise<string> {
  const post = async (path: string, json: object): Promise<Record<string, string>> => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json),
    };
    return (await (await fetch(`${world.node().apiUrl}/api/v1${path}`, init)).json()) as Record<
      string,
      string
    >;
  };
  const person = toHex(client.keys.id);
  const { challenge = '' } = await post('/session/challenge', { person });
  const message = concatBytes(
    client.chainId,
    fromHex(await world.nodeId()),
    client.keys.id,
    fromBase64Url(challenge),
  );
  const signature = toBase64Url(
    signTagged(nobleBackend, DOMAIN.session, message, client.keys.sign.secretKey),
  );
  return (await post('/session', { person, challenge, signature }))['token'] ?? '';
}
