import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#crypto';
import { bundleOf, documentReference, encodeResource, INLINE_BYTES_MAX } from '#node/records';
import type { WorkerContext } from '../../../dashboard/app/worker/context.ts';
import { downloadAll } from '../../../dashboard/app/worker/patient/download.ts';
import { writeBundleWithFiles } from '../../../node/cli/export-files.ts';
import { runExport } from '../../../node/cli/export-run.ts';
import type { ExportFormat } from '../../../node/cli/export-run.ts';
import { openClinic } from '../client/clinic.ts';
import type { Clinic } from '../client/clinic.ts';
import { faultsByFhir, faultsByMedplum } from '../records/hl7.ts';

const folder = mkdtempSync(join(tmpdir(), 'phr-archive-'));
afterAll(() => rmSync(folder, { recursive: true }));
const TIME_MS = Date.UTC(2026, 10, 22);
/** Every byte there is, and an odd number of them. */
const PICTURE = Uint8Array.from({ length: 700_001 }, (_, i) => (i * 31 + (i >> 8)) % 256);
const LETTER = new TextEncoder().encode('Dear colleague');
const months = ['2026-11', 'all'];
let clinic: Clinic;

async function upload(bytes: Uint8Array, contentType: string, title: string): Promise<string> {
  const { maria } = clinic;
  const { file } = await maria.files.upload({
    patient: maria.keys.id,
    mediaType: contentType,
    source: { size: bytes.length, read: (from, to) => Promise.resolve(bytes.slice(from, to)) },
    describe: ({ url, size }) => ({
      resource: encodeResource(
        documentReference({
          id: crypto.randomUUID(),
          subject: `Patient/${toHex(maria.keys.id)}`,
          contentType,
          title,
          date: '2026-11-22T10:00:00Z',
          url,
          size,
        }),
      ),
      category: 'document',
      month: '2026-11',
      keywords: ['type:DocumentReference'],
    }),
  });
  return file;
}

const exported = async (format: ExportFormat) => {
  const { maria } = clinic;
  const parts: Uint8Array[] = [];
  const report = await runExport({
    client: maria,
    format,
    patient: maria.keys.id,
    months,
    timeMs: TIME_MS,
    options: {},
    write: (bytes) => void parts.push(Uint8Array.from(bytes)),
  });
  return { report, bytes: Buffer.concat(parts) };
};

interface Entry {
  fullUrl?: string;
  resource: {
    resourceType: string;
    data?: string;
    contentType?: string;
    content?: { attachment: { url: string } }[];
  };
}

let picture: string;
beforeAll(async () => {
  clinic = await openClinic();
  picture = await upload(PICTURE, 'image/png', 'Picture');
  await upload(LETTER, 'text/plain', 'Letter');
}, 60_000);

describe('what is exported with its files', () => {
  it('is one bundle for others’ tools, in which each DocumentReference leads to the bytes that it names', async () => {
    const { report, bytes } = await exported('everything');
    expect(report.attached).toEqual({
      files: 2,
      fileBytes: PICTURE.length + LETTER.length,
      filesMissing: 0,
    });
    const bundle = JSON.parse(bytes.toString()) as { entry: Entry[] };
    expect(faultsByFhir(bundle)).toEqual([]);
    expect(faultsByMedplum(bundle)).toEqual([]);
    for (const { resource } of bundle.entry) expect(faultsByMedplum(resource)).toEqual([]);
    const byUrl = new Map(bundle.entry.map((entry) => [entry.fullUrl, entry.resource]));
    const named = bundle.entry.flatMap(({ resource }) => resource.content?.[0]?.attachment.url ?? []);
    const contents = named.map((url) => Buffer.from(byUrl.get(url)?.data ?? '', 'base64'));
    expect(contents.map((one) => one.length).toSorted((a, b) => a - b)).toEqual([
      LETTER.length,
      PICTURE.length,
    ]);
    expect(contents.some((one) => one.equals(PICTURE))).toBe(true);
    expect(contents.some((one) => one.equals(LETTER))).toBe(true);
  });

  it('is the same bundle when the page makes it', async () => {
    const { maria } = clinic;
    const context = {
      signedIn: () => ({ client: maria }),
      signal: new AbortController().signal,
      progress: () => undefined,
    } as unknown as WorkerContext;
    const { file, files, filesLeft } = await downloadAll(context);
    expect([files, filesLeft]).toEqual([2, 0]);
    const bundle = JSON.parse(await file.text()) as { entry: Entry[] };
    expect(faultsByMedplum(bundle)).toEqual([]);
    const inside = bundle.entry.flatMap(({ resource }) =>
      resource.resourceType === 'Binary' ? [Buffer.from(resource.data ?? '', 'base64')] : [],
    );
    expect(inside.some((one) => one.equals(PICTURE))).toBe(true);
  });

  it('is an archive that tar opens: the bundle, and each file as it is', async () => {
    const { bytes } = await exported('archive');
    const archive = join(folder, 'record.tar');
    writeFileSync(archive, bytes);
    const names = execFileSync('tar', ['-tf', archive], { encoding: 'utf8' }).trim().split('\n');
    expect(names).toHaveLength(3);
    expect(names).toContain(`files/${picture}.png`);
    execFileSync('tar', ['-xf', archive, '-C', folder]);
    expect(readFileSync(join(folder, 'files', `${picture}.png`)).equals(PICTURE)).toBe(true);
    const bundle = JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8')) as { entry: Entry[] };
    const urls = bundle.entry.flatMap(({ resource }) => resource.content?.[0]?.attachment.url ?? []);
    expect(urls.some((url) => url.endsWith(picture))).toBe(true);
  });

  it('is refused as one JSON text when the files are too large for it, before anything is written', async () => {
    const { maria } = clinic;
    const { hits } = await maria.records.search({
      patient: maria.keys.id,
      categories: ['document'],
      months,
      keywords: '*',
    });
    const records = await maria.records.openAll(hits);
    const open = () =>
      Promise.resolve({ mediaType: 'video/mp4', size: INLINE_BYTES_MAX, pieces: (): never => expect.fail() });
    const client = Object.create(maria, { files: { value: { open } } }) as typeof maria;
    const run = {
      client,
      format: 'everything',
      patient: maria.keys.id,
      months,
      timeMs: TIME_MS,
      options: {},
      write: (): never => expect.fail(),
    } as const;
    await expect(writeBundleWithFiles(run, records, [])).rejects.toThrow(/135 MB.*--format archive/);
  });

  it('says which files are not there any more, and holds the others', async () => {
    const { maria } = clinic;
    const place = { patient: maria.keys.id, category: 'document', month: '2026-11' };
    await maria.files.discard({ ...place, file: picture });
    const { report } = await exported('archive');
    expect(report.attached).toEqual({ files: 1, fileBytes: LETTER.length, filesMissing: 1 });
  });
});

it('a file in a bundle takes no more memory than a few of its pieces, whatever its size', async () => {
  const piece = new Uint8Array(1_000_003).fill(7);
  let given = 0;
  let taken = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (; given < 40; given += 1) {
      // What was given out before has been written by now, but for the rest of a group of bytes.
      expect(given * piece.length - taken).toBeLessThan(512 * 1024);
      yield piece;
      await Promise.resolve();
    }
  }
  for await (const part of bundleOf([{ fullUrl: 'urn:a:b', contentType: 'video/mp4', pieces }], {
    timeMs: 0,
  })) {
    const text = Buffer.from(part).toString();
    if (/^[A-Za-z0-9+/=]{1000}/.test(text)) taken += Math.floor((text.length * 3) / 4);
  }
  expect(given).toBe(40);
  expect(taken).toBeGreaterThan(39 * piece.length);
});
