import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importBundle, monthsBetween, parseBundle } from '#node/records';
import { toHex } from '#crypto';
import type { PhrClient } from '#node/client';
import { runExport, writeWhole } from '../../../node/cli/export-run.ts';
import type { ExportFormat, ExportReport } from '../../../node/cli/export-run.ts';
import { emptyReport, readCheckpoint, runImport } from '../../../node/cli/import-run.ts';
import type { ImportProgress } from '../../../node/cli/import-run.ts';
import { ProgressDisplay, progressLine } from '../../../node/cli/progress-line.ts';
import { admit, openClinic } from '../client/clinic.ts';
import type { Clinic } from '../client/clinic.ts';
import { BUNDLES, entriesOf } from '../records/synthea.ts';
import { phr } from './run-phr.ts';

const folder = mkdtempSync(join(tmpdir(), 'phr-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [luna] = BUNDLES;
const source = readFileSync(luna.url);
const checkpointFile = join(folder, 'place');
const months = [...monthsBetween('1930-01', '2026-12'), 'all'];
let clinic: Clinic;
beforeAll(async () => {
  clinic = await openClinic();
}, 60_000);

const importAs = async (
  client: PhrClient,
  patient: Uint8Array,
  signal = new AbortController().signal,
  resume = true,
  onProgress: (progress: ImportProgress) => void = () => undefined,
) => {
  const report = emptyReport();
  const patientId = toHex(patient);
  const checkpoint = resume ? readCheckpoint(checkpointFile, patientId) : undefined;
  const items = importBundle([source], { signal, ...(checkpoint ? { checkpoint } : {}) });
  const run = runImport(
    {
      client,
      patient,
      patientId,
      items,
      checkpointFile,
      signal,
      onProgress: (_, progress) => onProgress(progress),
    },
    report,
  );
  return {
    report,
    failure: await run.then(
      () => undefined,
      (error: unknown) => error,
    ),
  };
};

const exportAs = async (
  client: PhrClient,
  format: ExportFormat,
  init: Partial<Parameters<typeof runExport>[0]> = {},
) => {
  const parts: Uint8Array[] = [];
  const report: ExportReport = await runExport({
    client,
    format,
    patient: clinic.maria.keys.id,
    months,
    timeMs: Date.UTC(2026, 10, 22),
    options: {},
    write: (bytes) => void parts.push(bytes),
    ...init,
  });
  return { report, text: Buffer.concat(parts).toString() };
};

describe('an import into the network', () => {
  it('uploads every record of a real bundle once, goes on after a break, and gives all back byte for byte', async () => {
    const { maria, network } = clinic;
    const patient = maria.keys.id;
    network.tampering = { isStopped: true };
    const stopped = await importAs(maria, patient);
    expect(stopped.failure).toMatchObject({ code: 'refused' });
    expect(stopped.report.uploaded).toBe(0);
    network.tampering = {};
    const { report, failure } = await importAs(maria, patient);
    expect(failure).toBeUndefined();
    expect(report.uploaded + report.duplicates).toBe(luna.entries);
    expect(existsSync(checkpointFile)).toBe(false);

    const { text, report: exported } = await exportAs(maria, 'bundle');
    expect(exported.records).toBe(report.uploaded);
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    expect(
      parseBundle(Buffer.from(text))
        .entries.map(({ bytes }) => decode(bytes))
        .toSorted(),
    ).toEqual([...new Set(entriesOf(luna.url).map(({ bytes }) => decode(bytes)))].toSorted());
  }, 60_000);

  it('sends nothing a second time, not from another device and not by the doctor in charge', async () => {
    const { network, maria, alice } = clinic;
    const patient = maria.keys.id;
    const onPhone = network.client(network.person('maria'));
    for (const client of [maria, onPhone, alice]) {
      const { report, failure } = await importAs(client, patient);
      expect(failure).toBeUndefined();
      expect(report).toMatchObject({ uploaded: 0, height: null });
      expect(report.anchoredBefore + report.duplicates).toBe(luna.entries);
    }
    // The control: another patient's ids of the same bytes are others, so hers are all new.
    const paul = await admit(network, 'paul', 'patient');
    const { report } = await importAs(paul, paul.keys.id);
    expect(report).toMatchObject({ anchoredBefore: 0 });
    expect(report.uploaded + report.duplicates).toBe(luna.entries);
  }, 60_000);

  it('stopped again and again, anchors every record once, and counts right in every run', async () => {
    const peter = await admit(clinic.network, 'peter', 'patient');
    const patient = peter.keys.id;
    let told = 0;
    for (const stage of ['sealed', 'stored', 'anchored']) {
      const stop = new AbortController();
      const { report, failure } = await importAs(peter, patient, stop.signal, true, (progress) => {
        if (progress.step?.what === stage) stop.abort();
      });
      expect(failure).toMatchObject({ code: 'aborted' });
      if (stage === 'anchored') expect(report.uploaded).toBeGreaterThan(0);
      told += report.uploaded;
    }
    const { report, failure } = await importAs(peter, patient);
    expect(failure).toBeUndefined();
    // What the runs before were told; an answer that nobody waited for any more may make it more.
    expect(report.anchoredBefore).toBeGreaterThanOrEqual(told);
    expect(report.anchoredBefore + report.uploaded + report.duplicates).toBe(luna.entries);
    const { report: exported } = await exportAs(peter, 'ndjson', { patient });
    expect(exported.records).toBe(luna.entries - report.duplicates);
  }, 60_000);

  it('finds the imported readings by a range of their values', async () => {
    const { maria } = clinic;
    const find = async (keywords: string) =>
      (await maria.records.search({ patient: maria.keys.id, categories: ['vital-signs'], months, keywords }))
        .hits.length;
    const pressures = entriesOf(luna.url).flatMap(({ resource }) =>
      (
        (resource['component'] ?? []) as {
          code: { coding: { code: string }[] };
          valueQuantity: { value: number };
        }[]
      )
        .filter(({ code }) => code.coding[0]?.code === '8480-6')
        .map(({ valueQuantity }) => valueQuantity.value),
    );
    const [lowest, highest] = [Math.min(...pressures), Math.max(...pressures)];
    const middle = Math.round((lowest + highest) / 2);
    expect(await find(`8480-6>=${middle}`)).toBe(pressures.filter((value) => value >= middle).length);
    expect(await find(`8480-6>=${middle} blood`)).toBe(pressures.filter((value) => value >= middle).length);
    expect(await find('8480-6>=400')).toBe(0);
  }, 60_000);

  it('refuses the checkpoint of another patient, and one that is none', () => {
    const file = join(folder, 'other');
    const checkpoint = { format: 'csv', items: 3, fingerprint: '0123456789abcdef' };
    writeFileSync(file, JSON.stringify({ version: 1, patient: '11'.repeat(32), checkpoint }));
    expect(readCheckpoint(file, '11'.repeat(32))).toEqual(checkpoint);
    expect(() => readCheckpoint(file, '22'.repeat(32))).toThrow(/another patient/);
    writeFileSync(file, '{');
    expect(() => readCheckpoint(file, '11'.repeat(32))).toThrow(/no checkpoint/);
    expect(readCheckpoint(join(folder, 'absent'), '11'.repeat(32))).toBeUndefined();
  });
});

describe('an export out of the network', () => {
  it('of everything has the grants as Consent and the accesses as AuditEvent', async () => {
    const { maria, bob } = clinic;
    const expiresAtMs = Date.UTC(2026, 11, 1);
    const { grant } = await maria.sharing.grant({
      patient: maria.keys.id,
      delegate: bob.keys.id,
      categories: ['vital-signs'],
      months: ['2026-11'],
      purpose: 'TREAT',
      threshold: 3,
      expiresAtMs,
    });
    const { report, text } = await exportAs(maria, 'everything');
    expect(report.consents).toBe(1);
    expect(report.auditEvents).toBeGreaterThan(2);
    expect(text).toContain(toHex(grant));
    const types = parseBundle(Buffer.from(text)).entries.map(({ resource }) => resource.resourceType);
    expect(types.filter((type) => type === 'Consent')).toHaveLength(1);
    expect(types.filter((type) => type === 'AuditEvent')).toHaveLength(report.auditEvents);
  }, 60_000);

  it('by a custodian is on the ledger before it is in a file', async () => {
    const { maria, alice } = clinic;
    const exports = async () =>
      (await maria.audit.whoHasSeen(maria.keys.id)).lines.filter(({ action }) => action === 'export').length;
    const before = await exports();
    const { report } = await exportAs(alice, 'ndjson');
    expect(report.records).toBeGreaterThan(200);
    expect(await exports()).toBeGreaterThan(before);
  }, 60_000);

  it('of a summary is one document about the patient of the record', async () => {
    const { text } = await exportAs(clinic.maria, 'ips');
    const bundle = JSON.parse(text) as {
      type: string;
      entry: { fullUrl: string; resource: { resourceType: string } }[];
    };
    expect(bundle.type).toBe('document');
    expect(bundle.entry.slice(0, 2).map(({ resource }) => resource.resourceType)).toEqual([
      'Composition',
      'Patient',
    ]);
    const { fullUrl } = bundle.entry[1] ?? { fullUrl: '' };
    expect(text.split(fullUrl).length).toBeGreaterThan(2);
  }, 60_000);

  it('for research takes only a grant for research, and names nobody', async () => {
    const { maria, bob } = clinic;
    const granted = async (purpose: string) =>
      (
        await maria.sharing.grant({
          patient: maria.keys.id,
          delegate: bob.keys.id,
          categories: ['vital-signs', 'demographics'],
          months: ['2010-01', 'all'],
          purpose,
          threshold: 3,
          expiresAtMs: Date.UTC(2026, 11, 1),
        })
      ).grant;
    await expect(exportAs(bob, 'research', { grant: await granted('TREAT') })).rejects.toThrow(
      /not for research/,
    );
    const { report, text } = await exportAs(bob, 'research', { grant: await granted('HRESCH') });
    expect(report.research).toMatchObject({ persons: 1, k: 1, refused: [] });
    expect(report.research?.written).toBe(text.trim().split('\n').length);
    expect(text).not.toMatch(/Luna|McCullough/);
  }, 60_000);

  it('leaves no half of a file behind, and no file of somebody else’s is overwritten', async () => {
    const file = join(folder, 'out.json');
    await expect(
      writeWhole(file, (write) => {
        write(Buffer.from('half'));
        return Promise.reject(new Error('broke'));
      }),
    ).rejects.toThrow('broke');
    expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false]);
    await writeWhole(file, (write) => Promise.resolve(write(Buffer.from('whole'))));
    expect(readFileSync(file, 'utf8')).toBe('whole');
    expect(statSync(file).mode & 0o077).toBe(0);
    await expect(writeWhole(file, () => Promise.resolve())).rejects.toThrow(/there already/);
  });
});

describe('phr import and phr export', () => {
  it.each([
    [
      'no node',
      ['import', '--genesis', 'g', '--keystore', 'k', '--passphrase-file', 'p', 'a.json'],
      /--node/,
    ],
    ['no file', ['import'], /missing/],
    [
      'a file that is not there',
      ['import', '--node', 'http://x', 'absent.json'],
      /there is no file absent\.json/,
    ],
    ['a folder', ['import', '--node', 'http://x', '.'], /is a folder/],
    ['an unknown format', ['export', '--out', 'o', '--format', 'pdf'], /--format takes/],
    [
      'both keys',
      ['export', '--out', 'o', '--patient', 'ab'.repeat(32), '--grant', 'ab'.repeat(32)],
      /exclude/,
    ],
    ['a month that is none', ['export', '--out', 'o', '--from', 'May'], /YYYY-MM/],
  ])('with %s say so, exit code 2', async (_, words, said) => {
    writeFileSync(join(folder, 'a.json'), '{}');
    const { code, err, out } = await phr(words, { cwd: folder });
    expect(code).toBe(2);
    expect(err).toMatch(said);
    expect(out).toBe('');
  });

  it('say of an empty file that it is empty', async () => {
    writeFileSync(join(folder, 'nothing.csv'), '');
    const { code, err } = await phr(['import', '--node', 'http://x', 'nothing.csv'], { cwd: folder });
    expect(code).toBe(2);
    expect(err).toMatch(/nothing\.csv is empty/);
  });

  it('answer a node that is away with 4 and its address, and say which file a passphrase does not open', async () => {
    writeFileSync(join(folder, 'pass'), 'correct horse battery\n');
    writeFileSync(join(folder, 'other'), 'another horse battery\n');
    writeFileSync(join(folder, 'genesis'), clinic.network.genesisBytes);
    writeFileSync(join(folder, 'a.json'), '{}');
    const keys = ['keys', '--passphrase-file', 'pass', '--out', 'her.keys', '--public', 'her.public'];
    expect((await phr(keys, { cwd: folder })).code).toBe(0);
    const importing = (passphrase: string) =>
      phr(
        `import --node http://127.0.0.1:1 --genesis genesis --keystore her.keys --passphrase-file ${passphrase} a.json`.split(
          ' ',
        ),
        { cwd: folder },
      );
    expect(await importing('pass')).toEqual({
      code: 4,
      out: '',
      err: expect.stringMatching(
        /unreachable \(node http:\/\/127\.0\.0\.1:1, .*Check whether it runs/s,
      ) as string,
    });
    expect(await importing('other')).toEqual({
      code: 1,
      out: '',
      err: expect.stringContaining('--keystore does not open with the passphrase') as string,
    });
  }, 60_000);

  it('tell who comes with a zip to unpack it', async () => {
    writeFileSync(join(folder, 'export.zip'), 'PK');
    expect((await phr(['import', 'export.zip'], { cwd: folder })).err).toMatch(/unpack/);
  });
});

describe('the progress display', () => {
  it('shows share and counts', () => {
    expect(progressLine(25e6, 100e6, '3 records')).toBe(
      '[######------------------]  25 %  25.0 MB  3 records',
    );
    expect(progressLine(1e6, undefined, 'x')).toBe('1.0 MB  x');
  });
  it('draws on a terminal only, and not at every step', () => {
    const drawn: string[] = [];
    const display = new ProgressDisplay(
      (text) => void drawn.push(text),
      () => 80,
    );
    for (let i = 0; i < 100; i += 1) display.show(() => 'line', i);
    expect(drawn).toHaveLength(1);
    display.end();
    expect(drawn).toHaveLength(2);
    const silent: string[] = [];
    new ProgressDisplay(
      (text) => void silent.push(text),
      () => undefined,
    ).show(() => 'line');
    expect(silent).toEqual([]);
  });
});
