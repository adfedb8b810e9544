import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { toHex } from '#crypto';
import { FILE_BYTES_MAX, isLabel } from '#node/client';
import type { FileProgress, FileSource, PhrClient, UploadedFile, UploadRecord } from '#node/client';
import { categoryOf, clinicalMonthOf, documentReference, encodeResource, keywordsOf } from '#node/records';
import { EXIT, flagOption, textOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
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
import { idOption } from './selection.ts';
import { keepYoungGenerationSmall, memoryPeakBytes } from './steady-memory.ts';

const TITLE_LENGTH_MAX = 120;
const FILES_MAX = 64;

const TYPES: Readonly<Record<string, string>> = {
  '.avi': 'video/x-msvideo',
  '.dcm': 'application/dicom',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.mov': 'video/quicktime',
  '.mp4': 'video/mp4',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.txt': 'text/plain',
  '.zip': 'application/zip',
};

export const uploadCommand: Command = {
  name: 'upload',
  summary: 'seal and upload files of any kind, up to 2 GiB each',
  usage: `${PERSON_USAGE} [--patient <id>] [--title <text>] [--type <media type>] [--date <date>] [--label <study>] [--patience <minutes>] [--json] <file> ...`,
  help: `
Seals each file on this machine in parts of 15 MiB, stores them at the node and at other institutions, and puts a
DocumentReference into the record. While the node is away it waits. After Ctrl-C or a crash give the same command
again: it finds out from the network what is stored and goes on behind it; nothing is kept on this machine for that.
${PERSON_HELP}
  --patient <id>             whose record; default: you
  --title <text>             what a list shows; default: the name of the file
  --type <media type>        default: by the file's extension, else application/octet-stream
  --date <date>              when it was made, e.g. 2026-11-22T10:00:00Z; default: when the file was changed last
  --label <study>            seal for this study too; several separated by commas${PATIENCE_HELP}
  --json                     one line of JSON for each file`,
  options: {
    ...PERSON_OPTIONS,
    ...PATIENCE_OPTIONS,
    patient: { type: 'string' },
    title: { type: 'string' },
    type: { type: 'string' },
    date: { type: 'string' },
    label: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: { min: 1, max: FILES_MAX },
  run: uploadFiles,
};

async function uploadFiles(args: CommandArgs): Promise<ExitCode> {
  keepYoungGenerationSmall();
  const { values, positionals, io } = args;
  const [title, date] = [textOption(values, 'title'), textOption(values, 'date')];
  if (title !== undefined && (title.trim() === '' || title.length > TITLE_LENGTH_MAX))
    throw new UsageError(`--title takes 1 to ${TITLE_LENGTH_MAX} characters`);
  if (title !== undefined && positionals.length > 1) throw new UsageError('--title is for one file');
  if (date !== undefined && Number.isNaN(Date.parse(date)))
    throw new UsageError('--date takes a date and time');
  const labels = textOption(values, 'label')?.split(',') ?? [];
  if (!labels.every(isLabel)) throw new UsageError('--label takes names such as study-heart');
  const patienceMs = patienceMsOf(values);
  const isJson = flagOption(values, 'json');
  const patient = idOption(values, 'patient');
  const client = await connectPerson(args);
  for (const name of positionals) {
    const path = resolve(io.cwd, name);
    const file = await openFile(path);
    const display = displayOf(io, isJson);
    const begun = performance.now();
    let last: FileProgress | undefined;
    try {
      const { size, mtime } = await file.stat();
      if (size < 1 || size > FILE_BYTES_MAX)
        throw new UsageError(`${basename(path)} is empty, or larger than ${FILE_BYTES_MAX} bytes`);
      const uploaded = await client.files.upload(
        {
          patient: patient ?? client.keys.id,
          source: sourceOf(file, size),
          mediaType: textOption(values, 'type') ?? typeOf(path),
          describe: (place) =>
            recordOf(client, {
              ...place,
              patient: patient ?? client.keys.id,
              title: title ?? basename(path).slice(0, TITLE_LENGTH_MAX),
              contentType: textOption(values, 'type') ?? typeOf(path),
              date: new Date(date ?? mtime).toISOString(),
              labels,
            }),
          onProgress: (progress) => {
            last = progress;
            display.show(() => progressLine(progress.stored, size, wordsOf(progress)));
          },
        },
        { signal: io.signal, patienceMs },
      );
      display.end();
      const ms = Math.round(performance.now() - begun);
      io.out(isJson ? jsonOf(name, size, uploaded, ms) : reportOf(name, size, uploaded));
    } catch (error) {
      display.end();
      if (last !== undefined && last.phase !== 'reading')
        io.err(
          `${basename(path)}: not finished. What is stored stays${shareOf(last)};\nthe same command goes on behind it.\n`,
        );
      throw error;
    } finally {
      display.end();
      await file.close();
    }
  }
  return EXIT.ok;
}

const shareOf = ({ committed, size }: FileProgress): string =>
  committed === 0 ? '' : `, at least ${(committed / 1e6).toFixed(1)} of ${(size / 1e6).toFixed(1)} MB`;

async function openFile(path: string): Promise<FileHandle> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new UsageError(`there is no file ${basename(path)}`);
  if (!stat.isFile()) throw new UsageError(`${basename(path)} is a folder; name the files in it`);
  try {
    return await open(path, 'r');
  } catch {
    throw new UsageError(`${basename(path)} cannot be read`);
  }
}

function sourceOf(file: FileHandle, size: number): FileSource {
  return {
    size,
    read: async (start, end) => {
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
        // A file that became shorter: whoever asked sees that it is not the same.
        if (bytesRead === 0) return bytes.subarray(0, filled);
        filled += bytesRead;
      }
      return bytes;
    },
  };
}

const typeOf = (path: string): string => TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';

function recordOf(
  client: PhrClient,
  init: {
    patient: Uint8Array;
    url: string;
    size: number;
    title: string;
    contentType: string;
    date: string;
    labels: readonly string[];
  },
): UploadRecord {
  const { patient, labels, ...shown } = init;
  const subject = `Patient/${toHex(patient)}`;
  const reference = documentReference({ ...shown, id: randomUUID(), subject });
  const [category, month] = [categoryOf(reference), clinicalMonthOf(reference)];
  const keywords = keywordsOf(reference, { category, month, author: toHex(client.keys.id) });
  return { resource: encodeResource(reference), category, month, keywords, labels };
}

function wordsOf({ phase, holders, institutions }: FileProgress): string {
  if (phase === 'reading') return 'reading the file';
  if (phase === 'waiting') return 'waiting for the node';
  return holders === null ? 'storing' : `stored on ${holders} of ${institutions} nodes`;
}

function reportOf(name: string, size: number, uploaded: UploadedFile): string {
  const { file, height, holders, institutions, known } = uploaded;
  return [
    `${basename(name)}: ${size} bytes${known === 0 ? '' : `, of which ${known} were there`}, block ${height}`,
    ...(holders === null ? [] : [`stored on ${holders} of ${institutions} nodes`]),
    `file ${file}\n`,
  ].join('\n');
}

function jsonOf(name: string, bytes: number, uploaded: UploadedFile, ms: number): string {
  const { file, height, holders, institutions: nodes, known, recordId } = uploaded;
  const rssBytes = memoryPeakBytes();
  const line = { name: basename(name), file, record: toHex(recordId), bytes, known, height, holders, nodes };
  return `${JSON.stringify({ ...line, ms, rssBytes })}\n`;
}
