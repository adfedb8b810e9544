import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAM = fileURLToPath(new URL('verify-audit.ts', import.meta.url));
const TIMEOUT_MS = 60_000;

export type OfflineVerdict =
  | { ok: true; height: number; transactions: string[] }
  | { ok: false; reason: string };

export interface OfflineAnswer {
  /** How the process was kept from the network. */
  isolation: string;
  /** Whether it reached the probe in spite of that. */
  reachedNetwork: boolean;
  /** One for each file, in order. */
  verdicts: OfflineVerdict[];
}

/**
 * Verifies exported audits in a process of its own that has no network: in a network namespace without interfaces
 * where the system allows one, and in any case with every way to a socket taken away before anything else is loaded.
 *
 * @param init.probeUrl a running node that the process tries to reach and must not; empty for no try
 */
export async function verifyOffline(init: {
  genesis: string;
  exports: string[];
  probeUrl: string;
}): Promise<OfflineAnswer> {
  const node = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    PROGRAM,
    init.genesis,
    init.probeUrl,
    ...init.exports,
  ];
  const namespace = [
    ['unshare', '-n'],
    ['unshare', '-r', '-n'],
  ].find(
    ([command = '', ...args]) => spawnSync(command, [...args, 'true'], { stdio: 'ignore' }).status === 0,
  );
  const [command = '', ...args] = [...(namespace ?? []), ...node];
  const { stdout } = await promisify(execFile)(command, args, {
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  const isolation =
    namespace === undefined ? 'whose sockets are taken away' : 'without a network (a namespace of its own)';
  return { ...(JSON.parse(stdout) as Omit<OfflineAnswer, 'isolation'>), isolation };
}
