import { toHex } from '#crypto';

/** First letters of the new keys' own id, as the person sees them where she made them. */
export const fingerprintOf = (id: Uint8Array): string =>
  (toHex(id).slice(0, 16).match(/.{4}/g) ?? []).join(' ');
