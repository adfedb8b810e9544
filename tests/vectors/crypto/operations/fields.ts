import { fromHex, toHex, type Backend } from '#crypto';

/** Typed access to the `in` of a case; bytes are lowercase hex. */
export class Fields {
  readonly #map: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null) throw new TypeError('a case needs an object');
    this.#map = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.#map[name] !== undefined;
  }

  text(name: string): string {
    const value = this.#map[name];
    if (typeof value !== 'string') throw new TypeError(`${name}: expected text`);
    return value;
  }

  bytes(name: string): Uint8Array {
    return fromHex(this.text(name));
  }

  number(name: string): number {
    const value = this.#map[name];
    if (typeof value !== 'number') throw new TypeError(`${name}: expected a number`);
    return value;
  }

  list(name: string): readonly unknown[] {
    const value = this.#map[name];
    if (!Array.isArray(value)) throw new TypeError(`${name}: expected a list`);
    return value;
  }

  bytesList(name: string): Uint8Array[] {
    return this.list(name).map((item) => fromHex(String(item)));
  }

  numbers(name: string): number[] {
    return this.list(name).map(Number);
  }

  fields(name: string): Fields {
    return new Fields(this.#map[name]);
  }

  fieldsList(name: string): Fields[] {
    return this.list(name).map((item) => new Fields(item));
  }
}

/** The result of an operation as JSON: bytes as hex. */
export type Outcome = unknown;

export type Operation = (backend: Backend, input: Fields) => Outcome;

/** The backend with the draws of the case as its randomness; a draw of another length is an error. */
export function withDraws(backend: Backend, input: Fields): Backend {
  const draws = input.bytesList('random');
  return {
    ...backend,
    random(length) {
      const draw = draws.shift();
      if (draw?.length !== length) throw new RangeError('a draw that the case does not have');
      return draw;
    },
  };
}

/** Runs `make` with a backend that notes its draws, which come from `source`. */
export function drawsOf(source: Backend, make: (backend: Backend) => unknown): string[] {
  const draws: string[] = [];
  make({
    ...source,
    random(length) {
      const draw = source.random(length);
      draws.push(toHex(draw));
      return draw;
    },
  });
  return draws;
}

export const hexAll = (list: readonly Uint8Array[]): string[] => list.map(toHex);

