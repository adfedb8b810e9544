import type { Progress } from '#node/client';
import type { ArgsOf, CommandName, ResultOf } from './commands.ts';
import type { PersonSession } from './session.ts';

/** Tells the asker how far a long command is. */
export type OnProgress = (progress: Progress) => void;

/** One function for every command but the first and the last, which the process itself answers. */
export type Handlers = {
  [K in Exclude<CommandName, 'begin' | 'end'>]: (
    session: PersonSession,
    args: ArgsOf<K>,
    onProgress: OnProgress,
  ) => Promise<ResultOf<K>>;
};
