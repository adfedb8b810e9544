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

const PREFIX_ALIASES: readonly (readonly [alias: string, prefix: string])[] = [
  ['sct', 'snomed'],
  ['snomed-ct', 'snomed'],
  ['ln', 'loinc'],
  ['rxn', 'rxnorm'],
];

/**
 * The one form of a keyword that writers and searchers both use (SCHEME 6): NFKC, lower case, no control or
 * formatting characters, single spaces, FHIR code systems as short prefixes (`loinc:4548-4`). Idempotent.
 * Throws CryptoError('input-invalid') when nothing is left or more than 256 bytes are.
 */
export function normaliseKeyword(text: string): string {
  if (text.length > 16 * KEYWORD_BYTES_MAX) throw new CryptoError('input-invalid', 'keyword too long');
  let keyword = text.toWellFormed();
  // Lower-casing can undo NFKC for a few letters, so both are repeated until nothing changes.
  for (let pass = 0; pass < 8; pass++) {
    const next = fold(keyword);
    if (next === keyword) break;
    keyword = next;
  }
  if (keyword.length === 0) throw new CryptoError('input-invalid', 'keyword is empty');
  if (utf8(keyword).length > KEYWORD_BYTES_MAX) throw new CryptoError('input-invalid', 'keyword too long');
  return keyword;
}

function fold(text: string): string {
  const folded = text
    .normalize('NFKC')
    .toLowerCase()
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
