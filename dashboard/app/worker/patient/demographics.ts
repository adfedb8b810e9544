import { encodeResource } from '#node/records';
import type { Authored } from '#node/records';
import { recordsOf } from '../record/chart.ts';
import { parseJson } from '../record/json.ts';
import type { Self } from './self.ts';
import { prepared, upload } from './writing.ts';

const CATEGORY = 'demographics';
const GENDERS = ['female', 'male', 'other', 'unknown'] as const;
/** What the office gave the patient as her number: it means something there and nowhere else. */
const NUMBER_SYSTEM = 'urn:phr-mesh:office-number';

/**
 * Puts into the record who she is, by her own application, when it has no word of it: the application is sealed to the
 * office, and a doctor must never read a record without a name above it.
 */
export async function writeDemographicsOnce(self: Self): Promise<void> {
  const { client, patient, options } = self;
  const init = { patient, categories: [CATEGORY], months: ['all'], keywords: ['type:Patient'] };
  const { records } = await recordsOf(client, init, options);
  if (records.some(({ resource }) => parseJson(resource)?.['resourceType'] === 'Patient')) return;
  const person = await client.people.find(patient, options);
  const profile = person === undefined ? undefined : await client.profiles.of(person, options);
  if (profile === undefined) return;
  const gender = GENDERS.find((each) => each === profile.sex);
  const resource: Authored<'Patient'> = {
    resourceType: 'Patient',
    ...(profile.number === '' ? {} : { identifier: [{ system: NUMBER_SYSTEM, value: profile.number }] }),
    name: [{ use: 'official', family: profile.family, given: [profile.given] }],
    ...(gender === undefined ? {} : { gender }),
    ...(profile.birthDate === '' ? {} : { birthDate: profile.birthDate }),
  };
  await upload(self, [prepared(self, { bytes: encodeResource(resource), resource })]);
}
