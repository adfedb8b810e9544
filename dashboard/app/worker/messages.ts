import type { PersonRole } from '#consensus/ledger';

/** Who is signed in, as the page may know it: no key ever leaves the worker. */
export type SessionView =
  | { kind: 'signed-out' }
  | { kind: 'locked'; name: string; reason: LockReason }
  | { kind: 'signed-in'; person: PersonView };

/**
 * Nobody touched it; the node ended the session; the account is closed, or has other keys; somebody else signed in, in
 * another tab of this browser.
 */
export type LockReason = 'idle' | 'ended' | 'closed' | 'other-person';

export interface PersonView {
  /** Hex. */
  id: string;
  role: PersonRole;
  /** State of the account on the ledger: `pending`, `active`, `refused`, `suspended`. */
  state: string;
  /** As the person calls the account; empty when not known here. */
  name: string;
}

/** One step of a long work: `done` of `total` units of `what`. */
export interface Step {
  done: number;
  total: number;
  what: string;
  /** Institutions that hold what is stored so far, of how many. */
  holders?: number;
  institutions?: number;
  /** Hex: the file that is on its way. */
  file?: string;
}

export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** An error on its way out of the worker. `api` holds the words of the node when it was the node that refused. */
export interface WireError {
  code: string;
  facts: Facts;
  api?: { code: string; message: string; safe: string; action: string };
}

export type ToWorker =
  | { kind: 'call'; id: number; name: string; input: unknown }
  | { kind: 'abort'; id: number };

export type FromWorker =
  | { kind: 'done'; id: number; output: unknown }
  | { kind: 'failed'; id: number; error: WireError }
  | { kind: 'progress'; id: number; step: Step }
  | { kind: 'session'; session: SessionView };
