/** Runs tests in this process under one mutant, each the same way every time: seeded chance, bounded loops and waits. */
import { importAfresh } from './module-hooks.ts';
import { state } from './switch.ts';
import { collect, type NotedTest } from './test-interface.ts';

/** Waits that end with nothing are given up after this and many times the processor's time of the test as written. */
const WAIT_MS_MIN = 20_000;
const TURNS_MIN = 200_000;

/** sfc32: chance that starts anew for every test, so that a verdict can be had again. */
function generator(label: string): () => number {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (const letter of label) {
    a ^= letter.charCodeAt(0);
    next();
  }
  return next;
}

let draw = generator('start');

/** Puts seeded chance under Web Crypto and `Math.random`. */
export function seedChance(): void {
  const fill = <T extends ArrayBufferView | null>(array: T): T => {
    if (array === null) return array;
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = draw();
    return array;
  };
  Object.defineProperty(globalThis.crypto, 'getRandomValues', { value: fill, configurable: true });
  Math.random = () => draw() / 2 ** 32;
}

export interface Measured {
  readonly turns: number;
  /** Of the processor: what else the machine does is no part of it. */
  readonly ms: number;
}

export const NOT_MEASURED: Measured = { turns: Number.POSITIVE_INFINITY, ms: 10_000 };

/** Undefined when all went well, else what went wrong. */
async function attempt(label: string, usual: Measured, action: () => Promise<void>): Promise<unknown> {
  draw = generator(label);
  state.turns = 0;
  state.hasHungUp = false;
  state.turnsMax = TURNS_MIN + 20 * usual.turns;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const give = () => {
      state.hasHungUp = true;
      reject(new Error('waits for ever'));
    };
    timer = setTimeout(give, WAIT_MS_MIN + 50 * usual.ms);
  });
  try {
    await Promise.race([action(), limit]);
    // A swallowed stop is a stop all the same.
    return state.hasHungUp ? new Error('a loop does not end') : undefined;
  } catch (error) {
    return error ?? new Error('nothing');
  } finally {
    clearTimeout(timer);
  }
}

export interface Loaded {
  readonly tests: readonly NotedTest[];
  readonly failure: unknown;
}

/** Loads a test file with the room behind it afresh, under the active mutant. */
export async function load(file: string, usual: Measured): Promise<Loaded> {
  let tests: readonly NotedTest[] = [];
  const failure = await attempt(file, usual, async () => {
    tests = await collect(() => importAfresh(file));
  });
  return { tests, failure };
}

export async function runTest(file: string, test: NotedTest, usual: Measured): Promise<unknown> {
  return attempt(`${file} ${test.name}`, usual, () => test.run());
}
