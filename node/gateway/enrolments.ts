import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes } from '#crypto';
import type { Backend } from '#crypto';
import { enrolmentDirectory, enrolmentNames, HOME_FILE } from './enrolment-folders.ts';
import { GatewayError } from './gateway-error.ts';
import { openGatewayHome, readHomeFile } from './gateway-home.ts';
import type { GatewayHome } from './gateway-home.ts';
import { FIRST_ENROLMENT } from './source-secret.ts';

/** What can be said of an enrolment without its passphrase. */
export interface EnrolmentFacts {
  readonly name: string;
  /** Hex; null when the file is damaged. */
  readonly patient: string | null;
  readonly nodeUrl: string | null;
}

export function listEnrolments(directory: string): EnrolmentFacts[] {
  return enrolmentNames(directory).map((name) => {
    const facts = readHomeFile(enrolmentDirectory(directory, name));
    return { name, patient: facts?.patient ?? null, nodeUrl: facts?.nodeUrl ?? null };
  });
}

/**
 * Opens every enrolment of a gateway. One that does not open, or is of another network than the first, is left out and
 * named: it holds up nobody else.
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

/**
 * Destroys the keys of an enrolment. A gateway that runs takes nothing for it from the next message on, and still sends
 * what it has accepted; in one that is started anew that can be opened by nobody.
 * @throws GatewayError `not-enrolled`
 */
export function withdrawEnrolment(directory: string, name: string): void {
  if (!enrolmentNames(directory).includes(name)) throw new GatewayError('not-enrolled', { enrolment: name });
  const own = enrolmentDirectory(directory, name);
  rmSync(join(own, HOME_FILE));
  rmSync(join(own, 'sources.json'), { force: true });
  if (name !== FIRST_ENROLMENT) rmSync(own, { recursive: true, force: true });
}
