import type { Backend } from '../backend/backend.ts';
import { GRANT_REKEYS_MAX } from '../bounds.ts';
import { openBox, sealBox } from '../box.ts';
import { checkCompartmentName, type DelegateCompartment } from '../compartment.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { decode, encode } from '../encoding.ts';
import { hash, type Hash } from '../hash.ts';
import type { PersonKeys } from '../keys/person.ts';
import { expectBytes, expectBytesUpTo, expectInteger, expectList, expectMap, expectText } from '../shape.ts';
import { toHex, utf8 } from '../bytes.ts';

export const GRANT_PURPOSE_BYTES_MAX = 512;
export const GRANT_KEYWORDS_MAX = 16;
const GRANT_KEYWORD_BYTES_MAX = 256;

/** Room for purpose, keywords and the frame, and for one compartment: fixed, so that sizes tell nothing. */
const TERMS_FIXED_BYTES = 6 * 1024;
const TERMS_COMPARTMENT_BYTES = 320;
/** What the limits always leave: a CBOR string of 256 to 65,535 bytes has 2 bytes of length more than an empty one. */
const TERMS_PADDING_BYTES_MIN = 512;
const TERMS_BYTES_MAX = TERMS_FIXED_BYTES + GRANT_REKEYS_MAX * TERMS_COMPARTMENT_BYTES;

export interface GrantedCompartment {
  /** Index of the rekey among those of the grant. */
  readonly rekey: number;
  readonly compartment: DelegateCompartment;
}

export interface GrantTerms {
  readonly purpose: string;
  readonly expiresAtMs: number;
  readonly keywords: readonly string[];
  readonly compartments: readonly GrantedCompartment[];
}

export interface OpenedTerms extends GrantTerms {
  /** To compare with the commitment on the ledger. */
  readonly commitment: Hash;
}

/** All terms of grants with the same number of rekeys have the same length: content, then zeros. */
function encodeTerms(terms: GrantTerms, salt: Uint8Array, rekeyCount: number): Uint8Array {
  const content = encode({
    salt,
    purpose: terms.purpose,
    expires: terms.expiresAtMs,
    keywords: [...terms.keywords],
    compartments: terms.compartments.map(({ rekey, compartment: { name, A, kappa, ix } }) => ({
      rekey,
      category: name.category,
      generation: name.generation,
      period: name.period,
      A,
      kappa,
      ix,
    })),
  });
  const capacity = TERMS_FIXED_BYTES + rekeyCount * TERMS_COMPARTMENT_BYTES;
  if (content.length + TERMS_PADDING_BYTES_MIN > capacity) throw new CryptoError('too-large', 'grant terms');
  const unpadded = encode({ content, padding: new Uint8Array(0) });
  return encode({ content, padding: new Uint8Array(capacity - unpadded.length - 2) });
}

/** A text of at most this many bytes of UTF-8. */
function expectShortText(value: unknown, bytesMax: number, field: string): string {
  const text = expectText(value, bytesMax, field);
  if (utf8(text).length > bytesMax) throw new CryptoError('encoding', `${field}: too long`);
  return text;
}

/** Exactly the one form that `encodeTerms` gives: the length says how many rekeys there are, the padding nothing. */
function decodeTerms(bytes: Uint8Array): GrantTerms {
  const rekeyCount = (bytes.length - TERMS_FIXED_BYTES) / TERMS_COMPARTMENT_BYTES;
  if (!Number.isInteger(rekeyCount) || rekeyCount < 1) throw new CryptoError('encoding', 'terms length');
  const outer = expectMap(decode(bytes, TERMS_BYTES_MAX), ['content', 'padding'], 'terms');
  const padding = expectBytesUpTo(outer.padding, TERMS_BYTES_MAX, 'terms padding');
  if (padding.some((byte) => byte !== 0)) throw new CryptoError('encoding', 'terms padding');
  const content = expectBytesUpTo(outer.content, TERMS_BYTES_MAX, 'terms content');
  const map = expectMap(
    decode(content, TERMS_BYTES_MAX),
    ['salt', 'purpose', 'expires', 'keywords', 'compartments'],
    'terms',
  );
  expectBytes(map.salt, 32, 'salt');
  const compartments = expectList(map.compartments, 1, GRANT_REKEYS_MAX, 'compartments').map((one) =>
    decodeCompartment(one, rekeyCount),
  );
  const different = (values: readonly unknown[]): boolean => new Set(values).size === values.length;
  const keys = compartments.map(({ compartment }) => toHex(compartment.A));
  if (!different(keys) || !different(compartments.map(({ rekey }) => rekey)))
    throw new CryptoError('encoding', 'a compartment twice');
  return {
    purpose: expectShortText(map.purpose, GRANT_PURPOSE_BYTES_MAX, 'purpose'),
    expiresAtMs: expectInteger(map.expires, 0, Number.MAX_SAFE_INTEGER, 'expiry'),
    keywords: expectList(map.keywords, 0, GRANT_KEYWORDS_MAX, 'keywords').map((keyword) =>
      expectShortText(keyword, GRANT_KEYWORD_BYTES_MAX, 'keyword'),
    ),
    compartments,
  };
}

function decodeCompartment(value: unknown, rekeyCount: number): GrantedCompartment {
  const map = expectMap(
    value,
    ['rekey', 'category', 'generation', 'period', 'A', 'kappa', 'ix'],
    'granted compartment',
  );
  const name = {
    category: expectText(map.category, 64, 'category'),
    generation: expectInteger(map.generation, 0, 0xffff_ffff, 'generation'),
    period: expectText(map.period, 16, 'period'),
  };
  checkCompartmentName(name);
  return {
    rekey: expectInteger(map.rekey, 0, rekeyCount - 1, 'rekey'),
    compartment: {
      name,
      A: expectBytes(map.A, 32, 'A'),
      kappa: expectBytes(map.kappa, 32, 'kappa'),
      ix: expectBytes(map.ix, 32, 'ix'),
    },
  };
}

function termsContext(grantId: Hash, delegate: Uint8Array): Uint8Array {
  return hash(DOMAIN.grantTerms, grantId, delegate);
}

function commitmentOf(grantId: Hash, bytes: Uint8Array): Hash {
  return hash(DOMAIN.grantTermsCommitment, grantId, bytes);
}

export interface SealTermsInit {
  readonly issuer: PersonKeys;
  readonly delegate: { readonly id: Uint8Array; readonly seal: Uint8Array };
  readonly grantId: Hash;
  readonly terms: GrantTerms;
  readonly rekeyCount: number;
}

/** The terms as a box for the delegate and a commitment for the ledger (hiding: the terms hold 32 random bytes). */
export function sealTerms(backend: Backend, init: SealTermsInit): { box: Uint8Array; commitment: Hash } {
  const { issuer, delegate, grantId, terms, rekeyCount } = init;
  if (utf8(terms.purpose).length > GRANT_PURPOSE_BYTES_MAX) throw new CryptoError('too-large', 'purpose');
  if (
    terms.keywords.length > GRANT_KEYWORDS_MAX ||
    terms.keywords.some((word) => utf8(word).length > GRANT_KEYWORD_BYTES_MAX)
  ) {
    throw new CryptoError('too-large', 'keywords');
  }
  for (const { compartment } of terms.compartments) checkCompartmentName(compartment.name);
  if (!Number.isSafeInteger(terms.expiresAtMs) || terms.expiresAtMs < 0) {
    throw new CryptoError('input-invalid', 'expiry');
  }
  const bytes = encodeTerms(terms, backend.random(32), rekeyCount);
  const box = sealBox(backend, {
    sender: { id: issuer.id, secretKey: issuer.sign.secretKey },
    recipientSeal: delegate.seal,
    context: termsContext(grantId, delegate.id),
    plaintext: bytes,
  });
  return { box, commitment: commitmentOf(grantId, bytes) };
}

export interface OpenTermsInit {
  readonly delegate: PersonKeys;
  readonly issuer: { readonly id: Uint8Array; readonly signPublicKey: Uint8Array };
  readonly grantId: Hash;
  readonly box: Uint8Array;
}

/**
 * Opens a grant's terms (SCHEME 5), 6144 + 320 bytes a rekey and the overhead of a box; throws
 * CryptoError('open-failed') whatever is wrong.
 */
export function openTerms(backend: Backend, init: OpenTermsInit): OpenedTerms {
  const { delegate, issuer, grantId, box } = init;
  const bytes = openBox(backend, {
    senderPublicKey: issuer.signPublicKey,
    senderId: issuer.id,
    recipient: delegate.seal,
    context: termsContext(grantId, delegate.id),
    box,
  });
  try {
    return { ...decodeTerms(bytes), commitment: commitmentOf(grantId, bytes) };
  } catch {
    throw new CryptoError('open-failed');
  }
}
