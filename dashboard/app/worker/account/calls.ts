import { API_PREFIX, LABEL_LENGTH_MAX } from '#node/client';
import type { SessionLine, WrapLine } from '#node/client';
import type { WorkerContext } from '../context.ts';
import type { SessionView } from '../messages.ts';
import type { Application } from './application.ts';
import type { Entry, UnlockInput } from './entry.ts';
import { statusOf } from './node-status.ts';
import type { Proven } from './proof.ts';
import type { NewKeys } from './recovery.ts';
import type { Registration, RegistrationInput } from './registration.ts';

/** Fetched by who signs in: the proofs of the ledger, the curves, ML-KEM. */
const entry = () => import('./entry.ts');

/** The network as the node describes it, for forms and the page about the node. */
export interface PlaceView {
  node: string;
  name: string;
  network: string;
  version: string;
  chainId: string;
  isDevnet: boolean;
  quorum: number;
  institutions: { id: string; name: string }[];
}

export const accountCalls = {
  /** Who is signed in. */
  'account.session': async ({ account }: WorkerContext, _input: void): Promise<SessionView> => account.view,

  'account.place': async ({ signal }: WorkerContext, _input: void): Promise<PlaceView> => {
    const status = await statusOf(signal);
    return {
      node: status.node,
      name: status.name,
      network: status.network,
      version: status.version,
      chainId: status.chainId,
      isDevnet: status.devnet,
      quorum: status.quorum,
      // Whoever applies chooses among them; that it is a member is proven before anything is sealed to it.
      institutions: status.validators.map(({ id, name }) => ({ id, name })),
    };
  },

  /** What the institutions agreed on for good, from the genesis. */
  'account.agreed': async (
    { signal }: WorkerContext,
    _input: void,
  ): Promise<{ grantThresholdMin: number }> => {
    const { genesis } = await (await import('./place.ts')).placeOf(signal);
    return { grantThresholdMin: genesis.parameters.grantThresholdMin };
  },

  /** What a passkey's PRF is asked with. */
  'account.passkey-salt': async ({ signal }: WorkerContext, _input: void): Promise<Uint8Array> =>
    (await import('./passkey-salt.ts')).saltOf(signal),

  /** Somebody begins to type a passphrase: what opening the account needs is fetched meanwhile. */
  'account.prepare': async (_context: WorkerContext, _input: void): Promise<void> => {
    await entry();
  },

  /** Signs in with one way into an account. @throws CryptoError `open-failed` */
  'account.unlock': async (context: WorkerContext, input: UnlockInput): Promise<Entry> => {
    const { enter, keysOf } = await entry();
    return enter(context, await keysOf(context, input), input.kind === 'passphrase' ? input.name.trim() : '');
  },

  'account.register': async (context: WorkerContext, input: RegistrationInput): Promise<Registration> =>
    (await import('./registration.ts')).register(context, input),

  /** Where one's own application stands, read from the proven state. */
  'account.application': async (context: WorkerContext, _input: void): Promise<Application> =>
    (await import('./application.ts')).application(context),

  /** Takes up what the ledger says of the account now: an application that was approved opens everything. */
  'account.refresh': async (context: WorkerContext, _input: void): Promise<Entry> => {
    const { client, person } = context.signedIn();
    return (await entry()).enter(context, client.keys, person.name);
  },

  /** Wipes the keys from the worker at once; the session at the node ends by itself. */
  'account.lock': async ({ account }: WorkerContext, _input: void): Promise<void> => account.lock(),

  /** The node says that the session is over: by an administrator, from another device, or by time. */
  'account.ended': async (
    { account }: WorkerContext,
    { reason }: { reason: 'ended' | 'closed' },
  ): Promise<void> => account.lock(reason),

  /** Ends the session at the node and forgets the keys even when the node does not answer. */
  'account.sign-out': async ({ account, signal }: WorkerContext, _input: void): Promise<void> => {
    if (account.view.kind !== 'signed-in') {
      account.leave();
      // A lock has wiped the keys and left the session, which the browser holds: now it ends too.
      await fetch(`${API_PREFIX}/session`, { method: 'DELETE', redirect: 'error', signal });
      return;
    }
    const { client } = account.signedIn;
    account.leave();
    await client.signOut({ signal });
  },

  'account.wraps': async ({ signedIn, signal }: WorkerContext, _input: void): Promise<WrapLine[]> =>
    signedIn().client.account.wraps({ signal }),

  'account.add-passkey': async (
    { signedIn, signal }: WorkerContext,
    { prf, label }: { prf: Uint8Array; label: string },
  ): Promise<true> => {
    await signedIn().client.account.addPasskey({ prf, label: label.slice(0, LABEL_LENGTH_MAX) }, { signal });
    return true;
  },

  'account.remove-wrap': async (
    { signedIn, signal }: WorkerContext,
    { lookup }: { lookup: string },
  ): Promise<true> => {
    await signedIn().client.account.removeWrap(lookup, { signal });
    return true;
  },

  /** Whether a way in leads to the account that is open: asked before anything that changes how it is opened. */
  'account.confirm': async (context: WorkerContext, input: UnlockInput): Promise<boolean> =>
    context.account.isSelf(await (await entry()).keysOf(context, input)),

  'account.change-passphrase': async (
    { signedIn, signal }: WorkerContext,
    input: { name: string; passphrase: string },
  ): Promise<true> => {
    await signedIn().client.account.changePassphrase(input, { signal });
    return true;
  },

  'account.recovery-code': async (
    { signedIn, signal }: WorkerContext,
    _input: void,
  ): Promise<{ code: string; person: string }> => {
    const { client, person } = signedIn();
    await client.account.addRecoveryCode({ signal });
    return { code: client.account.recoveryCode(), person: person.id };
  },

  /** Opens the account once more with the code alone, as if everything else were lost. */
  'account.practise': async (context: WorkerContext, { code }: { code: string }): Promise<boolean> => {
    if (!context.signedIn().client.account.isRecoveryCode(code)) return false;
    const { keysOf } = await entry();
    return context.account.isSelf(await keysOf(context, { kind: 'recovery-code', code }));
  },

  'account.sessions': async ({ signedIn, signal }: WorkerContext, _input: void): Promise<SessionLine[]> =>
    signedIn().client.account.sessions({ signal }),

  'account.end-session': async (
    { signedIn, signal }: WorkerContext,
    { id }: { id: string },
  ): Promise<true> => {
    await signedIn().client.account.endSession(id, { signal });
    return true;
  },

  'account.end-other-sessions': async ({ signedIn, signal }: WorkerContext, _input: void): Promise<true> => {
    await signedIn().client.account.endOtherSessions({ signal });
    return true;
  },

  /** A recovery of one's own account that runs; null when none does. */
  'account.recovery-now': async (
    context: WorkerContext,
    _input: void,
  ): Promise<{ finishFromMs: number } | null> => (await import('./application.ts')).recoveryNow(context),

  /** Stops the recovery of one's own account. */
  'account.stop-recovery': async (
    { signedIn, signal }: WorkerContext,
    _input: void,
  ): Promise<{ height: number }> => {
    const { client } = signedIn();
    const { height } = await client.recoveries.veto(client.keys.id, { signal });
    return { height };
  },

  'account.request-recovery': async (context: WorkerContext, input: { person: string }): Promise<NewKeys> =>
    (await import('./recovery.ts')).requestRecovery(context, input),

  'account.verify-proof': async (context: WorkerContext, input: { file: File }): Promise<Proven> =>
    (await import('./proof.ts')).verifyProof(context, input),
};
