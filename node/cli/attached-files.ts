import { fileInUrl } from '#node/client';
import type { FilePlace, OpenedRecord } from '#node/client';

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
