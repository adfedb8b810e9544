/**
 * What test files import instead of `vitest` while this tool runs them: its own `describe` and `it`, which only note
 * the tests, so that each can be run alone and again; `expect` and `vi` are vitest's.
 */
import { format } from 'node:util';
export { expect, vi } from 'vitest';

type Body = (...parameters: never[]) => unknown;

export interface NotedTest {
  readonly name: string;
  readonly hooks: readonly Hooks[];
  run(): Promise<void>;
}

interface Hooks {
  readonly before: Body[];
  readonly after: Body[];
}

interface Group {
  readonly names: readonly string[];
  readonly hooks: readonly Hooks[];
}

interface WaitingGroup {
  readonly names: readonly string[];
  readonly hooks: readonly Hooks[];
  readonly body: Body;
  readonly parameters: readonly unknown[];
}

const outermost = (): Group => ({ names: [], hooks: [{ before: [], after: [] }] });

let tests: NotedTest[] = [];
let group = outermost();
let waiting: WaitingGroup[] = [];

/** Loads a test file through `load` and gives the tests that it noted: its own, then those of its groups in order. */
export async function collect(load: () => Promise<unknown>): Promise<readonly NotedTest[]> {
  tests = [];
  waiting = [];
  group = outermost();
  await load();
  // One group after the other: a group may be asynchronous, and notes into what is current.
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    group = { names: next.names, hooks: next.hooks };
    await next.body(...(next.parameters as never[]));
  }
  return tests;
}

function bodyOf(rest: readonly unknown[]): Body {
  const body = rest.find((one) => typeof one === 'function');
  if (body === undefined) throw new TypeError('a test without a body');
  return body as Body;
}

function noteTest(name: string, body: Body, parameters: readonly unknown[]): void {
  const { names, hooks } = group;
  const run = async (): Promise<void> => {
    try {
      for (const one of hooks.flatMap(({ before }) => before)) await one();
      await body(...(parameters as never[]));
    } finally {
      for (const one of hooks.flatMap(({ after }) => after)) await one();
    }
  };
  tests.push({ name: [...names, name].join(' > '), hooks, run });
}

function noteGroup(name: string, body: Body, parameters: readonly unknown[]): void {
  const { names, hooks } = group;
  const own: Hooks = { before: [], after: [] };
  waiting.push({ names: [...names, name], hooks: [...hooks, own], body, parameters });
}

/** `$name` of an object, else the placeholders of printf. */
function nameOf(name: string, row: readonly unknown[]): string {
  const [first] = row;
  const fields = typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {};
  const named = name.replaceAll(/\$(\w+)/g, (_, field: string) => String(fields[field]));
  const placeholders = named.match(/%[sdifjo]/g)?.length ?? 0;
  return format(named, ...row.slice(0, placeholders));
}

function forEach(note: typeof noteTest) {
  return (rows: readonly unknown[]) =>
    (name: string, ...rest: readonly unknown[]): void => {
      for (const row of rows) {
        const parameters: readonly unknown[] = Array.isArray(row) ? row : [row];
        note(nameOf(name, parameters), bodyOf(rest), parameters);
      }
    };
}

export const it = Object.assign(
  (name: string, ...rest: readonly unknown[]): void => noteTest(name, bodyOf(rest), []),
  { each: forEach(noteTest) },
);
export const describe = Object.assign(
  (name: string, ...rest: readonly unknown[]): void => noteGroup(name, bodyOf(rest), []),
  { each: forEach(noteGroup) },
);
export const beforeEach = (body: Body): void => void group.hooks.at(-1)?.before.push(body);
export const afterEach = (body: Body): void => void group.hooks.at(-1)?.after.push(body);
// Every test is run alone, so what goes before all of them goes before each.
export { beforeEach as beforeAll, afterEach as afterAll };
