/** JSON out of a record: whoever wrote it decided what is in it, so nothing is believed to be there. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Objects of a member that may be one, several or something else. */
export const objectsOf = (value: unknown): Json[] =>
  (Array.isArray(value) ? value : [value]).filter(isObject);

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** Follows member names, the first element of a list taken. */
export function at(value: unknown, ...path: string[]): unknown {
  let here = value;
  for (const name of path) here = objectsOf(here)[0]?.[name];
  return here;
}

/** JSON of a record's bytes; undefined when they are none. */
export function parseJson(bytes: Uint8Array): Json | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
