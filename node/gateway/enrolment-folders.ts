import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIRST_ENROLMENT, isSourceName } from './source-secret.ts';

/** Of every enrolment: what it is, with its keys sealed. */
export const HOME_FILE = 'gateway.json';
/** Beside the home of an enrolment that was withdrawn, until its keys are destroyed. */
const WITHDRAWAL_FILE = 'withdrawn';
const GIVE_UP = 'give-up';
const FOLDER = 'enrolments';
/** A ward, or a clinic; what is more wants a second gateway. */
export const ENROLMENTS_MAX = 256;

/** What becomes of readings that an enrolment has not sent when it is withdrawn. */
export type Withdrawal = 'send-first' | typeof GIVE_UP;

/** Where an enrolment lies: the first in the gateway's directory itself, each other one in a folder of its own. */
export function enrolmentDirectory(directory: string, name: string): string {
  return name === FIRST_ENROLMENT ? directory : join(directory, FOLDER, name);
}

/** Names of the enrolments of a gateway, the first one first; those that were withdrawn are there until they end. */
export function enrolmentNames(directory: string): string[] {
  const folder = join(directory, FOLDER);
  const others = existsSync(folder) ? readdirSync(folder).filter(isSourceName).toSorted() : [];
  return [FIRST_ENROLMENT, ...others].filter((name) =>
    existsSync(join(enrolmentDirectory(directory, name), HOME_FILE)),
  );
}

/** Changes when the home of an enrolment does; null when there is none. */
export function homeStamp(own: string): string | null {
  const stat = statSync(join(own, HOME_FILE), { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.ino}/${stat.mtimeNs}/${stat.size}`;
}

/** Whether, and how, the enrolment in this directory was withdrawn. */
export function withdrawalOf(own: string): Withdrawal | null {
  const file = join(own, WITHDRAWAL_FILE);
  if (!existsSync(file)) return null;
  return readFileSync(file, 'utf8') === GIVE_UP ? GIVE_UP : 'send-first';
}

export function markWithdrawn(own: string, how: Withdrawal): void {
  const file = join(own, WITHDRAWAL_FILE);
  writeFileSync(`${file}.new`, how, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

/** Destroys the keys of an enrolment. Its home goes first: without that it is none. */
export function removeEnrolment(directory: string, name: string): void {
  const own = enrolmentDirectory(directory, name);
  rmSync(join(own, HOME_FILE), { force: true });
  for (const file of ['sources.json', WITHDRAWAL_FILE]) rmSync(join(own, file), { force: true });
  if (name !== FIRST_ENROLMENT) rmSync(own, { recursive: true, force: true });
}
