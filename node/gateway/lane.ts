import { recordIdOf, toHex } from '#crypto';
import type { Backend } from '#crypto';
import type { PhrClient } from '#node/client';
import { DiskSeal } from './disk-seal.ts';
import type { GatewayClock } from './gateway-clock.ts';
import { withdrawalOf } from './enrolment-folders.ts';
import type { Withdrawal } from './enrolment-folders.ts';
import { clientOf } from './gateway-home.ts';
import type { GatewayHome } from './gateway-home.ts';
import { HomeMark } from './home-mark.ts';
import { Queue } from './queue.ts';
import type { QueuedObject } from './queue.ts';
import type { QueueFile } from './queue-file.ts';
import { Segmenter } from './segmenter.ts';
import { Sender } from './sender.ts';
import { SourceEpochs } from './source-epochs.ts';
import { SourceSecrets } from './source-secret.ts';

export interface LaneInit {
  readonly home: GatewayHome;
  readonly backend: Backend;
  readonly file: QueueFile;
  readonly clock: GatewayClock;
  readonly graceMs: number;
  readonly fetch?: typeof fetch;
  readonly onAnchored?: (objects: readonly QueuedObject[], height: number) => void;
}

/**
 * One enrolment of a gateway: one patient, and keys, kits, secrets of sources, rows of the queue and failures of its
 * own. What happens to one lane happens to no other.
 */
export class Lane {
  readonly name: string;
  /** Hex. */
  readonly patient: string;
  readonly queue: Queue;
  readonly secrets: SourceSecrets;
  readonly refusals: Record<string, number> = {};
  /** Failures to send, one after the other. */
  failures = 0;
  failure: string | null = null;
  readonly #directory: string;
  readonly #mark: HomeMark;
  readonly #client: PhrClient;
  readonly #segmenter: Segmenter;
  readonly #sender: Sender;

  constructor({ home, backend, file, clock, graceMs, fetch, onAnchored }: LaneInit) {
    this.name = home.name;
    this.patient = toHex(home.patient);
    this.#directory = home.directory;
    this.#mark = new HomeMark(home.directory);
    this.queue = new Queue(file, {
      name: home.name,
      seal: new DiskSeal(home.keys.root),
      recordIdOf: (nonce) => recordIdOf(home.patient, home.keys.id, nonce),
    });
    home.vault.newestHeight = Math.max(home.vault.newestHeight, this.queue.number('height') ?? 0);
    this.#client = clientOf(home, backend, fetch);
    const epochs = new SourceEpochs(home.directory, home.keys.root);
    this.secrets = new SourceSecrets(home.keys.root, (source) => epochs.epochOf(source));
    const { queue } = this;
    this.#segmenter = new Segmenter({ queue, random: (length) => backend.random(length), graceMs });
    this.#sender = new Sender({
      queue,
      client: this.#client,
      clock,
      patient: home.patient,
      writer: home.keys.id,
      ...(onAnchored === undefined ? {} : { onAnchored }),
    });
  }

  /** False from the moment the enrolment is withdrawn: nothing is taken any more, and what was taken still goes out. */
  get isOpen(): boolean {
    return this.hasFiles && this.withdrawal === null;
  }

  /** How it was withdrawn; null also when its files are simply gone. */
  get withdrawal(): Withdrawal | null {
    return this.hasFiles ? withdrawalOf(this.#directory) : null;
  }

  /** False when its files are gone, or are another enrolment's by now. */
  get hasFiles(): boolean {
    return this.#mark.isSame();
  }

  /** Nothing of it waits. */
  get isEmpty(): boolean {
    return this.queue.intakeRows === 0 && this.queue.waitingObjects === 0;
  }

  segment(nowMs: number): void {
    this.#segmenter.cut(nowMs);
  }

  compact(nowMs: number): void {
    this.#segmenter.compact(nowMs);
  }

  /** Within a transaction. */
  remember(): void {
    this.queue.setNumber('height', this.#client.vault.newestHeight);
  }

  /** Sends a batch. @returns whether there may be more */
  async send(signal: AbortSignal): Promise<boolean> {
    return await this.#sender.sendTurn(signal);
  }
}
