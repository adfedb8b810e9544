import { session } from '../state/session.ts';
import { scriptUrl } from '../trusted.ts';
import { CallError } from './call-error.ts';
import type { CallName, InputOf, OutputOf } from './calls.ts';
import type { FromWorker, Step, ToWorker } from './messages.ts';
// The bundler makes the address of the built worker of it.
// oxlint-disable-next-line import/default
import workerUrl from './worker.ts?worker&url';

export interface CallInit {
  signal?: AbortSignal;
  onProgress?: (step: Step) => void;
}

interface Waiting {
  resolve: (output: unknown) => void;
  reject: (error: CallError) => void;
  onProgress: ((step: Step) => void) | undefined;
}

const waiting = new Map<number, Waiting>();
let worker: Worker | undefined;
let lastId = 0;

/**
 * Asks the worker, where the keys are.
 *
 * @throws CallError with words for the person; `aborted` when `signal` ended it
 */
export function call<N extends CallName>(
  name: N,
  input: InputOf<N>,
  init: CallInit = {},
): Promise<OutputOf<N>> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const id = ++lastId;
  if (init.signal?.aborted === true) return Promise.reject(new CallError({ code: 'aborted', facts: {} }));
  waiting.set(id, { resolve, reject, onProgress: init.onProgress });
  init.signal?.addEventListener('abort', () => send({ kind: 'abort', id }), { once: true });
  send({ kind: 'call', id, name, input });
  return promise as Promise<OutputOf<N>>;
}

function send(message: ToWorker): void {
  worker ??= start();
  worker.postMessage(message);
}

function start(): Worker {
  const started = new Worker(scriptUrl(workerUrl) as unknown as URL, { type: 'module', name: 'phr-keys' });
  started.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => receive(data));
  started.addEventListener('error', () => {
    for (const each of waiting.values()) each.reject(new CallError({ code: 'worker-failed', facts: {} }));
    waiting.clear();
    session.value = { kind: 'signed-out' };
    worker = undefined;
    started.terminate();
  });
  return started;
}

function receive(message: FromWorker): void {
  if (message.kind === 'session') {
    session.value = message.session;
    return;
  }
  const asked = waiting.get(message.id);
  if (message.kind === 'progress') {
    asked?.onProgress?.(message.step);
    return;
  }
  waiting.delete(message.id);
  if (message.kind === 'done') asked?.resolve(message.output);
  else asked?.reject(new CallError(message.error));
}
