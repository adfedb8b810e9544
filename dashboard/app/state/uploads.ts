import { effect, signal } from '@preact/signals';
import { call } from '../worker/call.ts';
import { CallError } from '../worker/call-error.ts';
import type { Step } from '../worker/messages.ts';
import type { Written } from '../worker/patient/writing.ts';
import { session } from './session.ts';
import { rememberedUploads, rememberUpload } from './unfinished.ts';

/**
 * `stopped`: nothing is under way, because it failed or because the page was locked; it can go on. `left`: begun in an
 * earlier visit; it goes on when the file is chosen again. `discarded`: what was stored of it is erased.
 */
export type UploadState = 'running' | 'paused' | 'stopped' | 'left' | 'discarding' | 'discarded' | 'done';

/** A document on its way; the file stays where the person chose it, nothing of it is kept here. */
export interface Upload {
  readonly id: string;
  /** Undefined for one of an earlier visit. */
  readonly file?: File | undefined;
  readonly title: string;
  readonly date: string;
  /** Of the file, on the device. */
  readonly name: string;
  readonly size: number;
  readonly state: UploadState;
  readonly step?: Step | undefined;
  readonly error?: CallError | undefined;
  readonly written?: Written | undefined;
  /** The block in which it was agreed to erase what was stored. */
  readonly erasedHeight?: number | undefined;
}

/** Bytes after which what is stored is written down anew. */
const REMEMBERED_STEP_BYTES = 4 * 1024 * 1024;

/** All of this sign-in and what earlier ones left, oldest first; they go on while other pages are looked at. */
export const uploads = signal<readonly Upload[]>([]);

const running = new Map<string, { controller: AbortController; ended: Promise<void> }>();
/** Bytes of each that were written down last. */
const noted = new Map<string, number>();

function change(id: string, part: Partial<Upload>): void {
  uploads.value = uploads.value.map((each) => (each.id === id ? { ...each, ...part } : each));
}

const find = (id: string): Upload | undefined => uploads.peek().find((each) => each.id === id);

export function startUpload(init: { file: File; title: string; date: string }): void {
  const id = crypto.randomUUID();
  const { name, size } = init.file;
  uploads.value = [...uploads.value, { id, ...init, name, size, state: 'running' }];
  run(id);
}

/** Goes on with one of an earlier visit. False when this can not be the file: its size is another one. */
export function continueUpload(id: string, file: File): boolean {
  const upload = find(id);
  if (upload === undefined || file.size !== upload.size) return false;
  change(id, { file });
  run(id);
  return true;
}

/** Takes up what earlier visits began and did not finish. */
export async function recallUploads(): Promise<void> {
  const left = await rememberedUploads();
  const known = new Set(uploads.peek().map(({ id }) => id));
  const more = [...left]
    .filter(([id]) => !known.has(id))
    .map(([id, { title, date, name, size, file, stored }]): Upload => {
      const step = { what: 'file-left', done: stored, total: size, ...(file === '' ? {} : { file }) };
      return { id, title, date, name, size, state: 'left', step };
    });
  if (more.length > 0) uploads.value = [...more, ...uploads.peek()];
}

function run(id: string): void {
  const upload = find(id);
  const { file, title, date, step } = upload ?? {};
  if (file === undefined || title === undefined || date === undefined || running.has(id)) return;
  const controller = new AbortController();
  change(id, { state: 'running', error: undefined });
  const resumes = step?.file === undefined ? {} : { resumes: step.file };
  const ended = send(id, { file, title, date, ...resumes }, controller.signal).finally(() =>
    running.delete(id),
  );
  running.set(id, { controller, ended });
}

async function send(
  id: string,
  input: { file: File; title: string; date: string; resumes?: string },
  stop: AbortSignal,
): Promise<void> {
  try {
    const written = await call(
      'patient.add-document',
      { upload: id, ...input },
      { signal: stop, onProgress: (step) => advance(id, step) },
    );
    noted.delete(id);
    void rememberUpload(id, undefined);
    change(id, { state: 'done', written });
  } catch (error) {
    // A lock ends it without a fault: it goes on when the person is back.
    const isFault = error instanceof CallError && error.code !== 'aborted';
    if (find(id)?.state !== 'discarding') change(id, { state: 'stopped', ...(isFault ? { error } : {}) });
  }
}

/** Written down when it is known what the file is, and then every few megabytes. */
function advance(id: string, step: Step): void {
  change(id, { step });
  const upload = find(id);
  if (upload === undefined || step.file === undefined) return;
  const before = noted.get(id);
  if (before !== undefined && step.done - before < REMEMBERED_STEP_BYTES) return;
  noted.set(id, step.done);
  const { title, date, name, size } = upload;
  void rememberUpload(id, { title, date, name, size, file: step.file, stored: step.done, atMs: Date.now() });
}

/** What is on its way to the node arrives, and nothing more is sent. */
export function pauseUpload(id: string): void {
  change(id, { state: 'paused' });
  void call('patient.pause-upload', { upload: id, isPaused: true });
}

/** Goes on where it was, or behind what the network has when it had stopped. */
export function resumeUpload(id: string): void {
  if (!running.has(id)) {
    run(id);
    return;
  }
  change(id, { state: 'running' });
  void call('patient.pause-upload', { upload: id, isPaused: false });
}

/** Stops it, erases what is stored of it, and forgets it. */
export async function discardUpload(id: string): Promise<void> {
  const upload = find(id);
  if (upload === undefined) return;
  const { title, date, size, step } = upload;
  change(id, { state: 'discarding', error: undefined });
  running.get(id)?.controller.abort();
  await running.get(id)?.ended;
  let height: number | null = null;
  try {
    // One record at most, or nothing yet, when nobody knows what the file is.
    if (step?.file !== undefined)
      ({ height } = await call('patient.discard-upload', { file: step.file, size, title, date }));
  } catch (error) {
    change(id, { state: upload.file === undefined ? 'left' : 'stopped', error: error as CallError });
    return;
  }
  noted.delete(id);
  await rememberUpload(id, undefined);
  // Where nothing was stored there is nothing to say.
  if (height === null) uploads.value = uploads.value.filter((each) => each.id !== id);
  else change(id, { state: 'discarded', erasedHeight: height });
}

let person: string | undefined;
effect(() => {
  const now = session.value;
  if (now.kind === 'locked') return;
  const next = now.kind === 'signed-in' ? now.person.id : undefined;
  // Who signed out, or somebody else: the files of the one before are none of theirs.
  if (next !== person) {
    for (const { controller } of running.values()) controller.abort();
    uploads.value = [];
  }
  person = next;
});

/** A page that is closed takes the choice of files with it: it asks first. */
globalThis.addEventListener('beforeunload', (event) => {
  const open = ['running', 'paused', 'stopped', 'discarding'];
  if (uploads.peek().some(({ state }) => open.includes(state))) event.preventDefault();
});
