import { uint64, utf8 } from './bytes.ts';
import { SEARCH_TAG_BYTES } from './bounds.ts';
import { CryptoError } from './crypto-error.ts';
import { DOMAIN } from './domain-tags.ts';
import { prf } from './hash.ts';

export const KEYWORD_BYTES_MAX = 256;

/** Long names of code systems and their short prefixes; FHIR `system|code` becomes `prefix:code`. */
const CODE_SYSTEMS: readonly (readonly [system: string, prefix: string])[] = [
  ['http://loinc.org', 'loinc'],
  ['urn:oid:2.16.840.1.113883.6.1', 'loinc'],
  ['http://snomed.info/sct', 'snomed'],
  ['urn:oid:2.16.840.1.113883.6.96', 'snomed'],
  ['http://www.nlm.nih.gov/research/umls/rxnorm', 'rxnorm'],
  ['urn:oid:2.16.840.1.113883.6.88', 'rxnorm'],
  ['http://hl7.org/fhir/sid/icd-10-cm', 'icd-10-cm'],
  ['http://hl7.org/fhir/sid/icd-10', 'icd-10'],
  ['http://hl7.org/fhir/sid/cvx', 'cvx'],
  ['http://unitsofmeasure.org', 'ucum'],
];

/** Every prefix is an alias of itself: the space of `loinc: 4548-4` goes as that of `ln: 4548-4` does. */
const PREFIX_ALIASES: readonly (readonly [alias: string, prefix: string])[] = [
  ...CODE_SYSTEMS.map(([, prefix]) => [prefix, prefix] as const),
  ['sct', 'snomed'],
  ['snomed-ct', 'snomed'],
  ['ln', 'loinc'],
  ['rxn', 'rxnorm'],
];

const PASSES_MAX = 8;

/**
 * The one form of a keyword that writers and searchers both use (SCHEME 6): NFKC, lower case with `ss` and `σ` for `ß` and
 * `ς`, no control or formatting characters, single spaces, FHIR code systems as short prefixes (`loinc:4548-4`).
 * Idempotent. Throws CryptoError('input-invalid') when nothing is left, more than 256 bytes are, or no form is reached.
 */
export function normaliseKeyword(text: string): string {
  if (text.length > 16 * KEYWORD_BYTES_MAX) throw new CryptoError('input-invalid', 'keyword too long');
  let keyword = text.toWellFormed();
  let next = fold(keyword);
  // Removing a joiner lets NFKC compose what it stood between, so passes are repeated until nothing changes.
  for (let pass = 1; next !== keyword; pass++) {
    if (pass > PASSES_MAX) throw new CryptoError('input-invalid', 'keyword has no form');
    [keyword, next] = [next, fold(next)];
  }
  if (keyword.length === 0) throw new CryptoError('input-invalid', 'keyword is empty');
  if (utf8(keyword).length > KEYWORD_BYTES_MAX) throw new CryptoError('input-invalid', 'keyword too long');
  return keyword;
}

/** One pass. What case folding says of two letters: lower-casing alone would part `STRASSE` from `Straße`. */
function fold(text: string): string {
  const folded = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ς', 'σ')
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  for (const [system, prefix] of CODE_SYSTEMS) {
    if (folded.startsWith(`${system}|`)) return `${prefix}:${folded.slice(system.length + 1).trim()}`;
  }
  for (const [alias, prefix] of PREFIX_ALIASES) {
    if (folded.startsWith(`${alias}:`)) return `${prefix}:${folded.slice(alias.length + 1).trim()}`;
  }
  return folded;
}

/**
 * PRF(ix_m, keyword) of SCHEME 6, 32 bytes out of 32; the keyword is normalised here. Throws
 * CryptoError('input-invalid').
 */
export function keywordKey(ixLane: Uint8Array, keyword: string): Uint8Array {
  return prf(DOMAIN.keyword, ixLane, utf8(normaliseKeyword(keyword)));
}

/**
 * The tag of the n-th record (n = 0, 1, 2, ...) with this keyword in this lane (SCHEME 6): 16 bytes. Throws
 * CryptoError('input-invalid') when n is none.
 */
export function searchTag(key: Uint8Array, n: number): Uint8Array {
  return prf(DOMAIN.searchTag, key, uint64(n)).slice(0, SEARCH_TAG_BYTES);
}
