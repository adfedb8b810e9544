import type { WorkerContext } from '../context.ts';
import type { SessionView } from '../messages.ts';

export const accountCalls = {
  /** Who is signed in. */
  'account.session': async ({ account }: WorkerContext, _input: void): Promise<SessionView> => account.view,

  /** Wipes the keys from the worker at once; the session at the node ends by itself. */
  'account.lock': async ({ account }: WorkerContext, _input: void): Promise<void> => account.lock(),

  /** Ends the session at the node and forgets the keys even when the node does not answer. */
  'account.sign-out': async ({ account, signal }: WorkerContext, _input: void): Promise<void> => {
    if (account.view.kind !== 'signed-in') return account.leave();
    const { client } = account.signedIn;
    account.leave();
    await client.signOut({ signal });
  },
};
