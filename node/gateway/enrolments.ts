import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes } from '#crypto';
import type { Backend } from '#crypto';
import {
  enrolmentDirectory,
  enrolmentNames,
  ENROLMENTS_MAX,
  markWithdrawn,
  removeEnrolment,
  withdrawalOf,
} from './enrolment-folders.ts';
import type { Withdrawal } from './enrolment-folders.ts';
import { GatewayError } from './gateway-error.ts';
import { openGatewayHome, readHomeFile } from './gateway-home.ts';
import type { GatewayHome } from './gateway-home.ts';
import { enrolmentOfLane, QUEUE_FILE, QueueFile } from './queue-file.ts';

/** What can be said of an enrolment without its passphrase. */
export interface EnrolmentFacts {
  readonly name: string;
  /** Hex; null when the file is damaged. */
  readonly patient: string | null;
  readonly nodeUrl: string | null;
  /** It takes nothing more, and ends when what it has is sent. */
  readonly isWithdrawn: boolean;
}

export function listEnrolments(directory: string): EnrolmentFacts[] {
  return enrolmentNames(directory).map((name) => {
    const own = enrolmentDirectory(directory, name);
    const facts = readHomeFile(own);
    const isWithdrawn = withdrawalOf(own) !== null;
    return { name, patient: facts?.patient ?? null, nodeUrl: facts?.nodeUrl ?? null, isWithdrawn };
  });
}

/**
 * Opens every enrolment of a gateway. One that does not open, is of another network than the first or one more than a
 * gateway serves is left out and named: it holds up nobody else.
 * @throws GatewayError `not-enrolled`, and the failure of the first when none opens
 */
export async function openEnrolments(init: {
  readonly backend: Backend;
  readonly directory: string;
  readonly passphrase: string;
}): Promise<{ homes: GatewayHome[]; leftOut: { name: string; error: Error }[] }> {
  const homes: GatewayHome[] = [];
  const leftOut: { name: string; error: Error }[] = [];
  for (const name of enrolmentNames(init.directory)) {
    try {
      if (homes.length >= ENROLMENTS_MAX)
        throw new GatewayError('sources-full', { enrolmentsMax: ENROLMENTS_MAX });
      const home = await openGatewayHome({ ...init, name });
      // Times of blocks set the clock for all lanes: they come from one network.
      if (homes[0] !== undefined && !equalBytes(homes[0].genesis, home.genesis))
        throw new GatewayError('other-network', { enrolment: name });
      homes.push(home);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      leftOut.push({ name, error });
    }
  }
  if (homes.length === 0) throw leftOut[0]?.error ?? new GatewayError('not-enrolled');
  return { homes, leftOut };
}

/** What a withdrawal came to. */
export type Withdrawn =
  /** The keys are destroyed; so many readings were given up. */
  | { readonly kind: 'ended'; readonly givenUp: number }
  /** So many readings are to be sent first: the gateway does that at its next run, and destroys the keys then. */
  | { readonly kind: 'waits'; readonly readings: number }
  /** A gateway runs: it takes nothing more from now on, and ends the enrolment when it may. */
  | { readonly kind: 'running' };

/**
 * Withdraws an enrolment: from the next message on nothing is taken for it. What it has taken is sent, and then its keys
 * are destroyed; with `give-up` they are destroyed at once, and readings that were not sent are lost and counted.
 * @throws GatewayError `not-enrolled`, `queue-failed`
 */
export function withdrawEnrolment(
  directory: string,
  name: string,
  how: Withdrawal = 'send-first',
): Withdrawn {
  if (!enrolmentNames(directory).includes(name)) throw new GatewayError('not-enrolled', { enrolment: name });
  markWithdrawn(enrolmentDirectory(directory, name), how);
  const queue = join(directory, QUEUE_FILE);
  if (!existsSync(queue)) {
    removeEnrolment(directory, name);
    return { kind: 'ended', givenUp: 0 };
  }
  try {
    return withdrawFrom(new QueueFile(queue), directory, name, how);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'already-running') return { kind: 'running' };
    throw error;
  }
}

function withdrawFrom(file: QueueFile, directory: string, name: string, how: Withdrawal): Withdrawn {
  try {
    const lanes = file.lanes().filter((lane) => enrolmentOfLane(lane) === name);
    const unsent = lanes.map((lane) => file.unsentOf(lane));
    if (how === 'send-first' && unsent.some(({ rows }) => rows > 0))
      return { kind: 'waits', readings: unsent.reduce((sum, { readings }) => sum + readings, 0) };
    const givenUp = lanes.reduce((sum, lane) => sum + file.giveUp(lane), 0);
    removeEnrolment(directory, name);
    return { kind: 'ended', givenUp };
  } finally {
    file.close();
  }
}
