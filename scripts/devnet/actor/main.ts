import { toHex } from '#crypto';
import { ClientError } from '#node/client';
import { auditHandlers } from './audit-handlers.ts';
import type { ActorAnswer, ActorRequest, ArgsOf, BeginArgs, CommandName, Refusal } from './commands.ts';
import { emergencyHandlers } from './emergency-handlers.ts';
import type { Handlers, OnProgress } from './handlers.ts';
import { peopleHandlers } from './people-handlers.ts';
import { recordHandlers } from './record-handlers.ts';
import { PersonSession, publicKeysJson } from './session.ts';
import { sharingHandlers } from './sharing-handlers.ts';

/**
 * The process of one person (or device). It alone holds her keys. It takes commands from the process that started it
 * and speaks HTTP to nodes; nothing listens here.
 */
const HANDLERS: Handlers = {
  ...peopleHandlers,
  ...recordHandlers,
  ...sharingHandlers,
  ...emergencyHandlers,
  ...auditHandlers,
};
let session: PersonSession | undefined;

function send(answer: ActorAnswer, then: () => void = () => undefined): void {
  process.send?.(answer, undefined, undefined, then);
}

async function answer(request: ActorRequest): Promise<unknown> {
  if (request.command === 'begin') {
    const args = request.args as BeginArgs;
    session = await PersonSession.begin(args);
    return {
      person: toHex(session.keys.id),
      pid: process.pid,
      keys: publicKeysJson(session.keys),
      opened: session.opened,
    };
  }
  if (session === undefined) throw new Error('not begun');
  if (request.command === 'end') return { vaultBytes: await session.save() };
  const onProgress: OnProgress = ({ what, done, total }) =>
    send({ kind: 'progress', id: request.id, what, done, total });
  return await handle(session, request.command, request.args, onProgress);
}

function handle<K extends Exclude<CommandName, 'begin' | 'end'>>(
  person: PersonSession,
  command: K,
  args: unknown,
  onProgress: OnProgress,
): Promise<unknown> {
  return HANDLERS[command](person, args as ArgsOf<K>, onProgress);
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Error)) return { code: 'unknown', api: null, reason: null, message: 'unknown' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const api = error instanceof ClientError ? error.api : undefined;
  const reason = api?.facts?.['refusal'];
  return {
    code,
    api: api?.code ?? null,
    reason: typeof reason === 'string' ? reason : null,
    message: api?.message ?? error.message,
  };
}

process.on('message', (request: ActorRequest) => {
  void answer(request).then(
    (result) =>
      send(
        { kind: 'result', id: request.id, result },
        () => request.command === 'end' && process.disconnect(),
      ),
    (error: unknown) => {
      // The stack goes to this person's own log; the asker gets codes.
      const facts =
        error instanceof ClientError ? JSON.stringify({ ...error.facts, ...error.api?.facts }) : '';
      process.stderr.write(
        `${request.command}: ${facts} ${error instanceof Error ? (error.stack ?? error.message) : 'unknown'}\n`,
      );
      send({ kind: 'refused', id: request.id, refusal: refusalOf(error) });
    },
  );
});
// When the one who asks is gone, nobody needs this process.
process.on('disconnect', () => process.exit(0));
