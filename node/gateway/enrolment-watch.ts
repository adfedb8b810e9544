import { enrolmentDirectory, enrolmentNames, homeStamp } from './enrolment-folders.ts';
import { GatewayError } from './gateway-error.ts';
import type { GatewayHome } from './gateway-home.ts';

/** Instead of a stamp: there was no room for it. */
const FULL = 'full';

export interface EnrolmentWatchInit {
  /** Of the gateway. */
  readonly directory: string;
  readonly enrolmentsMax: number;
  readonly open: (name: string) => Promise<GatewayHome>;
  /** Names of those that the gateway serves. */
  readonly served: () => ReadonlySet<string>;
  /** @throws GatewayError when it does not fit the others */
  readonly take: (home: GatewayHome) => void;
  /** Enrolments that were there when the gateway started, and did not open. */
  readonly leftOut: readonly string[];
  readonly onLeftOut: (name: string, error: unknown) => void;
}

/**
 * Takes up enrolments that come while a gateway runs. One that does not open is reported once, holds up nobody, and is
 * tried again when its file has changed.
 */
export class EnrolmentWatch {
  readonly #init: EnrolmentWatchInit;
  readonly #leftOut: Map<string, string | null>;
  #looking: Promise<void> | undefined;
  #isEnded = false;

  constructor(init: EnrolmentWatchInit) {
    this.#init = init;
    this.#leftOut = new Map(init.leftOut.map((name) => [name, this.#stampOf(name)]));
  }

  /** Enrolments that are there and are not served. */
  get leftOut(): readonly string[] {
    return [...this.#leftOut.keys()];
  }

  /** Looks once; whoever asks meanwhile waits for the same look. */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  /** Resolves when nothing is taken any more. */
  async stop(): Promise<void> {
    this.#isEnded = true;
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { directory, served } = this.#init;
    const names = enrolmentNames(directory);
    for (const name of this.#leftOut.keys()) if (!names.includes(name)) this.#leftOut.delete(name);
    for (const name of names) if (!this.#isEnded && !served().has(name)) await this.#tryOne(name);
  }

  async #tryOne(name: string): Promise<void> {
    const { enrolmentsMax, open, served, take, onLeftOut } = this.#init;
    const isFull = served().size >= enrolmentsMax;
    const stamp = isFull ? FULL : this.#stampOf(name);
    if (this.#leftOut.has(name) && this.#leftOut.get(name) === stamp) return;
    try {
      if (isFull) throw new GatewayError('sources-full', { enrolmentsMax });
      const home = await open(name);
      if (this.#isEnded) return;
      take(home);
      this.#leftOut.delete(name);
    } catch (error) {
      this.#leftOut.set(name, stamp);
      onLeftOut(name, error);
    }
  }

  #stampOf(name: string): string | null {
    return homeStamp(enrolmentDirectory(this.#init.directory, name));
  }
}
