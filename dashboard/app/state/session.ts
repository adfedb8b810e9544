import { signal } from '@preact/signals';
import type { SessionView } from '../worker/messages.ts';

/** Who is signed in; the worker says it, the page only shows it. */
export const session = signal<SessionView>({ kind: 'unknown' });
