import { identityInput } from '#crypto/identity';
import { ClientError } from './client-error.ts';

/** What an identity document says about a person. Never leaves the client but blinded. */
export interface Identity {
  readonly familyName: string;
  readonly givenNames: string;
  /** `YYYY-MM-DD`. */
  readonly birthDate: string;
  /** A number that the person keeps for life (insurance, national register), with its country (ISO 3166, 2 letters). */
  readonly number?: { readonly country: string; readonly value: string };
}

export type IdentityBasis = 'names' | 'number';

/** Letters that do not come apart into a base letter and a mark. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'a',
  œ: 'o',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
};
const NAME_LENGTH_MAX = 200;

/**
 * One form for the ways in which people and machines write a name: case, marks, apostrophes, hyphens and spaces fall
 * away, and the spellings of a passport's machine-readable lines (ICAO 9303: Müller is MUELLER) meet those without
 * (Muller). Gives the words. Some different names fall together; a human decides what a match means.
 */
export function nameWords(name: string): string[] {
  if (name.length > NAME_LENGTH_MAX) throw new ClientError('input-invalid', { what: 'name too long' });
  const folded = name
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[ßæœøđðþłı]/g, (letter) => LETTERS[letter] ?? letter)
    .replaceAll(/([aou])e/g, '$1')
    .replaceAll('aa', 'a')
    .replaceAll(/['’ʼ`.]/g, '');
  return folded.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

/**
 * The inputs of the oblivious PRF, 32 bytes each: all words of the family name with the first given name and the date
 * of birth, as further given names are often left out; and the number when there is one.
 * @throws ClientError `input-invalid`
 */
export function identityInputs(identity: Identity): { basis: IdentityBasis; input: Uint8Array }[] {
  const family = nameWords(identity.familyName).join('');
  const [given = ''] = nameWords(identity.givenNames);
  if (family === '' || given === '') throw new ClientError('input-invalid', { what: 'name' });
  const { birthDate, number } = identity;
  const day = new Date(`${birthDate}T00:00:00Z`);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(birthDate) && !Number.isNaN(day.getTime());
  if (!isDay || day.toISOString().slice(0, 10) !== birthDate)
    throw new ClientError('input-invalid', { what: 'date of birth' });
  const names = { basis: 'names' as const, input: identityInput('names', family, given, birthDate) };
  if (number === undefined) return [names];
  const country = number.country.toUpperCase();
  const value = number.value.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  if (!/^[A-Z]{2}$/.test(country) || value.length < 4 || value.length > 40)
    throw new ClientError('input-invalid', { what: 'number' });
  return [names, { basis: 'number', input: identityInput('number', country, value) }];
}
