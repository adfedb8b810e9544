import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Backend } from '#crypto';
import { ClientError, ledgerRefusalOf } from '#node/client';
import { Door } from './door.ts';
import { GatewayClock } from './gateway-clock.ts';
import type { ClockSources } from './gateway-clock.ts';
import { GatewayError } from './gateway-error.ts';
import type { GatewayHome } from './gateway-home.ts';
import { HttpIntake } from './http-intake.ts';
import { Intake } from './intake.ts';
import { Lane } from './lane.ts';
import { MqttIntake } from './mqtt-intake.ts';
import type { QueuedObject } from './queue.ts';
import { QueueFile } from './queue-file.ts';
import { SendLine } from './send-line.ts';

/** Soon enough for a doctor who looks at a patient, seldom enough that anchors stay few. */
export const SEGMENT_MS_DEFAULT = 2 * 60_000;
export const GRACE_MS_DEFAULT = 60 * 60_000;
const UPKEEP_MS = 15_000;
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 60_000;

export interface GatewayInit {
  /** Of one network; the first one's directory of the gateway holds the queue. */
  readonly homes: readonly GatewayHome[];
  /** Enrolments that are there and did not open: what the queue has of them is kept. */
  readonly leftOut?: readonly string[];
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
  /** Told of every failure to write or send, and of the enrolment that it concerns; the work is tried again. */
  readonly onFailure?: (error: unknown, enrolment: string | null) => void;
}

/** Of one enrolment, or of all together. */
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

/** A gateway: one intake, one queue and one line of senders for the lanes of all its enrolments. */
export class Gateway {
  readonly #file: QueueFile;
  readonly #clock: GatewayClock;
  readonly #intake: Intake;
  readonly #lanes: Map<string, Lane>;
  readonly #line: SendLine<Lane>;
  readonly #door: Door;
  readonly #http: HttpIntake;
  readonly #mqtt: MqttIntake | undefined;
  readonly #segmentMs: number;
  readonly #onFailure: NonNullable<GatewayInit['onFailure']>;
  readonly #ended = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #retries = new Map<Lane, NodeJS.Timeout>();
  #failure: string | null = null;

  /** @throws GatewayError `not-enrolled`, `already-running`, `queue-failed`, `transport-insecure` */
  constructor(init: GatewayInit) {
    const { homes, port, mqttUrl, leftOut = [] } = init;
    const directory = homes[0]?.gatewayDirectory;
    if (directory === undefined) throw new GatewayError('not-enrolled');
    this.#file = new QueueFile(join(directory, 'queue.sqlite'));
    const sources = init.clock ?? { wall: () => Date.now(), monotonic: () => performance.now() };
    this.#clock = new GatewayClock(sources, this.#file.number('time') ?? 0);
    this.#segmentMs = init.segmentMs ?? SEGMENT_MS_DEFAULT;
    this.#onFailure = init.onFailure ?? (() => undefined);
    const { backend, graceMs = GRACE_MS_DEFAULT, fetch, onAnchored } = init;
    const shared = {
      backend,
      file: this.#file,
      clock: this.#clock,
      graceMs,
      ...(fetch === undefined ? {} : { fetch }),
      ...(onAnchored === undefined ? {} : { onAnchored }),
    };
    this.#lanes = new Map(homes.map((home) => [home.name, new Lane({ home, ...shared })]));
    const names = new Set([...this.#lanes.values()].map(({ queue }) => queue.lane));
    this.#file.keepOnly((lane) => names.has(lane) || leftOut.includes(lane.split('/')[0] ?? ''));
    this.#intake = new Intake({ file: this.#file, now: () => this.#clock.now() });
    this.#line = new SendLine((lane) => this.#turn(lane));
    this.#door = new Door({
      lanes: this.#lanes,
      intake: this.#intake,
      monotonic: () => sources.monotonic(),
      statusOf: (lane) => this.#statusOf([lane], lane.refusals),
    });
    this.#http = new HttpIntake({ door: this.#door, port });
    if (mqttUrl !== undefined)
      this.#mqtt = new MqttIntake({ door: this.#door, url: mqttUrl, clientId: this.#clientId() });
  }

  /** Under which a broker keeps messages while this gateway is away, whichever enrolments come and go. */
  #clientId(): string {
    const known = this.#file.number('client') ?? randomInt(2 ** 47);
    this.#file.setNumber('client', known);
    return `phr-gateway-${known.toString(16)}`;
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
    for (const timer of [...this.#timers, ...this.#retries.values()]) clearTimeout(timer);
    this.#ended.abort();
    await this.#mqtt?.stop();
    await this.#http.stop();
    this.#intake.flush();
    await this.#line.stop();
    this.#remember();
    this.#file.close();
  }

  /** Puts what has come into segments now, and sends them. */
  segment(): void {
    this.#intake.flush();
    this.#each((lane) => lane.segment(this.#clock.now()));
  }

  status(): GatewayStatus & { readonly enrolments: Readonly<Record<string, string | null>> } {
    const lanes = [...this.#lanes.values()];
    return {
      ...this.#statusOf(lanes, this.#door.refusals),
      enrolments: Object.fromEntries(lanes.map(({ name, failure }) => [name, failure])),
    };
  }

  /** Compacts the days that are due now, and sends. */
  compact(): void {
    this.#each((lane) => lane.compact(this.#clock.now()));
    this.#dropWithdrawn();
    try {
      this.#remember();
    } catch (error) {
      this.#fail(error);
    }
  }

  #statusOf(lanes: readonly Lane[], refusals: Readonly<Record<string, number>>): GatewayStatus {
    const sum = (of: (lane: Lane) => number): number => lanes.reduce((all, lane) => all + of(lane), 0);
    const connected = this.#mqtt?.isConnected === true ? 'connected' : 'away';
    const failure = lanes.map((lane) => lane.failure).find((one) => one !== null) ?? null;
    return {
      messages: sum(({ queue }) => queue.intakeRows),
      waiting: sum(({ queue }) => queue.waitingObjects),
      anchored: sum(({ queue }) => queue.anchoredObjects),
      queueBytes: this.#file.bytes,
      mqtt: this.#mqtt === undefined ? 'off' : connected,
      failure: this.#intake.failure?.code ?? failure ?? this.#failure,
      refusals: { ...refusals },
      timeMs: this.#clock.now(),
    };
  }

  /** One lane's failure is its own. */
  #each(work: (lane: Lane) => void): void {
    for (const lane of this.#lanes.values()) {
      try {
        work(lane);
      } catch (error) {
        this.#fail(error, lane);
      }
      this.#ask(lane);
    }
  }

  #fail(error: unknown, lane?: Lane): void {
    if (lane === undefined) this.#failure = codeOf(error);
    else lane.failure = codeOf(error);
    this.#onFailure(error, lane?.name ?? null);
  }

  #remember(): void {
    this.#file.transaction(() => {
      this.#file.setNumber('time', this.#clock.now());
      for (const lane of this.#lanes.values()) lane.remember();
    });
    this.#failure = null;
  }

  /** A lane that was withdrawn and has sent what it had. */
  #dropWithdrawn(): void {
    for (const [name, lane] of this.#lanes) {
      if (lane.isOpen || !lane.isEmpty) continue;
      this.#lanes.delete(name);
      this.#file.transaction(() => this.#file.drop(lane.queue.lane));
    }
  }

  #ask(lane: Lane): void {
    if (!this.#ended.signal.aborted && !this.#retries.has(lane)) this.#line.ask(lane);
  }

  async #turn(lane: Lane): Promise<boolean> {
    const { signal } = this.#ended;
    try {
      const hasMore = await lane.send(signal);
      if (hasMore) return true;
      lane.failures = 0;
      lane.failure = null;
    } catch (error) {
      if (signal.aborted) return false;
      this.#fail(error, lane);
      lane.failures += 1;
      const again = (): void => {
        this.#retries.delete(lane);
        this.#line.ask(lane);
      };
      this.#retries.set(lane, setTimeout(again, retryMs(lane.failures)));
    }
    return false;
  }
}

/** Twice as long after every failure, up to a minute, and never all gateways at once. */
function retryMs(failures: number): number {
  const longest = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures, 16));
  return longest / 2 + ((randomBytes(1)[0] ?? 0) / 255) * (longest / 2);
}

function codeOf(error: unknown): string {
  if (error instanceof GatewayError) return error.code;
  if (error instanceof ClientError) return ledgerRefusalOf(error) ?? error.api?.code ?? error.code;
  return 'internal';
}
