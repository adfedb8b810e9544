import { ClientError } from '#node/client';
import type { SignedIn } from '../context.ts';
import type { SessionView } from '../messages.ts';

/** Whose keys the worker holds. Nothing of it is ever written anywhere. */
export class AccountState {
  #signedIn: SignedIn | undefined;
  #lockedName: string | undefined;
  readonly #announce: (session: SessionView) => void;

  constructor(announce: (session: SessionView) => void) {
    this.#announce = announce;
  }

  /** @throws ClientError `no-keys` */
  get signedIn(): SignedIn {
    if (this.#signedIn === undefined) throw new ClientError('no-keys');
    return this.#signedIn;
  }

  get view(): SessionView {
    if (this.#signedIn !== undefined) return { kind: 'signed-in', person: this.#signedIn.person };
    if (this.#lockedName !== undefined) return { kind: 'locked', name: this.#lockedName };
    return { kind: 'signed-out' };
  }

  enter(signedIn: SignedIn): void {
    this.#signedIn = signedIn;
    this.#lockedName = undefined;
    this.#announce(this.view);
  }

  /** Forgets the keys; the page stays where it is and asks for the passphrase again. */
  lock(): void {
    if (this.#signedIn === undefined) return;
    this.#lockedName = this.#signedIn.person.name;
    this.#signedIn = undefined;
    this.#announce(this.view);
  }

  leave(): void {
    this.#signedIn = undefined;
    this.#lockedName = undefined;
    this.#announce(this.view);
  }
}
