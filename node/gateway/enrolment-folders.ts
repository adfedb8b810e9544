import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FIRST_ENROLMENT, isSourceName } from './source-secret.ts';

/** Of every enrolment: what it is, with its keys sealed. */
export const HOME_FILE = 'gateway.json';
const FOLDER = 'enrolments';
/** A ward, or a clinic; what is more wants a second gateway. */
export const ENROLMENTS_MAX = 256;

/** Where an enrolment lies: the first in the gateway's directory itself, each other one in a folder of its own. */
export function enrolmentDirectory(directory: string, name: string): string {
  return name === FIRST_ENROLMENT ? directory : join(directory, FOLDER, name);
}

/** Names of the enrolments of a gateway, the first one first. */
export function enrolmentNames(directory: string): string[] {
  const folder = join(directory, FOLDER);
  const others = existsSync(folder) ? readdirSync(folder).filter(isSourceName).toSorted() : [];
  return [FIRST_ENROLMENT, ...others].filter((name) =>
    existsSync(join(enrolmentDirectory(directory, name), HOME_FILE)),
  );
}
