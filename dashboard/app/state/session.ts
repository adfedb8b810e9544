import { signal } from '@preact/signals';
import type { SessionView } from '../worker/messages.ts';

/** Who is signed in; the worker says it, the page only shows it. A page that was just loaded holds no keys. */
export const session = signal<SessionView>({ kind: 'signed-out' });
