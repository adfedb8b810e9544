import { passkeySalt, toHex } from '#crypto';
import { approvalsNeeded, readRecovery, stateKeys } from '#consensus/ledger';
import { API_PREFIX, LABEL_LENGTH_MAX } from '#node/client';
import type { SessionLine, WrapLine } from '#node/client';
import { everyInstitution } from '../institutions.ts';
import type { WorkerContext } from '../context.ts';
import type { SessionView } from '../messages.ts';
import { enter, keysOf } from './entry.ts';
import type { Entry, UnlockInput } from './entry.ts';
import { placeOf } from './place.ts';
import type { Proven } from './proof.ts';
import type { NewKeys } from './recovery.ts';
import type { Registration, RegistrationInput } from './registration.ts';

/** The network as its genesis describes it, for forms and the page about the node. */
export interface PlaceView {
  node: string;
  name: string;
  network: string;
  version: string;
  chainId: string;
  isDevnet: boolean;
  quorum: number;
  grantThresholdMin: number;
  institutions: { id: string; name: string }[];
  /** What a passkey's PRF is asked with. */
  passkeySalt: Uint8Array;
}

/** Where an application stands. */
export interface Application {
  state: string;
  role: string;
  home: string;
  registeredHeight: number;
  approvals: number;
  approvalsNeeded: number;
  person: string;
}

export const accountCalls = {
  /** Who is signed in. */
  'account.session': async ({ account }: WorkerContext, _input: void): Promise<SessionView> => account.view,

  'account.place': async ({ signal }: WorkerContext, _input: void): Promise<PlaceView> => {
    const place = await placeOf(signal);
    const { status, genesis } = place;
    return {
      node: status.node,
      name: status.name,
      network: status.network,
      version: status.version,
      chainId: status.chainId,
      isDevnet: status.devnet,
      quorum: status.quorum,
      grantThresholdMin: genesis.parameters.grantThresholdMin,
      // Whoever applies chooses among them; that it is a member is proven before anything is sealed to it.
      institutions: status.validators.map(({ id, name }) => ({ id, name })),
      passkeySalt: passkeySalt(place),
    };
  },

  /** Signs in with one way into an account. @throws CryptoError `open-failed` */
  'account.unlock': async (context: WorkerContext, input: UnlockInput): Promise<Entry> =>
    enter(context, await keysOf(context, input), input.kind === 'passphrase' ? input.name.trim() : ''),

  'account.register': async (context: WorkerContext, input: RegistrationInput): Promise<Registration> =>
    (await import('./registration.ts')).register(context, input),

  /** Where one's own application stands, read from the proven state. */
  'account.application': async ({ signedIn, signal }: WorkerContext, _input: void): Promise<Application> => {
    const { client, person } = signedIn();
    const self = await client.people.myself({ signal });
    const role = self?.role ?? person.role;
    const home = everyInstitution(client).find(({ id }) => toHex(id) === toHex(self?.home ?? id));
    return {
      state: self?.status ?? 'unknown',
      role,
      home: home?.name ?? '',
      registeredHeight: self?.registeredHeight ?? 0,
      approvals: self?.approvals.length ?? 0,
      approvalsNeeded: approvalsNeeded(person.role),
      person: person.id,
    };
  },

  /** Takes up what the ledger says of the account now: an application that was approved opens everything. */
  'account.refresh': async (context: WorkerContext, _input: void): Promise<Entry> => {
    const { client, person } = context.signedIn();
    return enter(context, client.keys, person.name);
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
    context.account.isSelf(await keysOf(context, input)),

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
    { signedIn, signal }: WorkerContext,
    _input: void,
  ): Promise<{ finishFromMs: number } | null> => {
    const { client } = signedIn();
    // Asked at every sign-in: read here, so that the code of recoveries is fetched only by who recovers.
    const { id } = client.keys;
    const proven = await client.read([stateKeys.recovery(id)], { signal });
    const found = readRecovery(proven.get, id);
    return found?.status === 'open' ? { finishFromMs: found.finishFromMs } : null;
  },

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
