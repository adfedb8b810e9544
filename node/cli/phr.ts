import { ClientError, ledgerRefusalOf } from '#node/client';
import { auditCommand } from './audit.ts';
import { backupCommand } from './backup.ts';
import { checkCommand } from './check.ts';
import { runCommandLine } from './command-line.ts';
import type { CommandLine } from './command-line.ts';
import { EXIT } from './command.ts';
import type { CliIo, ExitCode } from './command.ts';
import { dashboardCommand } from './dashboard.ts';
import { emergencyCommand } from './emergency.ts';
import { explanationOf } from './error-guide.ts';
import { explainCommand } from './explain.ts';
import { exportCommand } from './export.ts';
import { gatewayCommand } from './gateway.ts';
import { genesisCommand } from './genesis.ts';
import { importCommand } from './import.ts';
import { initCommand } from './init.ts';
import { keysCommand } from './keys.ts';
import { memberCommand } from './member.ts';
import { moveCommand } from './move.ts';
import { openCommand } from './open.ts';
import { startCommand } from './start.ts';
import type { StartNode } from './start.ts';
import { statusCommand } from './status.ts';
import { uploadCommand } from './upload.ts';

/**
 * Runs `phr`.
 *
 * @param argv the words after the program's name
 * @param startNode makes the node of `phr start`; only that command calls it
 * @returns the exit code: 0 ok, 1 error, 2 usage, 3 degraded, 4 unavailable, 130 stopped; never throws
 */
export function runCli(argv: readonly string[], io: CliIo, startNode: StartNode): Promise<ExitCode> {
  return runCommandLine(phrCommandLine(startNode), argv, io);
}

export function phrCommandLine(startNode: StartNode): CommandLine {
  return {
    program: 'phr',
    about: 'phr: one institution’s node of PHR Mesh.',
    commands: [
      keysCommand,
      initCommand,
      genesisCommand,
      memberCommand,
      moveCommand,
      dashboardCommand,
      startCommand(startNode),
      statusCommand,
      checkCommand,
      backupCommand,
      auditCommand,
      emergencyCommand,
      importCommand,
      exportCommand,
      uploadCommand,
      openCommand,
      gatewayCommand,
      explainCommand,
    ],
    describeError,
    exitCodeFor,
  };
}

/** The node is away or busy, or alone. */
const AWAY: ReadonlySet<string> = new Set([
  'unreachable',
  'timed-out',
  'unavailable',
  'no-quorum',
  'rate-limited',
]);

/** Code, what it means and what to do. Messages of unknown errors are shown: they come from this machine. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown failure';
  // What the ledger refused says more than that a node did.
  const refusal = ledgerRefusalOf(error);
  const api = error instanceof ClientError ? error.api : undefined;
  const code: unknown = refusal ?? api?.code ?? ('code' in error ? error.code : undefined);
  const explanation = typeof code === 'string' ? explanationOf(code) : undefined;
  if (explanation === undefined) return error.message;
  const message = `${error.message}${refusal === undefined ? factsOf(error) : ` (${refusal})`}`;
  const safe = api === undefined || refusal !== undefined ? '' : ` ${explanation.safe}`;
  return `${message}\n  ${explanation.meaning}${safe} ${explanation.action}`;
}

/** What passes by itself is another code: a script can try again. */
function exitCodeFor(error: unknown): ExitCode {
  const code = error instanceof ClientError ? (error.api?.code ?? error.code) : undefined;
  return code !== undefined && AWAY.has(code) ? EXIT.unavailable : EXIT.error;
}

/** What an error says beside its code: ids, counts, addresses; '' when it has no facts. */
function factsOf(error: Error): string {
  if (!('facts' in error) || typeof error.facts !== 'object' || error.facts === null) return '';
  const facts = Object.entries(error.facts).map(([name, value]) => `${name} ${String(value)}`);
  return facts.length === 0 ? '' : ` (${facts.join(', ')})`;
}
