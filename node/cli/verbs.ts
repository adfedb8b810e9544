import { UsageError } from './command.ts';
import type { CommandArgs, ExitCode } from './command.ts';

/** Steps of one command, by the word that names each. */
export type Verbs = Readonly<Record<string, (args: CommandArgs) => Promise<ExitCode> | ExitCode>>;

/** The words, as they stand in a usage line. */
export const wordsOf = (verbs: Verbs): string => Object.keys(verbs).join(' | ');

/** Runs the step that the first positional names. @throws UsageError when there is none of that name */
export async function runVerb(verbs: Verbs, args: CommandArgs): Promise<ExitCode> {
  const [word = ''] = args.positionals;
  const step = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
  if (step === undefined) throw new UsageError(`no step "${word.slice(0, 32)}"`);
  return await step(args);
}
