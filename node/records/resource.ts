/** JSON as it came from outside: nothing about it is known but that it is an object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A FHIR resource of any type; only `resourceType` has been looked at. */
export type Resource = JsonObject & { readonly resourceType: string };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectsOf = (value: unknown): JsonObject[] =>
  (Array.isArray(value) ? value : [value]).filter(isObject);

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** Follows member names through objects, the first element of arrays taken; undefined when the path ends. */
export function at(value: unknown, ...path: string[]): unknown {
  let here = value;
  for (const name of path) {
    const [first] = objectsOf(here);
    here = first?.[name];
  }
  return here;
}

export interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string | undefined;
}

/** Codings of a CodeableConcept (or a list of them) that have both system and code. */
export function codingsOf(concept: unknown): Coding[] {
  return objectsOf(concept)
    .flatMap((one) => objectsOf(one['coding']))
    .flatMap((coding) => {
      const system = textOf(coding['system']);
      const code = textOf(coding['code']);
      return system !== undefined && code !== undefined
        ? [{ system, code, display: textOf(coding['display']) }]
        : [];
    });
}

export const resourceTypeOf = (resource: unknown): string => textOf(at(resource, 'resourceType')) ?? '';
