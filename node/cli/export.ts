import { resolve } from 'node:path';
import { toHex } from '#crypto';
import { EXIT, flagOption, requiredOption, textOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
import { EXPORT_FORMATS, runExport, writeWhole } from './export-run.ts';
import type { ExportFormat, ExportReport } from './export-run.ts';
import {
  connectPerson,
  PATIENCE_HELP,
  PATIENCE_OPTIONS,
  patienceMsOf,
  PERSON_HELP,
  PERSON_OPTIONS,
  PERSON_USAGE,
} from './person-client.ts';
import { displayOf } from './progress-line.ts';
import { idOption, monthsOf, YEARS_DEFAULT } from './selection.ts';

export const exportCommand: Command = {
  name: 'export',
  summary: 'open records and write them to a file that other programs read',
  usage: `${PERSON_USAGE} --out <file> [--format <format>] [--patient <id> | --grant <id>] [--from <YYYY-MM>] [--to <YYYY-MM>] [--patience <minutes>] [--json]`,
  help: `
Opens the records on this machine and writes one file, in the clear: keep it as you would keep the paper. Exports of
somebody else's records are reported on the ledger.
${PERSON_HELP}
  --out <file>               where it goes; not overwritten
  --format <format>          bundle (default): a FHIR collection, every resource byte for byte as it was kept
                             ndjson: one resource a line
                             ips: an International Patient Summary
                             everything: the bundle, with grants as Consent, accesses as AuditEvent, and attached
                             files as Binary (64 MiB of them at most)
                             archive: the same as a tar archive, with attached files of any size beside the bundle
                             research: de-identified lines; fields are checked, which is no expert determination
  --patient <id>             whose records; default: you
  --grant <id>               what was shared with you by this grant; for research its purpose must be HRESCH
  --from, --to <YYYY-MM>     months; default the last ${YEARS_DEFAULT} years, and records without a month in any case${PATIENCE_HELP}
  --json                     the report as one line of JSON`,
  options: {
    ...PERSON_OPTIONS,
    ...PATIENCE_OPTIONS,
    out: { type: 'string' },
    format: { type: 'string' },
    patient: { type: 'string' },
    grant: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: { min: 0, max: 0 },
  run: exportFile,
};

async function exportFile(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  const file = resolve(io.cwd, requiredOption(values, 'out'));
  const format = formatOf(textOption(values, 'format'));
  const timeMs = Date.now();
  const months = monthsOf(values, timeMs);
  const grant = idOption(values, 'grant');
  const named = idOption(values, 'patient');
  if (grant && named) throw new UsageError('--patient and --grant exclude each other');
  if (grant && (format === 'everything' || format === 'archive'))
    throw new UsageError('everything is for one’s own patient, not for a grant');
  const client = await connectPerson(args);
  const isJson = flagOption(values, 'json');
  const display = displayOf(io, isJson);
  const options = {
    signal: io.signal,
    patienceMs: patienceMsOf(values),
    onProgress: ({ what, done, total }: { what: string; done: number; total: number }) =>
      display.show(() => (what === 'waiting' ? 'waiting for the node' : `${what} ${done} of ${total}`)),
  };
  const patient = named ?? client.keys.id;
  const begun = performance.now();
  let report: ExportReport;
  try {
    report = await writeWhole(file, (write) =>
      runExport({ client, format, patient, months, timeMs, options, write, ...(grant ? { grant } : {}) }),
    );
  } catch (error) {
    display.end();
    if (!(error instanceof UsageError)) io.err('Nothing was written; give the same command again.\n');
    throw error;
  } finally {
    display.end();
  }
  const ms = Math.round(performance.now() - begun);
  io.out(
    isJson ? `${JSON.stringify({ format, patient: toHex(patient), ...report, ms })}\n` : reportText(report),
  );
  return EXIT.ok;
}

function formatOf(named = 'bundle'): ExportFormat {
  const format = EXPORT_FORMATS.find((known) => known === named);
  if (format === undefined) throw new UsageError(`--format takes one of ${EXPORT_FORMATS.join(', ')}`);
  return format;
}

function reportText({ records, consents, auditEvents, attached, research }: ExportReport): string {
  const rows = [`records      ${records}`];
  if (consents + auditEvents > 0) rows.push(`consents     ${consents}`, `accesses     ${auditEvents}`);
  if (attached) {
    const { files, fileBytes, filesMissing } = attached;
    rows.push(`files        ${files}${files === 0 ? '' : ` (${(fileBytes / 1e6).toFixed(1)} MB)`}`);
    if (filesMissing > 0)
      rows.push(`not there    ${filesMissing} files that a record names: erased, or never finished`);
  }
  if (research) {
    const leftOut = Object.entries(research.leftOut).map(([type, count]) => `${type} ${count}`);
    rows.push(
      `written      ${research.written}`,
      `refused      ${research.refused.length}`,
      `left out     ${leftOut.length === 0 ? 'nothing' : leftOut.join(', ')}`,
      research.statement,
    );
  }
  return `${rows.join('\n')}\n`;
}
