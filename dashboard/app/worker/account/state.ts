import { toHex, wipe } from '#crypto';
import type { PersonKeys } from '#crypto';
import { ClientError } from '#node/client';
import type { SignedIn } from '../context.ts';
import { keepHeight } from '../kept/heights.ts';
import type { LockReason, SessionView } from '../messages.ts';

/** Keys that were made for an application which is not complete yet: it goes on with the same ones. */
export interface Draft {
  readonly keys: PersonKeys;
  isRegistered: boolean;
}

/** Whose keys the worker holds. Nothing of it is ever written anywhere. */
export class AccountState {
  #signedIn: SignedIn | undefined;
  #locked: { name: string; reason: LockReason } | undefined;
  readonly #announce: (session: SessionView) => void;
  readonly #stopWork: () => void;
  readonly #otherTabs: BroadcastChannel | undefined;
  draft: Draft | undefined;
  #keptHeight = 0;

  /** @param stopWork ends what works with the keys, before they are overwritten under it */
  constructor(announce: (session: SessionView) => void, stopWork: () => void = () => undefined) {
    this.#announce = announce;
    this.#stopWork = stopWork;
    // Tabs of one browser share the session at the node: it can be only one person's.
    this.#otherTabs = 'BroadcastChannel' in globalThis ? new BroadcastChannel('phr-session') : undefined;
    this.#otherTabs?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (this.#signedIn !== undefined && data !== this.#signedIn.person.id) this.lock('other-person');
    });
  }

  /** @throws ClientError `no-keys` */
  get signedIn(): SignedIn {
    if (this.#signedIn === undefined) throw new ClientError('no-keys');
    return this.#signedIn;
  }

  get view(): SessionView {
    if (this.#signedIn !== undefined) return { kind: 'signed-in', person: this.#signedIn.person };
    if (this.#locked !== undefined) return { kind: 'locked', ...this.#locked };
    return { kind: 'signed-out' };
  }

  enter(signedIn: SignedIn): void {
    this.#signedIn = signedIn;
    this.#locked = undefined;
    this.draft = undefined;
    this.#otherTabs?.postMessage(signedIn.person.id);
    this.#announce(this.view);
  }

  /** Forgets the keys; the page stays where it is and asks for the passphrase again. */
  lock(reason: LockReason = 'idle'): void {
    if (this.#signedIn === undefined) return;
    this.#locked = { name: this.#signedIn.person.name, reason };
    this.#forget();
  }

  leave(): void {
    this.#locked = undefined;
    this.#forget();
  }

  /** Writes down how far the network was seen to be, so that the next visit takes nothing older. */
  async keepHeight(): Promise<void> {
    const client = this.#signedIn?.client;
    if (client === undefined) return;
    const { newestHeight } = client.vault;
    if (newestHeight <= this.#keptHeight) return;
    this.#keptHeight = newestHeight;
    await keepHeight(toHex(client.chainId), newestHeight);
  }

  /** Whether these keys are those of the person who is signed in. */
  isSelf(keys: PersonKeys): boolean {
    return (
      toHex(keys.id) === this.signedIn.person.id && toHex(keys.root) === toHex(this.signedIn.client.keys.root)
    );
  }

  #forget(): void {
    this.#stopWork();
    const keys = this.#signedIn?.client.keys;
    // What this code holds is overwritten; copies that the engine made are collected with the worker's memory.
    if (keys !== undefined) {
      wipe(keys.root, keys.sign.secretKey, keys.seal.secretKey, keys.delegate.secret);
      for (const keyring of this.#signedIn?.client.vault.keyrings ?? []) {
        for (const { seed } of keyring.seeds) wipe(seed);
      }
    }
    this.#signedIn = undefined;
    this.#announce(this.view);
  }
}
