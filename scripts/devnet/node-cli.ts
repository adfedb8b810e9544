/** What the devnet shares with `phr`: one way to read a command line and one way to ask a node for its status. */
export {
  conditionText,
  DEVNET_NAME_PREFIX,
  EXIT,
  flagOption,
  numberOption,
  readStatus,
  runCommandLine,
  textOption,
  UsageError,
} from '#node/cli';
export type { CliIo, Command, CommandLine, ExitCode, OptionValues } from '#node/cli';
