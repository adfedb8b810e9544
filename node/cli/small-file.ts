import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { UsageError } from './command.ts';

const TEXT_BYTES_MAX = 64 * 1024;

/** A short text that a person handed over. @throws UsageError */
export function readText(file: string): string {
  try {
    if (statSync(file).size <= TEXT_BYTES_MAX) return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`${basename(file)} cannot be read`);
  }
  throw new UsageError(`${basename(file)} is too long`);
}

/** Writes a file for its owner alone; one that is there is left alone. @throws UsageError */
export function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch {
    throw new UsageError(`${basename(file)} cannot be written, or is there already`);
  }
}
