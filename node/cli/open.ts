import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { filesIn } from '#node/client';
import type { AttachedFile, CallOptions, PhrClient } from '#node/client';
import { CATEGORIES } from '#node/records';
import { EXIT, flagOption, requiredOption, textOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
import { writeWhole } from './export-run.ts';
import { connectPerson, PERSON_HELP, PERSON_OPTIONS, PERSON_USAGE } from './person-client.ts';
import { displayOf, progressLine } from './progress-line.ts';
import { idOption, monthsOf, YEARS_DEFAULT } from './selection.ts';
import { keepYoungGenerationSmall, memoryPeakBytes } from './steady-memory.ts';

const PATIENCE_MS = 5 * 60_000;

export const openCommand: Command = {
  name: 'open',
  summary: 'list uploaded files, or open one and write it to the disk',
  usage: `${PERSON_USAGE} [--patient <id> | --grant <id>] [--from <YYYY-MM>] [--to <YYYY-MM>] [--json] [--out <file> <file id>]`,
  help: `
Without a file id it lists the files of the record. With one it opens the file part by part: each part is verified
before its bytes are written, and a file that turns out false or incomplete is removed again. What is written is in the
clear: keep it as you would keep the paper.
${PERSON_HELP}
  --out <file>               where it goes; not overwritten
  --patient <id>             whose record; default: you
  --grant <id>               what was shared with you by this grant
  --from, --to <YYYY-MM>     months to look in; default the last ${YEARS_DEFAULT} years, and what has no month
  --json                     lines of JSON`,
  options: {
    ...PERSON_OPTIONS,
    out: { type: 'string' },
    patient: { type: 'string' },
    grant: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: { min: 0, max: 1 },
  run: openFile,
};

interface Owner {
  readonly patient: Uint8Array;
  readonly grant: Uint8Array | undefined;
}

async function openFile(args: CommandArgs): Promise<ExitCode> {
  keepYoungGenerationSmall();
  const { values, positionals, io } = args;
  const [wanted] = positionals;
  if (wanted !== undefined && !/^[0-9a-f]{64}$/.test(wanted))
    throw new UsageError('the id of a file has 64 hex digits');
  const out = wanted === undefined ? undefined : resolve(io.cwd, requiredOption(values, 'out'));
  if (out === undefined && textOption(values, 'out') !== undefined)
    throw new UsageError('--out needs the id of a file');
  if (out !== undefined && existsSync(out)) throw new UsageError('--out is there already');
  const [patient, grant] = [idOption(values, 'patient'), idOption(values, 'grant')];
  if (patient && grant) throw new UsageError('--patient and --grant exclude each other');
  const months = monthsOf(values, Date.now());
  const isJson = flagOption(values, 'json');
  const client = await connectPerson(args);
  const owner: Owner = { patient: patient ?? client.keys.id, grant };
  const options: CallOptions = { signal: io.signal, patienceMs: PATIENCE_MS };
  const files = await listFiles(client, owner, months, options);
  if (out === undefined) {
    for (const file of files) io.out(isJson ? `${JSON.stringify(file)}\n` : lineOf(file));
    return EXIT.ok;
  }
  const found = files.find(({ file }) => file === wanted);
  if (found === undefined) throw new UsageError('no such file in these months');
  const begun = performance.now();
  const display = displayOf(io, isJson);
  try {
    const stored = await (grant
      ? client.files.openShared({ ...found, grant }, options)
      : client.files.open({ ...found, patient: owner.patient }, options));
    await writeWhole(out, async (write) => {
      let done = 0;
      for await (const piece of stored.pieces()) {
        write(piece);
        done += piece.length;
        display.show(() => progressLine(done, stored.size, found.title));
      }
    });
  } finally {
    display.end();
  }
  const ms = Math.round(performance.now() - begun);
  const rssBytes = memoryPeakBytes();
  io.out(isJson ? `${JSON.stringify({ ...found, ms, rssBytes })}\n` : `${found.size} bytes written\n`);
  return EXIT.ok;
}

const lineOf = ({ file, title, size, month }: AttachedFile): string =>
  `${file}  ${month.padEnd(7)}  ${String(size).padStart(12)}  ${title}\n`;

/** What the DocumentReferences of the record name as a file, newest first. */
async function listFiles(
  client: PhrClient,
  { patient, grant }: Owner,
  months: readonly string[],
  options: CallOptions,
): Promise<AttachedFile[]> {
  const keywords = 'type:DocumentReference';
  if (grant) {
    const { hits } = await client.sharing.search({ grant, keywords, months }, options);
    if (hits.length === 0) return [];
    const { records } = await client.sharing.openShared({ grant, hits }, options);
    return filesIn(records);
  }
  const { hits } = await client.records.search(
    { patient, categories: CATEGORIES, months, keywords },
    options,
  );
  return filesIn(await client.records.openAll(hits, options));
}
