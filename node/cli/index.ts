export {
  EXIT,
  UsageError,
  flagOption,
  numberOption,
  requiredOption,
  textOption,
  textsOption,
} from './command.ts';
export type { CliIo, Command, CommandArgs, ExitCode, OptionValues } from './command.ts';
export { runCommandLine } from './command-line.ts';
export type { CommandLine } from './command-line.ts';
export { readStatus } from './read-status.ts';
export type { StatusAnswer, StatusFailure } from './read-status.ts';
export { conditionText, exitCodeOf } from './status.ts';
export { describeError, runCli } from './phr.ts';
export type { NodeParts, RunningNode, StartNode } from './start.ts';
export { readNodeParts } from './start.ts';
export { checkNode, verdictOf } from './check.ts';
export type { Finding } from './check.ts';
export { DEVNET_NAME_PREFIX, isDevnetGenesis, isDevnetName, readGenesisFile } from './genesis-file.ts';
