import './jitless.ts';
import { AccountState } from './account/state.ts';
import { CALL_MAPS } from './calls.ts';
import type { WorkerContext } from './context.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { wireErrorOf } from './wire-error.ts';

/**
 * The place where keys live. The page asks by name and gets plain data back; it never sees a key.
 */
const scope = globalThis as unknown as {
  postMessage(message: FromWorker): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
};
const running = new Map<number, AbortController>();
/** What works with the keys for minutes: it ends before they are overwritten under it. */
const LONG_WORK = new Set(['patient.add-document', 'patient.import', 'patient.save-file']);
const working = new Set<AbortController>();
const account = new AccountState(
  (session) => scope.postMessage({ kind: 'session', session }),
  () => {
    for (const controller of working) controller.abort();
  },
);

async function answer(id: number, name: string, input: unknown): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  if (LONG_WORK.has(name)) working.add(controller);
  const context: WorkerContext = {
    signedIn: () => account.signedIn,
    account,
    signal: controller.signal,
    progress: (step) => scope.postMessage({ kind: 'progress', id, step }),
  };
  try {
    const load = CALL_MAPS[name.split('.')[0] ?? ''];
    const handler = (await load?.())?.[name];
    if (handler === undefined) throw new TypeError('unknown call');
    scope.postMessage({ kind: 'done', id, output: await handler(context, input as never) });
  } catch (error) {
    scope.postMessage({ kind: 'failed', id, error: wireErrorOf(error) });
  } finally {
    running.delete(id);
    working.delete(controller);
    void account.keepHeight();
  }
}

scope.addEventListener('message', ({ data }) => {
  if (data.kind === 'abort') running.get(data.id)?.abort();
  else void answer(data.id, data.name, data.input);
});
