import { effect, signal } from '@preact/signals';
import { call } from '../worker/call.ts';
import { CallError } from '../worker/call-error.ts';
import type { Step } from '../worker/messages.ts';
import type { Written } from '../worker/patient/writing.ts';
import { session } from './session.ts';

/** `stopped`: nothing is under way, because it failed or because the page was locked; it can go on. */
export type UploadState = 'running' | 'paused' | 'stopped' | 'done';

/** A document on its way; the file stays where the person chose it, nothing of it is kept here. */
export interface Upload {
  readonly id: string;
  readonly file: File;
  readonly title: string;
  readonly date: string;
  readonly state: UploadState;
  readonly step?: Step | undefined;
  readonly error?: CallError | undefined;
  readonly written?: Written | undefined;
}

/** All of this sign-in, oldest first; they go on while other pages are looked at. */
export const uploads = signal<readonly Upload[]>([]);

const running = new Map<string, AbortController>();

function change(id: string, part: Partial<Upload>): void {
  uploads.value = uploads.value.map((each) => (each.id === id ? { ...each, ...part } : each));
}

export function startUpload(init: { file: File; title: string; date: string }): void {
  const id = crypto.randomUUID();
  uploads.value = [...uploads.value, { id, ...init, state: 'running' }];
  void run(id);
}

async function run(id: string): Promise<void> {
  const upload = uploads.value.find((each) => each.id === id);
  if (upload === undefined || running.has(id)) return;
  const controller = new AbortController();
  running.set(id, controller);
  change(id, { state: 'running', error: undefined });
  const { file, title, date } = upload;
  try {
    const written = await call(
      'patient.add-document',
      { upload: id, file, title, date },
      { signal: controller.signal, onProgress: (step) => change(id, { step }) },
    );
    change(id, { state: 'done', written });
  } catch (error) {
    // A lock ends it without a fault: it goes on when the person is back.
    const isFault = error instanceof CallError && error.code !== 'aborted';
    change(id, { state: 'stopped', ...(isFault ? { error } : {}) });
  } finally {
    running.delete(id);
  }
}

/** What is on its way to the node arrives, and nothing more is sent. */
export function pauseUpload(id: string): void {
  change(id, { state: 'paused' });
  void call('patient.pause-upload', { upload: id, isPaused: true });
}

/** Goes on where it was, or behind what the network has when it had stopped. */
export function resumeUpload(id: string): void {
  if (!running.has(id)) {
    void run(id);
    return;
  }
  change(id, { state: 'running' });
  void call('patient.pause-upload', { upload: id, isPaused: false });
}

/** Takes it off the list. What is stored of it stays, so that the same file can go on another time. */
export function removeUpload(id: string): void {
  running.get(id)?.abort();
  uploads.value = uploads.value.filter((each) => each.id !== id);
}

let person: string | undefined;
effect(() => {
  const now = session.value;
  if (now.kind === 'locked') return;
  const next = now.kind === 'signed-in' ? now.person.id : undefined;
  // Who signed out, or somebody else: the files of the one before are none of theirs.
  if (next !== person) {
    for (const controller of running.values()) controller.abort();
    uploads.value = [];
  }
  person = next;
});

/** A page that is closed takes the choice of files with it: it asks first. */
globalThis.addEventListener('beforeunload', (event) => {
  if (uploads.peek().some(({ state }) => state !== 'done')) event.preventDefault();
});
