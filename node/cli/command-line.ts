import { parseArgs } from 'node:util';
import { EXIT, UsageError } from './command.ts';
import type { CliIo, Command, ExitCode } from './command.ts';

/** A program of several verbs: `phr`, and the devnet. */
export interface CommandLine {
  program: string;
  about: string;
  commands: readonly Command[];
  /** The sentences a thrown error deserves; the first line says what is wrong. */
  describeError(error: unknown): string;
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
      io.out(helpOf(line, command));
      return EXIT.ok;
    }
    return await command.run({ values, positionals, io });
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(
        `${line.program} ${command.name}: ${error.message}\nusage: ${line.program} ${command.name} ${command.usage}\n`,
      );
      return EXIT.usage;
    }
    io.err(`${line.program} ${command.name}: ${line.describeError(error)}\n`);
    return EXIT.error;
  }
}

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
        ? 'something is missing'
        : `unexpected word "${(parsed.positionals[max] ?? '').slice(0, 64)}"`,
    );
  }
  return parsed;
}

function answerHelp(line: CommandLine, verb: string | undefined, missing: boolean, io: CliIo): ExitCode {
  if (verb !== undefined) {
    const command = line.commands.find((candidate) => candidate.name === verb);
    if (command === undefined) {
      io.err(`${line.program}: no command "${verb.slice(0, 64)}"\n`);
      return EXIT.usage;
    }
    io.out(helpOf(line, command));
    return EXIT.ok;
  }
  const width = Math.max(...line.commands.map((command) => command.name.length));
  const rows = line.commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  const text = `${line.about}\n\nusage: ${line.program} <command> [options]\n\n${rows.join('\n')}\n\n${line.program} <command> --help says more.\n`;
  if (missing) io.err(text);
  else io.out(text);
  return missing ? EXIT.usage : EXIT.ok;
}

function helpOf(line: CommandLine, command: Command): string {
  return `usage: ${line.program} ${command.name} ${command.usage}\n\n${command.help.trim()}\n`;
}
