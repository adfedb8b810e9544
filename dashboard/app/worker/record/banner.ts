import type { OpenedRecord } from '#node/client';
import { conceptText } from './describe.ts';
import { at, objectsOf, parseJson, textOf } from './json.ts';
import type { Json } from './json.ts';

/** What every page of a record shows above it. A member that is absent is not known. */
export interface BannerView {
  family?: string;
  given?: string;
  /** `YYYY-MM-DD`. */
  born?: string;
  number?: string;
  /** Empty: looked and found none; absent: nobody said. */
  allergies?: string[];
}

/** SNOMED CT 716186003: no known allergy. */
const NO_KNOWN_ALLERGY = '716186003';

/** From the newest Patient resource and the allergies that are on record. */
export function bannerOf(records: readonly OpenedRecord[]): BannerView {
  const current = records
    .filter(({ hit }) => hit.amendedBy === null)
    .toSorted((a, b) => b.hit.height - a.hit.height)
    .map(({ resource }) => parseJson(resource))
    .filter((json) => json !== undefined);
  const person = current.find((json) => json['resourceType'] === 'Patient');
  const allergies = current.filter((json) => json['resourceType'] === 'AllergyIntolerance' && isActive(json));
  return {
    ...(person === undefined ? {} : personOf(person)),
    ...(allergies.length === 0 ? {} : { allergies: namesOf(allergies) }),
  };
}

function personOf(person: Json): BannerView {
  const family = textOf(at(person, 'name', 'family'));
  const given = at(person, 'name', 'given');
  const givenText = Array.isArray(given)
    ? given.filter((part) => typeof part === 'string').join(' ')
    : textOf(given);
  const born = textOf(person['birthDate']);
  const number = textOf(at(person, 'identifier', 'value'));
  return {
    ...(family === undefined ? {} : { family }),
    ...(givenText === undefined || givenText === '' ? {} : { given: givenText }),
    ...(born === undefined ? {} : { born }),
    ...(number === undefined ? {} : { number }),
  };
}

function isActive(allergy: Json): boolean {
  const code = textOf(at(allergy, 'clinicalStatus', 'coding', 'code'));
  const isRefuted = textOf(at(allergy, 'verificationStatus', 'coding', 'code')) === 'entered-in-error';
  return !isRefuted && (code === undefined || code === 'active');
}

function namesOf(allergies: readonly Json[]): string[] {
  const present = allergies.filter(
    ({ code }) => !objectsOf(at(code, 'coding')).some((coding) => coding['code'] === NO_KNOWN_ALLERGY),
  );
  return [...new Set(present.map(({ code }) => conceptText(code)).filter((text) => text !== ''))];
}
