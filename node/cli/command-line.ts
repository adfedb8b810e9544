import { parseArgs } from 'node:util';
import { EXIT, UsageError } from './command.ts';
import type { CliIo, Command, ExitCode } from './command.ts';
import { foldColumns, foldHelp, foldLine, foldUsage, usageWords } from './terminal-text.ts';

/** A program of several verbs: `phr`, and the devnet. */
export interface CommandLine {
  program: string;
  about: string;
  commands: readonly Command[];
  /** The sentences a thrown error deserves; the first line says what is wrong. */
  describeError(error: unknown): string;
  /** Exit code for a thrown error; 1 without it. */
  exitCodeFor?(error: unknown): ExitCode;
}

/**
 * Runs one command line.
 *
 * @param argv the words after the program's name
 * @returns the exit code; never throws
 */
export async function runCommandLine(
  line: CommandLine,
  argv: readonly string[],
  io: CliIo,
): Promise<ExitCode> {
  const [verb, ...rest] = argv;
  if (verb === undefined || verb === '--help' || verb === '-h' || verb === 'help') {
    return answerHelp(line, verb === 'help' ? rest[0] : undefined, verb === undefined, io);
  }
  const command = line.commands.find((candidate) => candidate.name === verb);
  if (command === undefined) {
    io.err(`${line.program}: no command "${verb.slice(0, 64)}"; ${line.program} --help lists them\n`);
    return EXIT.usage;
  }
  try {
    const { values, positionals } = parseCommand(command, rest);
    if (values['help'] === true) {
      io.out(helpOf(line, command, io));
      return EXIT.ok;
    }
    return await command.run({ values, positionals, io });
  } catch (error) {
    return answerError(line, command, error, io);
  }
}

function answerError(line: CommandLine, command: Command, error: unknown, io: CliIo): ExitCode {
  const name = `${line.program} ${command.name}`;
  const say = (text: string): void => {
    // Whoever reads a log has its lines whole.
    const { columns } = io;
    const lines = text.split('\n');
    const folded = columns === undefined ? lines : lines.map((one) => foldLine(one, foldColumns(columns)));
    io.err(`${folded.join('\n')}\n`);
  };
  if (io.signal.aborted && isAbort(error)) {
    say(`${name}: stopped, as you asked`);
    return EXIT.interrupted;
  }
  if (error instanceof UsageError) {
    say(`${name}: ${error.message}`);
    io.err(`${foldUsage(name, command.usage, foldColumns(io.columns))}\n`);
    return EXIT.usage;
  }
  say(`${name}: ${line.describeError(error)}`);
  return line.exitCodeFor?.(error) ?? EXIT.error;
}

const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || ('code' in error && error.code === 'aborted'));

function parseCommand(command: Command, words: readonly string[]) {
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: [...words],
      options: { ...command.options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
      strict: true,
    });
  } catch (cause) {
    throw new UsageError(
      cause instanceof Error ? (cause.message.split('. ')[0] ?? 'unknown option') : 'unknown option',
    );
  }
  const { min, max } = command.positionals;
  const given = parsed.positionals.length;
  if (parsed.values['help'] !== true && (given < min || given > max)) {
    throw new UsageError(
      given < min
        ? `${missingWord(command.usage, given)} is missing`
        : `unexpected word "${(parsed.positionals[max] ?? '').slice(0, 64)}"`,
    );
  }
  return parsed;
}

/** What the usage calls the word that is not there. */
function missingWord(usage: string, given: number): string {
  const words = usageWords(usage).filter((word) => word.startsWith('<'));
  return words[given] ?? 'something';
}

function answerHelp(line: CommandLine, verb: string | undefined, missing: boolean, io: CliIo): ExitCode {
  if (verb !== undefined) {
    const command = line.commands.find((candidate) => candidate.name === verb);
    if (command === undefined) {
      io.err(`${line.program}: no command "${verb.slice(0, 64)}"\n`);
      return EXIT.usage;
    }
    io.out(helpOf(line, command, io));
    return EXIT.ok;
  }
  const width = Math.max(...line.commands.map((command) => command.name.length));
  const rows = line.commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  const list = foldHelp(rows.join('\n'), foldColumns(io.columns));
  const text = `${foldHelp(line.about, foldColumns(io.columns))}\n\nusage: ${line.program} <command> [options]\n\n${list}\n\n${line.program} <command> --help says more.\n`;
  if (missing) io.err(text);
  else io.out(text);
  return missing ? EXIT.usage : EXIT.ok;
}

function helpOf(line: CommandLine, command: Command, { columns }: CliIo): string {
  const width = foldColumns(columns);
  const usage = foldUsage(`${line.program} ${command.name}`, command.usage, width);
  return `${usage}\n\n${foldHelp(command.help.replace(/^\n+|\s+$/g, ''), width)}\n`;
}
