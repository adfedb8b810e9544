import { toHex } from '#crypto';
import { blobSource, ClientError, FILE_BYTES_MAX } from '#node/client';
import type { FileProgress, UploadRecord } from '#node/client';
import { categoryOf, clinicalMonthOf, documentReference, encodeResource, keywordsOf } from '#node/records';
import type { WorkerContext } from '../context.ts';
import { selfOf, subjectOf } from './self.ts';
import type { Self } from './self.ts';
import type { Written } from './writing.ts';
import { addDocument, isShownWhole } from './writing.ts';

const UNNAMED_TYPE = 'application/octet-stream';
/** A node that is away for longer is left to the person: what is stored stays, and she goes on later. */
const PATIENCE_MS = 15 * 60_000;

export interface DocumentInput {
  /** Made by the page, for `pauseUpload`. */
  upload: string;
  file: File;
  title: string;
  date: string;
  /** Hex: the upload that goes on. Another file is refused. */
  resumes?: string;
}

/** What a file that is on its way is known by. */
export type DiscardInput = Pick<DocumentInput, 'title' | 'date'> & { file: string; size: number };

/** Uploads that wait until the person goes on, by the name that the page gave them. */
const paused = new Map<string, PromiseWithResolvers<void>>();

/** Nothing more is sent of an upload, or it goes on; what is on its way arrives. */
export function pauseUpload({ upload, isPaused }: { upload: string; isPaused: boolean }): void {
  if (isPaused) {
    if (!paused.has(upload)) paused.set(upload, Promise.withResolvers<void>());
    return;
  }
  paused.get(upload)?.resolve();
  paused.delete(upload);
}

/**
 * A document of the patient: short ones that the page can show as one record, everything else as a file in parts. The
 * same file again goes on behind what is stored.
 */
export async function uploadDocument(context: WorkerContext, input: DocumentInput): Promise<Written> {
  const { file, upload } = input;
  if (isShownWhole(file)) return await addDocument(context, input);
  if (file.size === 0 || file.size > FILE_BYTES_MAX)
    throw new ClientError('input-invalid', { what: 'size of the file' });
  const { signal } = context;
  // Who stops or locks is not kept waiting by a pause.
  const onAbort = (): void => pauseUpload({ upload, isPaused: false });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await send(context, input);
  } finally {
    signal.removeEventListener('abort', onAbort);
    onAbort();
  }
}

async function send(context: WorkerContext, input: DocumentInput): Promise<Written> {
  const self = selfOf(context);
  const { file, upload, resumes } = input;
  const contentType = file.type === '' ? UNNAMED_TYPE : file.type;
  const uploaded = await self.client.files.upload(
    {
      patient: self.patient,
      source: blobSource(file),
      mediaType: contentType,
      describe: (place) => shownAs(self, { ...input, ...place, contentType }),
      ...(resumes === undefined ? {} : { resumes }),
      gate: async () => await paused.get(upload)?.promise,
      onProgress: (progress) => context.progress(stepOf(progress)),
    },
    { signal: context.signal, patienceMs: PATIENCE_MS },
  );
  return {
    id: toHex(uploaded.recordId),
    height: uploaded.height,
    holders: uploaded.holders,
    institutions: uploaded.institutions,
  };
}

/** The record that shows the file, and in whose compartment the parts lie: by its date alone. */
function shownAs(
  self: Self,
  init: { url: string; size: number; contentType: string; title: string; date: string },
): UploadRecord {
  const { url, size, contentType, title, date } = init;
  const id = crypto.randomUUID();
  const subject = subjectOf(self);
  const reference = documentReference({ url, size, id, subject, contentType, title, date });
  const [category, month] = [categoryOf(reference), clinicalMonthOf(reference)];
  const keywords = keywordsOf(reference, { category, month, author: toHex(self.patient) });
  return { resource: encodeResource(reference), category, month, keywords };
}

/**
 * Erases what is stored of a file that was never finished. Resolves with the number of its parts, and the block in which that was agreed: null when
 * nothing was stored.
 */
export async function discardUpload(
  context: WorkerContext,
  { file, size, title, date }: DiscardInput,
): Promise<{ parts: number; height: number | null }> {
  const self = selfOf(context);
  const url = `urn:phr-mesh:file:${file}`;
  const { category, month } = shownAs(self, { url, size, contentType: UNNAMED_TYPE, title, date });
  const { client, patient, options } = self;
  return await client.files.discard({ patient, file, category, month }, options);
}

const stepOf = ({ phase, file, stored, size, holders, institutions }: FileProgress) => ({
  what: `file-${phase}`,
  done: stored,
  total: size,
  ...(file === null ? {} : { file }),
  ...(holders === null ? {} : { holders, institutions }),
});
