import { ClientError } from './client-error.ts';

/** JSON Schema 2020-12, as far as the wire needs it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Why a value has not the shape: the words that the node's answers to a malformed request have always used. */
export type ShapeProblem =
  | 'invalid_type'
  | 'invalid_format'
  | 'invalid_value'
  | 'invalid_union'
  | 'too_small'
  | 'too_big'
  | 'unrecognized_keys';

/** Where a value departs from its shape: names of fields and positions, without anything of the value. */
export interface ShapeFault {
  readonly path: readonly (string | number)[];
  readonly problem: ShapeProblem;
}

export type ShapeResult<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly fault: ShapeFault };

type Reader<T> = (value: unknown, path: ShapeFault['path']) => T;

/** Thrown inside a check alone: nobody outside sees one. */
class Departure extends Error {
  readonly fault: ShapeFault;

  constructor(path: ShapeFault['path'], problem: ShapeProblem) {
    super(problem);
    this.fault = { path, problem };
  }
}

/** Base64url without padding, of any length. */
export const BASE64URL = /^[A-Za-z0-9_-]*$/;

/**
 * What a value of the wire looks like: said to others as JSON Schema, and held to strictly. A name that the shape does
 * not have is refused, and what comes out is a new object with the names of the shape alone. Small on purpose, because
 * a browser has to load it before anybody can sign in.
 */
export class Shape<out T> {
  readonly schema: JsonSchema;
  /** Checks one value and gives what is taken over of it. */
  readonly read: Reader<T>;

  constructor(schema: JsonSchema, read: Reader<T>) {
    this.schema = schema;
    this.read = read;
  }

  safeParse(value: unknown): ShapeResult<T> {
    try {
      return { success: true, data: this.read(value, []) };
    } catch (error) {
      if (error instanceof Departure) return { success: false, fault: error.fault };
      throw error;
    }
  }

  /** @throws ClientError `answer-malformed` */
  parse(value: unknown): T {
    const result = this.safeParse(value);
    if (result.success) return result.data;
    throw new ClientError('answer-malformed', { what: result.fault.path.join('.') });
  }
}

/** A field that may be absent. */
export class OptionalShape<out T> extends Shape<T> {
  readonly isOptional = true;
}

export class ObjectShape<F extends Fields> extends Shape<ObjectOf<F>> {
  readonly fields: F;

  constructor(fields: F) {
    const names = Object.keys(fields);
    super(
      {
        type: 'object',
        properties: Object.fromEntries(names.map((name) => [name, fields[name]?.schema])),
        required: names.filter((name) => !(fields[name] instanceof OptionalShape)),
        additionalProperties: false,
      },
      (value, path) => readObject(fields, value, path) as ObjectOf<F>,
    );
    this.fields = fields;
  }
}

export type ShapeOf<S> = S extends Shape<infer T> ? T : never;
type Fields = Readonly<Record<string, Shape<unknown>>>;
type OptionalNames<F extends Fields> = {
  [K in keyof F]: F[K] extends OptionalShape<unknown> ? K : never;
}[keyof F];
type ObjectOf<F extends Fields> = { [K in Exclude<keyof F, OptionalNames<F>>]: ShapeOf<F[K]> } & {
  [K in OptionalNames<F>]?: ShapeOf<F[K]> | undefined;
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readObject(fields: Fields, value: unknown, path: ShapeFault['path']): Record<string, unknown> {
  if (!isRecord(value)) throw new Departure(path, 'invalid_type');
  const read: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(fields)) {
    // Only what is the value's own: a name of every object is not a field of this one.
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (field === undefined && shape instanceof OptionalShape) continue;
    read[name] = shape.read(field, [...path, name]);
  }
  if (Object.keys(value).some((name) => !Object.hasOwn(fields, name)))
    throw new Departure(path, 'unrecognized_keys');
  return read;
}

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function checkBounds(
  { min = -Infinity, max = Infinity }: Bounds,
  size: number,
  path: ShapeFault['path'],
): void {
  if (size < min) throw new Departure(path, 'too_small');
  if (size > max) throw new Departure(path, 'too_big');
}

const bounded = (low: string, high: string, { min, max }: Bounds): JsonSchema => ({
  ...(min === undefined ? {} : { [low]: min }),
  ...(max === undefined ? {} : { [high]: max }),
});

/** @param init bounds of the length in UTF-16 units, looked at after the trimming */
export function text(
  init: Bounds & {
    readonly pattern?: RegExp;
    readonly isTrimmed?: boolean;
    /** What a pattern can not say. */
    readonly isGood?: (taken: string) => boolean;
  } = {},
): Shape<string> {
  const { pattern, isTrimmed = false, isGood } = init;
  const schema = {
    type: 'string',
    ...bounded('minLength', 'maxLength', init),
    ...(pattern && { pattern: pattern.source }),
  };
  return new Shape(schema, (value, path) => {
    if (typeof value !== 'string') throw new Departure(path, 'invalid_type');
    const taken = isTrimmed ? value.trim() : value;
    checkBounds(init, taken.length, path);
    if (pattern?.test(taken) === false || isGood?.(taken) === false)
      throw new Departure(path, 'invalid_format');
    return taken;
  });
}

/** Bytes, in what is DAG-CBOR and not JSON. */
export function bytes(): Shape<Uint8Array> {
  return new Shape({}, (value, path) => {
    if (!(value instanceof Uint8Array)) throw new Departure(path, 'invalid_type');
    return value;
  });
}

/** A whole number that a double holds exactly. */
export function int(bounds: Bounds = {}): Shape<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = bounds;
  return new Shape({ type: 'integer', minimum: min, maximum: max }, (value, path) => {
    if (!Number.isSafeInteger(value)) throw new Departure(path, 'invalid_type');
    checkBounds({ min, max }, value as number, path);
    return value as number;
  });
}

export function bool(): Shape<boolean> {
  return new Shape({ type: 'boolean' }, (value, path) => {
    if (typeof value !== 'boolean') throw new Departure(path, 'invalid_type');
    return value;
  });
}

/** One of some texts or numbers. */
export function choice<const V extends readonly (string | number)[]>(values: V): Shape<V[number]> {
  return new Shape({ enum: values }, (value, path) => {
    if (!values.includes(value as V[number])) throw new Departure(path, 'invalid_value');
    return value as V[number];
  });
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return new Shape({ anyOf: [shape.schema, { type: 'null' }] }, (value, path) =>
    value === null ? null : shape.read(value, path),
  );
}

export function optional<T>(shape: Shape<T>): OptionalShape<T> {
  return new OptionalShape(shape.schema, shape.read);
}

/** @param bounds of the number of items */
export function list<T>(item: Shape<T>, bounds: Bounds = {}): Shape<T[]> {
  const schema = { type: 'array', items: item.schema, ...bounded('minItems', 'maxItems', bounds) };
  return new Shape(schema, (value, path) => {
    if (!Array.isArray(value)) throw new Departure(path, 'invalid_type');
    checkBounds(bounds, value.length, path);
    return value.map((one: unknown, i) => item.read(one, [...path, i]));
  });
}

/** These names and no other. */
export function object<F extends Fields>(fields: F): ObjectShape<F> {
  return new ObjectShape(fields);
}

/** Text, number, truth or null by any name but `__proto__`. */
export function facts(): Shape<Record<string, string | number | boolean | null>> {
  const schema = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } };
  return new Shape(schema, (value, path) => {
    if (!isRecord(value)) throw new Departure(path, 'invalid_type');
    const entries = Object.entries(value).map(([name, fact]) => {
      if (name === '__proto__') throw new Departure(path, 'unrecognized_keys');
      const isPlain = fact === null || typeof fact === 'string' || typeof fact === 'boolean';
      if (!isPlain && !Number.isFinite(fact)) throw new Departure([...path, name], 'invalid_union');
      return [name, fact as string | number | boolean | null] as const;
    });
    return Object.fromEntries(entries);
  });
}
