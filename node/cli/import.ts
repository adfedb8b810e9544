import { createReadStream, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { fromHex, toHex } from '#crypto';
import { isLabel } from '#node/client';
import { importAppleHealth, importBundle, importCsv, importNdjson } from '#node/records';
import type {
  ByteSource,
  Checkpoint,
  ImportFormat,
  ImportItem,
  ImportOptions,
  RejectCode,
} from '#node/records';
import { EXIT, flagOption, textOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
import { emptyReport, readCheckpoint, runImport } from './import-run.ts';
import type { ImportProgress, ImportReport } from './import-run.ts';
import { keepYoungGenerationSmall } from './steady-memory.ts';
import {
  connectPerson,
  PATIENCE_HELP,
  PATIENCE_OPTIONS,
  patienceMsOf,
  PERSON_HELP,
  PERSON_OPTIONS,
  PERSON_USAGE,
} from './person-client.ts';
import { displayOf, progressLine } from './progress-line.ts';

const CHUNK_BYTES = 256 * 1024;

const BY_EXTENSION: Readonly<Record<string, ImportFormat>> = {
  '.json': 'bundle',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.xml': 'apple-health',
  '.csv': 'csv',
  '.tsv': 'csv',
};
const FORMATS: readonly string[] = ['bundle', 'ndjson', 'apple-health', 'csv'];

export const importCommand: Command = {
  name: 'import',
  summary: 'seal and upload records from a FHIR, Apple Health or CSV file',
  usage: `${PERSON_USAGE} [--patient <id>] [--format <format>] [--checkpoint <file>] [--label <study>] [--patience <minutes>] [--json] <file>`,
  help: `
Reads the file, seals every record on this machine, stores and anchors it, and says what it left out and why. FHIR
resources are kept byte for byte. While the node is away it waits. After Ctrl-C or a crash give the same command
again: it goes on where it stopped. What is on the network already is not sent a second time.
${PERSON_HELP}
  --patient <id>             whose records these are; default: you
  --format <format>          ${FORMATS.join(', ')}; default: by the file's extension
  --checkpoint <file>        where the place is kept; default: beside the file, removed at the end
  --label <study>            seal for this study too, e.g. study-heart; several separated by commas${PATIENCE_HELP}
  --json                     the report as one line of JSON`,
  options: {
    ...PERSON_OPTIONS,
    ...PATIENCE_OPTIONS,
    patient: { type: 'string' },
    format: { type: 'string' },
    checkpoint: { type: 'string' },
    label: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: { min: 1, max: 1 },
  run: importFile,
};

async function importFile(args: CommandArgs): Promise<ExitCode> {
  keepYoungGenerationSmall();
  const { values, positionals, io } = args;
  const file = resolve(io.cwd, positionals[0] ?? '');
  const size = sizeOf(file);
  const format = formatOf(file, textOption(values, 'format'));
  const client = await connectPerson(args);
  const patientId = textOption(values, 'patient') ?? toHex(client.keys.id);
  if (!/^[0-9a-f]{64}$/.test(patientId)) throw new UsageError('--patient takes 64 hex digits');
  const labels = textOption(values, 'label')?.split(',') ?? [];
  if (!labels.every(isLabel))
    throw new UsageError('--label takes names such as study-heart: small letters, digits and hyphens');
  const checkpointFile = resolve(io.cwd, textOption(values, 'checkpoint') ?? `${file}.phr-checkpoint`);
  const checkpoint = readCheckpoint(checkpointFile, patientId);
  const options = { signal: io.signal, ...(checkpoint === undefined ? {} : { checkpoint }) };
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const isJson = flagOption(values, 'json');
  const display = displayOf(io, isJson);
  const report = emptyReport();
  const begun = performance.now();
  let isDone = false;
  try {
    await runImport(
      {
        client,
        patient: fromHex(patientId),
        patientId,
        labels,
        items: itemsOf(format, source, `Patient/${patientId}`, options),
        checkpointFile,
        signal: io.signal,
        patienceMs: patienceMsOf(values),
        onProgress: (now, { safeBytes, step }) =>
          display.show(() =>
            progressLine(safeBytes, size, step === null ? countsOf(now) : stepOf(now, step)),
          ),
      },
      report,
    );
    isDone = true;
  } finally {
    display.end();
    source.destroy();
    const ms = Math.round(performance.now() - begun);
    io.out(
      isJson
        ? `${JSON.stringify({ format, ...report, ms, resumed: checkpoint !== undefined })}\n`
        : reportText(report, checkpoint),
    );
    if (!isDone && !isJson)
      io.out(`Not finished. What is uploaded stays; the same command goes on behind it.\n`);
  }
  return EXIT.ok;
}

function itemsOf(
  format: ImportFormat,
  source: ByteSource,
  subject: string,
  options: ImportOptions,
): AsyncGenerator<ImportItem> {
  switch (format) {
    case 'bundle':
      return importBundle(source, options);
    case 'ndjson':
      return importNdjson(source, options);
    case 'apple-health':
      return importAppleHealth(source, { ...options, subject });
    case 'csv':
      return importCsv(source, { ...options, subject });
  }
}

function formatOf(file: string, named: string | undefined): ImportFormat {
  const extension = extname(file).toLowerCase();
  if (named === undefined && extension === '.zip')
    throw new UsageError('unpack the archive first and import its export.xml');
  const found = named ?? (Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined);
  if (found === undefined || !FORMATS.includes(found))
    throw new UsageError(`--format takes one of ${FORMATS.join(', ')}`);
  return found as ImportFormat;
}

function sizeOf(file: string): number {
  const name = basename(file);
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new UsageError(`there is no file ${name}`);
  if (!stat.isFile()) throw new UsageError(`${name} is a folder; name the file in it`);
  if (stat.size === 0) throw new UsageError(`${name} is empty`);
  return stat.size;
}

const rejectsOf = ({ rejected }: ImportReport): number =>
  Object.values(rejected).reduce((sum, n) => sum + n, 0);
const countsOf = (report: ImportReport): string =>
  `${report.uploaded} records, ${report.anchoredBefore + report.duplicates} known, ${rejectsOf(report)} left out`;

const stepOf = (
  { uploaded }: ImportReport,
  { what, done, total }: NonNullable<ImportProgress['step']>,
): string =>
  what === 'waiting' ? 'waiting for the node' : `${uploaded} records, ${what} ${done} of ${total}`;

/** What is wrong with an item, for whoever has the file before her. */
const REASONS: Readonly<Record<RejectCode, string>> = {
  'not-json': 'not JSON, or not UTF-8',
  'not-a-resource': 'no FHIR resource',
  ambiguous: 'a member is named twice',
  'too-large': 'larger than one record may be',
  'bad-time': 'no date and time, or none that can be',
  'bad-value': 'a value is no number',
  'unit-unknown': 'a unit that its measure does not have',
  'measure-unknown': 'a measure that is not known here',
  implausible: 'a value that no living person has',
  'bad-row': 'no row of this table',
};

const reasonOf = (code: string): string =>
  Object.hasOwn(REASONS, code) ? `  ${REASONS[code as RejectCode]}` : '';

function reportText(report: ImportReport, checkpoint: Checkpoint | undefined): string {
  const { uploaded, duplicates, rejected, listed, height } = report;
  const rows = [
    ...(checkpoint === undefined ? [] : [`resumed     behind ${checkpoint.items} items of an earlier run`]),
    `uploaded    ${uploaded}${height === null ? '' : ` (newest in block ${height})`}`,
    `known       ${report.anchoredBefore}${report.anchoredBefore === 0 ? '' : ' (on the network already)'}`,
    `duplicates  ${duplicates}${duplicates === 0 ? '' : ' (twice in this file)'}`,
    `left out    ${rejectsOf(report)}`,
    ...Object.entries(rejected).map(
      ([code, count]) => `  ${code.padEnd(16)} ${String(count).padStart(6)}${reasonOf(code)}`,
    ),
    ...listed.map(({ line, what }) => `  line ${line}: ${what}`),
  ];
  const beyond = duplicates + rejectsOf(report) - listed.length;
  if (beyond > 0) rows.push(`  and ${beyond} more`);
  return `${rows.join('\n')}\n`;
}
