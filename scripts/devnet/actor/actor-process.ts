import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { DevnetError } from '../devnet-error.ts';
import { codeOf } from './commands.ts';
import type { ActorAnswer, ArgsOf, BeginArgs, CommandName, Refusal, ResultOf } from './commands.ts';

const ENTRY = join(import.meta.dirname, 'main.ts');
export const COMMAND_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 15_000;

/** A command that the person's process, her node or the network refused. */
export class ActorRefused extends Error {
  override readonly name = 'ActorRefused';
  readonly refusal: Refusal;
  /** The most telling code. */
  readonly code: string;
  constructor(actor: string, command: string, refusal: Refusal) {
    super(`${actor}: ${command} was refused: ${codeOf(refusal)} (${refusal.message})`);
    this.refusal = refusal;
    this.code = codeOf(refusal);
  }
}

interface Waiting {
  command: string;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
  onProgress: ((what: string, done: number, total: number) => void) | undefined;
}

/** The other end of a person's process. */
export class ActorProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #next = 1;
  /** Person id as hex, once begun. */
  person = '';

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    child.on('message', (answer: ActorAnswer) => this.#settle(answer));
    this.#exited = new Promise((done) => {
      child.once('exit', (code, signal) => {
        const error = new DevnetError('actor-failed', [`the process of ${name} ended (${signal ?? code})`]);
        for (const waiting of this.#waiting.values()) waiting.reject(error);
        this.#waiting.clear();
        done();
      });
    });
  }

  /** Starts the process of a person and makes or opens her keys in it. */
  static async begin(args: BeginArgs, logFile: string): Promise<ActorProcess> {
    const log = openSync(logFile, 'a', 0o600);
    try {
      const child = fork(ENTRY, [], {
        stdio: ['ignore', log, log, 'ipc'],
        execArgv: ['--disable-warning=ExperimentalWarning'],
        env: {
          PATH: process.env['PATH'] ?? '',
          NODE_COMPILE_CACHE: join(tmpdir(), 'phr-mesh-compile-cache'),
        },
      });
      const actor = new ActorProcess(args.name, child);
      actor.person = (await actor.call('begin', args)).person;
      return actor;
    } finally {
      closeSync(log);
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @throws ActorRefused when it was refused, DevnetError `actor-failed` when the process ended or did not answer */
  async call<K extends CommandName>(
    command: K,
    args: ArgsOf<K>,
    options: { timeoutMs?: number; onProgress?: (what: string, done: number, total: number) => void } = {},
  ): Promise<ResultOf<K>> {
    if (!this.running) throw new DevnetError('actor-failed', [`the process of ${this.name} is not running`]);
    const id = this.#next;
    this.#next += 1;
    const { timeoutMs = COMMAND_TIMEOUT_MS, onProgress } = options;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { command, resolve, reject, onProgress });
    const timer = setTimeout(() => {
      reject(
        new DevnetError('actor-failed', [
          `${this.name} did not answer ${command} within ${timeoutMs / 1000} s`,
        ]),
      );
    }, timeoutMs);
    this.#child.send({ id, command, args });
    try {
      return (await promise) as ResultOf<K>;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Calls what must be refused. @returns the refusal, or undefined when it was not refused */
  async tryCall<K extends CommandName>(command: K, args: ArgsOf<K>): Promise<ActorRefused | undefined> {
    try {
      await this.call(command, args);
      return undefined;
    } catch (error) {
      if (error instanceof ActorRefused) return error;
      throw error;
    }
  }

  /** The person leaves: the vault is saved, the process ends, its keys are in no memory any more. */
  async leave(): Promise<{ vaultBytes: number }> {
    const result = await this.call('end', {}, { timeoutMs: END_TIMEOUT_MS });
    await this.#exited;
    return result;
  }

  /** Ends the process without further ado. */
  async kill(): Promise<void> {
    if (this.running) this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #settle(answer: ActorAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    switch (answer.kind) {
      case 'progress':
        waiting.onProgress?.(answer.what, answer.done, answer.total);
        return;
      case 'result':
        waiting.resolve(answer.result);
        return;
      case 'refused':
        waiting.reject(new ActorRefused(this.name, waiting.command, answer.refusal));
    }
  }
}
