import { readdirSync, readFileSync } from 'node:fs';
import * as fhirPackage from 'fhir';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';

const folder = new URL('../../fixtures/fhir/hl7/', import.meta.url);

/** Examples of the FHIR specification, as HL7 publishes them. */
export const EXAMPLES = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, url: new URL(name, folder) }));

interface Definition {
  readonly name: string;
  readonly url: string;
}
type Definitions = Parameters<typeof indexStructureDefinitionBundle>[0];
const definitions = readFileSync(new URL('profiles.ndjson', folder), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Definition);
indexStructureDefinitionBundle(definitions as unknown as Definitions);

interface LooseValidator {
  validate(
    resource: unknown,
    options: { errorOnUnexpected: boolean },
  ): { valid: boolean; messages: { severity: string; message: string; location: string }[] };
}
const fhir = new fhirPackage.Fhir() as unknown as LooseValidator;

/**
 * HL7's profile of each vital sign that has one. Pressures are tested under the common profile of vital signs: this
 * validator cannot follow the nested slices of the profile `bp`, and refuses HL7's own example under it.
 */
const PROFILES: Readonly<Record<string, string>> = {
  '8867-4': 'heartrate',
  '85354-9': 'vitalsigns',
  '8310-5': 'bodytemp',
  '2708-6': 'oxygensat',
  '29463-7': 'bodyweight',
  '8302-2': 'bodyheight',
  '39156-5': 'bmi',
  '9279-1': 'resprate',
};

/** What the validator of the package `fhir` objects to. */
export function faultsByFhir(resource: unknown): string[] {
  const { messages } = fhir.validate(resource, { errorOnUnexpected: true });
  return messages
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ location, message }) => `${location}: ${message}`);
}

/** What Medplum's validator objects to, under the base definition and, for a vital sign, under HL7's profile. */
export function faultsByMedplum(resource: unknown): string[] {
  const checked = resource as Parameters<typeof validateResource>[0];
  const coded = resource as { code?: { coding?: { code?: string }[] }; valueSampledData?: unknown };
  const name = PROFILES[coded.code?.coding?.[0]?.code ?? ''];
  const profile =
    coded.valueSampledData === undefined && definitions.find(({ url }) => url.endsWith(`/${name}`));
  const run = (options?: Parameters<typeof validateResource>[1]): string[] => {
    try {
      return validateResource(checked, options)
        .filter(({ severity }) => severity === 'error' || severity === 'fatal')
        .map((issue) => `${issue.expression?.join() ?? ''}: ${issue.details?.text ?? ''}`);
    } catch (error) {
      return [String(error)];
    }
  };
  const base = run();
  return profile ? [...base, ...run({ profile } as unknown as Parameters<typeof validateResource>[1])] : base;
}
