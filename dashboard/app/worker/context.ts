import type { PhrClient } from '#node/client';
import type { AccountState } from './account/state.ts';
import type { PersonView, Step } from './messages.ts';

/** The person whose keys this worker holds now, with the verified client that uses them. */
export interface SignedIn {
  client: PhrClient;
  person: PersonView;
}

/**
 * What the handler of a call gets besides its input. Input and output are plain structured-cloneable data: ids as hex,
 * CIDs as text, bytes as Uint8Array, files as File.
 */
export interface WorkerContext {
  /** @throws ClientError `no-keys` when nobody is signed in or the account is locked */
  signedIn(): SignedIn;
  readonly account: AccountState;
  /** Aborted when the page does not want the answer any more. */
  readonly signal: AbortSignal;
  progress(step: Step): void;
}
