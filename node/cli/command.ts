import type { ParseArgsConfig, parseArgs } from 'node:util';

/** What `phr` answers to the shell. */
export const EXIT = { ok: 0, error: 1, usage: 2, degraded: 3, unavailable: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The world of one run, injected so that tests own it. */
export interface CliIo {
  /** Writes text to standard output as it is. */
  out(text: string): void;
  /** Writes text to standard error as it is. */
  err(text: string): void;
  /** Width of the terminal that standard error goes to; undefined when it goes to none. */
  readonly columns?: number | undefined;
  /** Relative paths count from here. */
  cwd: string;
  /** Aborted when the operator wants the command to end (SIGINT, SIGTERM). */
  signal: AbortSignal;
}

type OptionSpecs = NonNullable<ParseArgsConfig['options']>;
export type OptionValues = ReturnType<typeof parseArgs>['values'];

/** One verb of a command line: its words, its options, and what it does. */
export interface Command {
  name: string;
  /** One line of the overview. */
  summary: string;
  /** What follows the verb, e.g. `--config <file> [--json]`. */
  usage: string;
  /** Full help, plain text. */
  help: string;
  options: OptionSpecs;
  positionals: { min: number; max: number };
  run(args: CommandArgs): Promise<ExitCode> | ExitCode;
}

export interface CommandArgs {
  values: OptionValues;
  positionals: string[];
  io: CliIo;
}

/** The words on the command line do not fit the command: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'usage';
}

/** The text value of an option, or undefined when it was not given. */
export function textOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws UsageError when the option was not given */
export function requiredOption(values: OptionValues, name: string): string {
  const value = textOption(values, name);
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing`);
  return value;
}

/** A whole number from `min` to `max`. @throws UsageError */
export function numberOption(
  values: OptionValues,
  name: string,
  bounds: { min: number; max: number },
): number | undefined {
  const text = textOption(values, name);
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= bounds.min && value <= bounds.max)) {
    throw new UsageError(`--${name} takes a whole number from ${bounds.min} to ${bounds.max}`);
  }
  return value;
}

export function flagOption(values: OptionValues, name: string): boolean {
  return values[name] === true;
}

/** Every text of an option that may be given several times. */
export function textsOption(values: OptionValues, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
