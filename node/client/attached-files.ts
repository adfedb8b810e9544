import { ClientError } from './client-error.ts';
import type { CallOptions } from './deadline.ts';
import { fileInUrl } from './file-manifest.ts';
import type { FilePlace, Files, StoredFile } from './files.ts';
import type { LazyPart } from './lazy-part.ts';
import type { OpenedRecord } from './opening.ts';

/** A file that a record names. */
export interface AttachedFile extends FilePlace {
  readonly url: string;
  readonly title: string;
  readonly contentType: string;
  /** Bytes, by the word of the record. */
  readonly size: number;
}

/** What the DocumentReferences among these records name as a file, newest first. */
export function filesIn(records: readonly OpenedRecord[]): AttachedFile[] {
  const newestFirst = records.toSorted((a, b) => b.hit.height - a.hit.height);
  return newestFirst.flatMap(({ resource, hit }) => {
    const attachment = attachmentOf(resource);
    const file = fileInUrl(attachment.url);
    const { category, period: month } = hit.compartment;
    return file === undefined ? [] : [{ file, category, month, ...attachment }];
  });
}

export interface AttachedFiles {
  readonly found: readonly (AttachedFile & { readonly stored: StoredFile })[];
  /** Bytes of all that were found. */
  readonly bytes: number;
  /** Files that a record names and that are not there any more: erased, or never finished. */
  readonly missing: number;
}

/** Every file that the records of a patient name, once; nothing of their contents is in memory yet. @throws ClientError */
export async function openAttached(
  files: Pick<LazyPart<Files>, 'open'>,
  init: { readonly patient: Uint8Array; readonly records: readonly OpenedRecord[] },
  options: CallOptions = {},
): Promise<AttachedFiles> {
  const named = [...new Map(filesIn(init.records).map((one) => [one.file, one])).values()];
  const found: (AttachedFile & { stored: StoredFile })[] = [];
  for (const one of named) {
    try {
      found.push({ ...one, stored: await files.open({ ...one, patient: init.patient }, options) });
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'not-found') throw error;
    }
  }
  const bytes = found.reduce((sum, { stored }) => sum + stored.size, 0);
  return { found, bytes, missing: named.length - found.length };
}

/** Of a DocumentReference, whoever wrote it: what is not there is empty. */
function attachmentOf(resource: Uint8Array): Pick<AttachedFile, 'url' | 'title' | 'contentType' | 'size'> {
  let said: { content?: { attachment?: Record<string, unknown> }[] } | null;
  try {
    said = JSON.parse(new TextDecoder().decode(resource)) as typeof said;
  } catch {
    said = null;
  }
  const { url, title, size, contentType } = said?.content?.[0]?.attachment ?? {};
  return {
    url: typeof url === 'string' ? url : '',
    // Control characters could speak to the terminal.
    title: typeof title === 'string' ? title.replaceAll(/\p{C}/gu, ' ').slice(0, 120) : '',
    contentType: typeof contentType === 'string' ? contentType : '',
    size: typeof size === 'number' ? size : 0,
  };
}
