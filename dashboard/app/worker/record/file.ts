import { fromHex } from '#crypto';
import { fileInUrl } from '#node/client';
import type { StoredFile } from '#node/client';
import type { WorkerContext } from '../context.ts';
import { at, numberOf, textOf } from './json.ts';
import type { Json } from './json.ts';

const PATIENCE_MS = 5 * 60_000;

/** A file that a record names, and whose it is: of a patient, or under a grant. */
export interface FileView {
  /** Hex. */
  file: string;
  title: string;
  mediaType: string;
  bytes: number;
  category: string;
  month: string;
  patient: string;
  /** Empty for who opens with own keys. */
  grant: string;
}

/** The file that a DocumentReference names; null when it names none. */
export function fileOf(
  resource: Json,
  place: Pick<FileView, 'category' | 'month' | 'patient' | 'grant'>,
): FileView | null {
  const attachment = at(resource, 'content', 'attachment');
  const file = fileInUrl(textOf(at(attachment, 'url')) ?? '');
  if (file === undefined) return null;
  return {
    ...place,
    file,
    title: textOf(at(attachment, 'title')) ?? '',
    mediaType: textOf(at(attachment, 'contentType')) ?? '',
    bytes: numberOf(at(attachment, 'size')) ?? 0,
  };
}

export interface SaveInput extends FileView {
  /** Where the person wants it; without one the bytes come back as a Blob, which the browser keeps on its disk. */
  target?: FileSystemFileHandle | undefined;
}

/** Opens a file part by part; each part is verified before it goes anywhere, and a target gets all of it or nothing. */
export async function saveStoredFile(context: WorkerContext, input: SaveInput): Promise<Blob | null> {
  const { client } = context.signedIn();
  const options = { signal: context.signal, patienceMs: PATIENCE_MS };
  const { file, category, month, patient, grant, target } = input;
  const place = { file, category, month };
  const stored = await (grant === ''
    ? client.files.open({ ...place, patient: fromHex(patient) }, options)
    : client.files.openShared({ ...place, grant: fromHex(grant) }, options));
  const onPiece = (done: number): void => context.progress({ what: 'file-opened', done, total: stored.size });
  return target === undefined ? await blobOf(stored, onPiece) : await write(stored, target, onPiece);
}

async function blobOf(stored: StoredFile, onPiece: (done: number) => void): Promise<Blob> {
  const parts: Blob[] = [];
  let done = 0;
  for await (const piece of stored.pieces()) {
    // A Blob of its own at once: the bytes leave the memory of this worker.
    parts.push(new Blob([piece as BlobPart]));
    done += piece.length;
    onPiece(done);
  }
  // Never the type that the writer chose: what is saved is not shown.
  return new Blob(parts, { type: 'application/octet-stream' });
}

async function write(
  stored: StoredFile,
  target: FileSystemFileHandle,
  onPiece: (done: number) => void,
): Promise<null> {
  const writable = await target.createWritable();
  try {
    let done = 0;
    for await (const piece of stored.pieces()) {
      await writable.write(piece as FileSystemWriteChunkType);
      done += piece.length;
      onPiece(done);
    }
    await writable.close();
  } catch (error) {
    await writable.abort().catch(() => undefined);
    throw error;
  }
  return null;
}
