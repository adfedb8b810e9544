import { pino } from 'pino';
import type { DestinationStream } from 'pino';

/**
 * Structured log: facts and an event name in kebab-case, one JSON object a line.
 *
 * Facts are ids, counts and codes. Never plaintext, keys, keywords or names of people.
 */
export interface Logger {
  debug(facts: Record<string, unknown>, event: string): void;
  info(facts: Record<string, unknown>, event: string): void;
  warn(facts: Record<string, unknown>, event: string): void;
  error(facts: Record<string, unknown>, event: string): void;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * An NDJSON logger.
 *
 * @param init.level lowest level written
 * @param init.name institution's name, in every line
 * @param destination where lines go; standard output by default
 */
export function createLogger(
  init: { level: LogLevel; name: string },
  destination?: DestinationStream,
): Logger {
  return pino(
    {
      level: init.level,
      base: { node: init.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'event',
    },
    destination,
  );
}

/** The code or name of a thrown value: what of an unknown error is fit for a log line. */
export function errorCode(error: unknown): string {
  if (error instanceof Error) {
    const code: unknown = 'code' in error ? error.code : undefined;
    return typeof code === 'string' ? code : error.name;
  }
  return 'unknown';
}
