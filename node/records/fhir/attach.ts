import { RecordsError } from '../records-error.ts';
import { RESOURCE_BYTES_MAX } from '../bundle.ts';
import type { Authored } from './author.ts';

const CHUNK = 0x2000;

/** Standard base64 with padding, as FHIR's base64Binary wants it. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += CHUNK) {
    binary += String.fromCodePoint(...bytes.subarray(i, i + CHUNK));
  }
  return btoa(binary);
}

/** What a list shows of a document. */
export interface DocumentInit {
  /** Id that reference and Binary get, apart from a prefix; unique for the patient. */
  readonly id: string;
  readonly subject: string;
  readonly contentType: string;
  readonly title: string;
  /** When the document was made, with zone. */
  readonly date: string;
  /** When what it tells of happened, if that is another time. */
  readonly period?: { readonly start?: string; readonly end?: string };
}

export interface AttachInit extends DocumentInit {
  readonly bytes: Uint8Array;
}

/** A DocumentReference (FHIR R4) of bytes that lie elsewhere: in a Binary, or in a file of their own. */
export function documentReference(
  init: DocumentInit & { readonly url: string; readonly size: number },
): Authored<'DocumentReference'> {
  const { id, subject, contentType, title, date, url, size, period } = init;
  return {
    resourceType: 'DocumentReference',
    id: `d-${id}`,
    status: 'current',
    type: { text: title },
    subject: { reference: subject },
    date,
    content: [{ attachment: { contentType, url, size, title, creation: date } }],
    ...(period === undefined ? {} : { context: { period } }),
  };
}

/**
 * A PDF or image as DocumentReference and Binary (FHIR R4, both pages): the reference has what a list shows, the
 * Binary the bytes.
 * @throws RecordsError `too-large` above `RESOURCE_BYTES_MAX` with the third that base64 adds.
 */
export function attach({ bytes, ...init }: AttachInit): {
  reference: Authored<'DocumentReference'>;
  binary: Authored<'Binary'>;
} {
  const bytesMax = Math.floor(RESOURCE_BYTES_MAX / 2);
  if (bytes.length > bytesMax) throw new RecordsError('too-large', { bytesMax });
  const binary = {
    resourceType: 'Binary' as const,
    id: `b-${init.id}`,
    contentType: init.contentType,
    data: toBase64(bytes),
  };
  const reference = documentReference({ ...init, url: `Binary/${binary.id}`, size: bytes.length });
  return { reference, binary };
}
