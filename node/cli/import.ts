import { createReadStream, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import process from 'node:process';
import { fromHex, toHex } from '#crypto';
import { isLabel } from '#node/client';
import { importAppleHealth, importBundle, importCsv, importNdjson } from '#node/records';
import type { ByteSource, ImportFormat, ImportItem, ImportOptions } from '#node/records';
import { EXIT, flagOption, textOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
import { emptyReport, readCheckpoint, runImport } from './import-run.ts';
import type { ImportReport } from './import-run.ts';
import { keepYoungGenerationSmall } from './steady-memory.ts';
import { connectPerson, PERSON_HELP, PERSON_OPTIONS, PERSON_USAGE } from './person-client.ts';
import { ProgressDisplay, progressLine } from './progress-line.ts';

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
  usage: `${PERSON_USAGE} [--patient <id>] [--format <format>] [--checkpoint <file>] [--label <study>] [--json] <file>`,
  help: `
Reads the file, seals every record on this machine, stores and anchors it, and says what it left out and why. FHIR
resources are kept byte for byte. Run it again after a break: it goes on where it stopped. What is on the network
already is not sent a second time.
${PERSON_HELP}
  --patient <id>             whose records these are; default: you
  --format <format>          ${FORMATS.join(', ')}; default: by the file's extension
  --checkpoint <file>        where the place is kept; default: beside the file, removed at the end
  --label <study>            seal for this study too, e.g. study-heart; several separated by commas
  --json                     the report as one line of JSON`,
  options: {
    ...PERSON_OPTIONS,
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
  const display = new ProgressDisplay(
    (text) => io.err(text),
    process.stderr.isTTY && !flagOption(values, 'json'),
  );
  const report = emptyReport();
  const begun = performance.now();
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
        onProgress: (now) => display.show(() => progressLine(now.bytes, size, countsOf(now))),
      },
      report,
    );
  } finally {
    display.end();
    source.destroy();
    const ms = Math.round(performance.now() - begun);
    io.out(
      flagOption(values, 'json')
        ? `${JSON.stringify({ format, ...report, ms, resumed: checkpoint !== undefined })}\n`
        : reportText(report),
    );
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

function reportText(report: ImportReport): string {
  const { uploaded, duplicates, rejected, listed, height } = report;
  const rows = [
    `uploaded    ${uploaded}${height === null ? '' : ` (newest in block ${height})`}`,
    `duplicates  ${duplicates}`,
    `known       ${report.anchoredBefore}`,
    `left out    ${rejectsOf(report)}`,
    ...Object.entries(rejected).map(([code, count]) => `  ${code.padEnd(16)} ${count}`),
    ...listed.map(({ line, what }) => `  line ${line}: ${what}`),
  ];
  const beyond = duplicates + rejectsOf(report) - listed.length;
  if (beyond > 0) rows.push(`  and ${beyond} more`);
  return `${rows.join('\n')}\n`;
}
