import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';

const FILE = 'backups.json';
const LINES_MAX = 32;

const lineSchema = z.strictObject({
  /** When it was made: names it. */
  createdAtMs: z.int(),
  height: z.int(),
  bytes: z.int(),
  verifiedAtMs: z.nullable(z.int()),
  /** Whether the last check found it whole; null before the first. */
  isWhole: z.nullable(z.boolean()),
});
/** One backup, as the node's own directory remembers it; where it lies is not written down. */
export type BackupLine = z.infer<typeof lineSchema>;
const logSchema = z.strictObject({ backups: z.array(lineSchema).check(z.maxLength(LINES_MAX)) });

/** What was backed up and checked, newest first; empty when nothing was, or the file is none of ours. */
export function readBackupLog(dataDir: string): BackupLine[] {
  try {
    return logSchema.parse(JSON.parse(readFileSync(join(dataDir, FILE), 'utf8'))).backups;
  } catch {
    return [];
  }
}

/** Puts a line in, in the place of an older one about the same backup. */
export function noteBackup(dataDir: string, line: BackupLine): void {
  const others = readBackupLog(dataDir).filter(({ createdAtMs }) => createdAtMs !== line.createdAtMs);
  const backups = [line, ...others].toSorted((a, b) => b.createdAtMs - a.createdAtMs).slice(0, LINES_MAX);
  const temporary = join(dataDir, `${FILE}.new`);
  writeFileSync(temporary, JSON.stringify({ backups }), { mode: 0o600 });
  renameSync(temporary, join(dataDir, FILE));
}
