import type { Json } from './json.ts';

/** A file out of a record, with a type from our own list. */
export interface Attachment {
  mediaType: string;
  title: string;
  bytes: Uint8Array;
}

/** Types that show themselves and run nothing: no HTML, no SVG, no XML. */
const SHOWN_TYPES = new Set([
  'application/pdf',
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'text/plain',
]);
/** Longer rows of base64 are bytes for a machine, not something to read. */
const DATA_SHOWN_MAX = 200;

export const isShown = (mediaType: string): boolean => SHOWN_TYPES.has(mediaType);

/** A resource as indented text, without narratives, whose markup somebody else made, and without long base64. */
export function shownText(resource: Json): string {
  const replace = (member: string, value: unknown): unknown => {
    if (member === 'div') return undefined;
    const isLong = member === 'data' && typeof value === 'string' && value.length > DATA_SHOWN_MAX;
    return isLong ? `${value.slice(0, 40)}…` : value;
  };
  return JSON.stringify(resource, replace, 2);
}

/** The file in base64; null when its type is none of ours or it is not base64. The parameters of the type are dropped. */
export function attachmentIn(
  contentType: string | undefined,
  base64: string,
  title: string,
): Attachment | null {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!isShown(mediaType)) return null;
  try {
    return { mediaType, title, bytes: Uint8Array.from(atob(base64), (char) => char.codePointAt(0) ?? 0) };
  } catch {
    return null;
  }
}
