import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Backend } from '#crypto';
import { recordIdOf, toHex } from '#crypto';
import { ClientError, ledgerRefusalOf } from '#node/client';
import { DiskSeal } from './disk-seal.ts';
import { GatewayClock } from './gateway-clock.ts';
import type { ClockSources } from './gateway-clock.ts';
import { GatewayError } from './gateway-error.ts';
import { clientOf } from './gateway-home.ts';
import type { GatewayHome } from './gateway-home.ts';
import { HttpIntake } from './http-intake.ts';
import { Intake } from './intake.ts';
import { MqttIntake } from './mqtt-intake.ts';
import { Queue } from './queue.ts';
import type { QueuedObject } from './queue.ts';
import { Segmenter } from './segmenter.ts';
import { Sender } from './sender.ts';
import { SourceEpochs } from './source-epochs.ts';
import { SourceSecrets } from './source-secret.ts';

/** Soon enough for a doctor who looks at a patient, seldom enough that anchors stay few. */
export const SEGMENT_MS_DEFAULT = 2 * 60_000;
export const GRACE_MS_DEFAULT = 60 * 60_000;
const UPKEEP_MS = 15_000;
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 60_000;

export interface GatewayInit {
  readonly home: GatewayHome;
  readonly backend: Backend;
  /** Port for HTTP on loopback; 0 for any. */
  readonly port: number;
  readonly mqttUrl?: string;
  readonly segmentMs?: number;
  /** How long after its end a day is compacted. */
  readonly graceMs?: number;
  readonly clock?: ClockSources;
  readonly fetch?: typeof fetch;
  readonly onAnchored?: (objects: readonly QueuedObject[], height: number) => void;
  /** Told of every failure to write or send; the work is tried again. */
  readonly onFailure?: (error: unknown) => void;
}

export interface GatewayStatus {
  /** Messages on disk that are in no segment yet. */
  readonly messages: number;
  /** Objects that the ledger does not have yet. */
  readonly waiting: number;
  readonly anchored: number;
  readonly queueBytes: number;
  readonly mqtt: 'off' | 'connected' | 'away';
  /** Code of the last failure to write or send; null when all is well. */
  readonly failure: string | null;
  readonly refusals: Readonly<Record<string, number>>;
  readonly timeMs: number;
}

/** One patient's gateway: intake, queue, segments, sender. */
export class Gateway {
  readonly #queue: Queue;
  readonly #clock: GatewayClock;
  readonly #intake: Intake;
  readonly #segmenter: Segmenter;
  readonly #sender: Sender;
  readonly #http: HttpIntake;
  readonly #mqtt: MqttIntake | undefined;
  readonly #segmentMs: number;
  readonly #height: () => number;
  readonly #onFailure: (error: unknown) => void;
  readonly #refusals: Record<string, number> = {};
  readonly #ended = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  #sending: Promise<void> = Promise.resolve();
  #isSending = false;
  #isAskedAgain = false;
  #failures = 0;
  #failure: string | null = null;

  /** @throws GatewayError `already-running`, `queue-failed`, `transport-insecure` */
  constructor(init: GatewayInit) {
    const { home, backend, port, mqttUrl, onAnchored } = init;
    this.#queue = new Queue(join(home.directory, 'queue.sqlite'), new DiskSeal(home.keys.root), (nonce) =>
      recordIdOf(home.patient, home.keys.id, nonce),
    );
    const sources = init.clock ?? { wall: () => Date.now(), monotonic: () => performance.now() };
    this.#clock = new GatewayClock(sources, this.#queue.number('time') ?? 0);
    home.vault.newestHeight = Math.max(home.vault.newestHeight, this.#queue.number('height') ?? 0);
    const client = clientOf(home, backend, init.fetch);
    this.#onFailure = init.onFailure ?? (() => undefined);
    this.#height = () => client.vault.newestHeight;
    const epochs = new SourceEpochs(home.directory, home.keys.root);
    const secrets = new SourceSecrets(home.keys.root, (source) => epochs.epochOf(source));
    const now = (): number => this.#clock.now();
    this.#intake = new Intake({ queue: this.#queue, now });
    this.#segmentMs = init.segmentMs ?? SEGMENT_MS_DEFAULT;
    this.#segmenter = new Segmenter({
      queue: this.#queue,
      random: (length) => backend.random(length),
      graceMs: init.graceMs ?? GRACE_MS_DEFAULT,
    });
    this.#sender = new Sender({
      queue: this.#queue,
      client,
      clock: this.#clock,
      patient: home.patient,
      writer: home.keys.id,
      ...(onAnchored === undefined ? {} : { onAnchored }),
    });
    const intake = this.#intake;
    const onRefused = (code: string): void => {
      this.#refusals[code] = (this.#refusals[code] ?? 0) + 1;
    };
    this.#http = new HttpIntake({ intake, secrets, port, status: () => this.status(), onRefused });
    const clientId = `phr-gateway-${toHex(home.keys.id).slice(0, 16)}`;
    if (mqttUrl !== undefined)
      this.#mqtt = new MqttIntake({ intake, secrets, url: mqttUrl, clientId, onRefused });
  }

  /** @returns the HTTP port */
  async start(): Promise<number> {
    const port = await this.#http.start();
    this.#mqtt?.start();
    // What an earlier run took in has waited long enough.
    this.segment();
    this.#timers.push(
      setInterval(() => this.segment(), this.#segmentMs),
      setInterval(() => this.compact(), UPKEEP_MS),
    );
    return port;
  }

  /** Stops taking and sending; what is on the disk stays there for the next run. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#ended.abort();
    await this.#mqtt?.stop();
    await this.#http.stop();
    this.#intake.flush();
    await this.#sending;
    this.#remember();
    this.#queue.close();
  }

  /** Puts what has come into segments now, and sends them. */
  segment(): void {
    try {
      this.#intake.flush();
      this.#segmenter.cut(this.#clock.now());
    } catch (error) {
      this.#fail(error);
    }
    this.#send();
  }

  status(): GatewayStatus {
    const connected = this.#mqtt?.isConnected === true ? 'connected' : 'away';
    return {
      messages: this.#queue.intakeRows,
      waiting: this.#queue.waitingObjects,
      anchored: this.#queue.anchoredObjects,
      queueBytes: this.#queue.bytes,
      mqtt: this.#mqtt === undefined ? 'off' : connected,
      failure: this.#intake.failure?.code ?? this.#failure,
      refusals: { ...this.#refusals },
      timeMs: this.#clock.now(),
    };
  }

  /** Compacts the days that are due now, and sends. */
  compact(): void {
    try {
      this.#segmenter.compact(this.#clock.now());
      this.#remember();
    } catch (error) {
      this.#fail(error);
    }
    this.#send();
  }

  #fail(error: unknown): void {
    this.#failure = codeOf(error);
    this.#onFailure(error);
  }

  #remember(): void {
    this.#queue.transaction(() => {
      this.#queue.setNumber('time', this.#clock.now());
      this.#queue.setNumber('height', this.#height());
    });
  }

  #send(): void {
    if (this.#ended.signal.aborted) return;
    this.#isAskedAgain = true;
    if (this.#isSending) return;
    this.#isSending = true;
    this.#sending = this.#sendLoop().finally(() => {
      this.#isSending = false;
    });
  }

  async #sendLoop(): Promise<void> {
    const { signal } = this.#ended;
    while (this.#isAskedAgain && !signal.aborted) {
      this.#isAskedAgain = false;
      try {
        await this.#sender.sendAll(signal);
        this.#failures = 0;
        this.#failure = null;
      } catch (error) {
        if (signal.aborted) return;
        this.#fail(error);
        this.#failures += 1;
        this.#isAskedAgain = true;
        await pause(retryMs(this.#failures), signal);
      }
    }
  }
}

/** Twice as long after every failure, up to a minute, and never all gateways at once. */
function retryMs(failures: number): number {
  const longest = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures, 16));
  return longest / 2 + ((randomBytes(1)[0] ?? 0) / 255) * (longest / 2);
}

function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(finish, timeMs);
    signal.addEventListener('abort', finish, { once: true });
    function finish(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      done();
    }
  });
}

function codeOf(error: unknown): string {
  if (error instanceof GatewayError) return error.code;
  if (error instanceof ClientError) return ledgerRefusalOf(error) ?? error.api?.code ?? error.code;
  return 'internal';
}
