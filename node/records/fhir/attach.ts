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

export interface AttachInit {
  /** Id that both get, apart from a prefix; unique for the patient. */
  readonly id: string;
  readonly subject: string;
  readonly contentType: string;
  readonly title: string;
  readonly bytes: Uint8Array;
  /** When the document was made, with zone. */
  readonly date: string;
  /** When what it tells of happened, if that is another time. */
  readonly period?: { readonly start?: string; readonly end?: string };
}

/**
 * A PDF or image as DocumentReference and Binary (FHIR R4, both pages): the reference has what a list shows, the
 * Binary the bytes.
 * @throws RecordsError `too-large` above `RESOURCE_BYTES_MAX` with the third that base64 adds.
 */
export function attach(init: AttachInit): {
  reference: Authored<'DocumentReference'>;
  binary: Authored<'Binary'>;
} {
  const bytesMax = Math.floor(RESOURCE_BYTES_MAX / 2);
  if (init.bytes.length > bytesMax) throw new RecordsError('too-large', { bytesMax });
  const { contentType, title, subject, date } = init;
  const binary = {
    resourceType: 'Binary' as const,
    id: `b-${init.id}`,
    contentType,
    data: toBase64(init.bytes),
  };
  const reference = {
    resourceType: 'DocumentReference' as const,
    id: `d-${init.id}`,
    status: 'current' as const,
    type: { text: title },
    subject: { reference: subject },
    date,
    content: [
      {
        attachment: {
          contentType,
          url: `Binary/${binary.id}`,
          size: init.bytes.length,
          title,
          creation: date,
        },
      },
    ],
    ...(init.period === undefined ? {} : { context: { period: init.period } }),
  };
  return { reference, binary };
}
