import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { equalBytes } from '#crypto';
import type { Backend } from '#crypto';
import { ClientError, ledgerRefusalOf } from '#node/client';
import { Door } from './door.ts';
import { GatewayClock } from './gateway-clock.ts';
import type { ClockSources } from './gateway-clock.ts';
import { enrolmentDirectory, ENROLMENTS_MAX, removeEnrolment, withdrawalOf } from './enrolment-folders.ts';
import { EnrolmentWatch } from './enrolment-watch.ts';
import { GatewayError } from './gateway-error.ts';
import type { GatewayHome } from './gateway-home.ts';
import { HttpIntake } from './http-intake.ts';
import { Intake } from './intake.ts';
import { Lane } from './lane.ts';
import { MqttIntake } from './mqtt-intake.ts';
import type { QueuedObject } from './queue.ts';
import { enrolmentOfLane, QUEUE_FILE, QueueFile } from './queue-file.ts';
import { SendLine } from './send-line.ts';

/** Soon enough for a doctor who looks at a patient, seldom enough that anchors stay few. */
export const SEGMENT_MS_DEFAULT = 2 * 60_000;
export const GRACE_MS_DEFAULT = 60 * 60_000;
const UPKEEP_MS = 15_000;
/** How soon a new enrolment, and the end of one, is seen. */
const LOOK_MS = 2_000;
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
  /** Opens an enrolment that comes while the gateway runs; without it, what comes waits for the next run. */
  readonly open?: (name: string) => Promise<GatewayHome>;
  /** Enrolments that are served at the same time. */
  readonly enrolmentsMax?: number;
  readonly onEnrolment?: (event: EnrolmentEvent) => void;
  /** Told of every failure to write or send, and of the enrolment that it concerns; the work is tried again. */
  readonly onFailure?: (error: unknown, enrolment: string | null) => void;
}

/** What becomes of an enrolment while the gateway runs. */
export type EnrolmentEvent = { readonly enrolment: string } & (
  | { readonly kind: 'taken-up' }
  | { readonly kind: 'left-out'; readonly error: unknown }
  /** It takes nothing more; so many readings are to be sent before its keys are destroyed. */
  | { readonly kind: 'withdrawn'; readonly readings: number }
  /** It is forgotten. What it had not sent, nobody can send any more. */
  | { readonly kind: 'ended'; readonly givenUp: number }
);

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
  readonly #onEnrolment: NonNullable<GatewayInit['onEnrolment']>;
  readonly #directory: string;
  readonly #laneOf: (home: GatewayHome) => Lane;
  readonly #watch: EnrolmentWatch | undefined;
  /** Lanes of which it was said that they are withdrawn. */
  readonly #withdrawn = new Set<Lane>();
  readonly #ended = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #retries = new Map<Lane, NodeJS.Timeout>();
  #failure: string | null = null;

  /** @throws GatewayError `not-enrolled`, `already-running`, `queue-failed`, `transport-insecure` */
  constructor(init: GatewayInit) {
    const { homes, port, mqttUrl, leftOut = [] } = init;
    const [first] = homes;
    if (first === undefined) throw new GatewayError('not-enrolled');
    this.#directory = first.gatewayDirectory;
    this.#file = new QueueFile(join(this.#directory, QUEUE_FILE));
    const sources = init.clock ?? { wall: () => Date.now(), monotonic: () => performance.now() };
    this.#clock = new GatewayClock(sources, this.#file.number('time') ?? 0);
    this.#segmentMs = init.segmentMs ?? SEGMENT_MS_DEFAULT;
    this.#onFailure = init.onFailure ?? (() => undefined);
    this.#onEnrolment = init.onEnrolment ?? (() => undefined);
    const { backend, graceMs = GRACE_MS_DEFAULT, fetch, onAnchored } = init;
    const shared = {
      backend,
      file: this.#file,
      clock: this.#clock,
      graceMs,
      ...(fetch === undefined ? {} : { fetch }),
      ...(onAnchored === undefined ? {} : { onAnchored }),
    };
    this.#laneOf = (home) => new Lane({ home, ...shared });
    this.#lanes = new Map(homes.map((home) => [home.name, this.#laneOf(home)]));
    this.#dropKeyless(leftOut);
    this.#watch = this.#watchOf(init, first.genesis);
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

  #watchOf(
    { open, enrolmentsMax = ENROLMENTS_MAX, leftOut = [] }: GatewayInit,
    genesis: Uint8Array,
  ): EnrolmentWatch | undefined {
    if (open === undefined) return undefined;
    return new EnrolmentWatch({
      directory: this.#directory,
      enrolmentsMax,
      open,
      leftOut,
      served: () => new Set(this.#lanes.keys()),
      take: (home) => {
        if (!equalBytes(genesis, home.genesis)) throw new GatewayError('other-network');
        this.#lanes.set(home.name, this.#laneOf(home));
        this.#onEnrolment({ kind: 'taken-up', enrolment: home.name });
      },
      onLeftOut: (enrolment, error) => this.#onEnrolment({ kind: 'left-out', enrolment, error }),
    });
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
      setInterval(() => void this.look(), LOOK_MS),
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
    await this.#watch?.stop();
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
      this.#try(lane, work);
      this.#ask(lane);
    }
  }

  #try(lane: Lane, work: (lane: Lane) => void): void {
    try {
      work(lane);
    } catch (error) {
      this.#fail(error, lane);
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

  /** Takes up enrolments that are new, and ends those that are withdrawn and may end. */
  async look(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    try {
      for (const lane of this.#lanes.values()) if (!lane.isOpen) this.#try(lane, () => this.#end(lane));
      for (const name of this.leftOut) this.#endUnopened(name);
      await this.#watch?.look();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Enrolments that are there and are not served. */
  get leftOut(): readonly string[] {
    return this.#watch?.leftOut ?? [];
  }

  /** Ends a lane that was withdrawn, when it has sent what it had or is to give that up. */
  #end(lane: Lane): void {
    const { name, queue, withdrawal, hasFiles } = lane;
    if (!this.#withdrawn.has(lane)) {
      this.#withdrawn.add(lane);
      const { readings } = this.#file.unsentOf(queue.lane);
      this.#onEnrolment({ kind: 'withdrawn', enrolment: name, readings });
      this.#intake.flush();
      lane.segment(this.#clock.now());
      this.#ask(lane);
    }
    if (this.#line.isSending(lane) || !(lane.isEmpty || withdrawal === 'give-up')) return;
    clearTimeout(this.#retries.get(lane));
    this.#retries.delete(lane);
    this.#withdrawn.delete(lane);
    this.#lanes.delete(name);
    // The rows go first: what ends here in between ends again at the next start.
    const givenUp = this.#file.giveUp(queue.lane);
    if (hasFiles) removeEnrolment(this.#directory, name);
    this.#onEnrolment({ kind: 'ended', enrolment: name, givenUp });
  }

  /** One that does not open can send nothing: it ends when it has nothing to send, or is to give that up. */
  #endUnopened(name: string): void {
    const withdrawal = withdrawalOf(enrolmentDirectory(this.#directory, name));
    const lanes = this.#file.lanes().filter((lane) => enrolmentOfLane(lane) === name);
    const isEmpty = lanes.every((lane) => this.#file.unsentOf(lane).rows === 0);
    if (withdrawal === null || !(isEmpty || withdrawal === 'give-up')) return;
    const givenUp = lanes.reduce((sum, lane) => sum + this.#file.giveUp(lane), 0);
    removeEnrolment(this.#directory, name);
    this.#onEnrolment({ kind: 'ended', enrolment: name, givenUp });
  }

  /** Rows of lanes whose keys were removed while the gateway was down: nobody can open them any more, and that is said. */
  #dropKeyless(leftOut: readonly string[]): void {
    const kept = new Set([...this.#lanes.values()].map(({ queue }) => queue.lane));
    for (const lane of this.#file.lanes()) {
      const enrolment = enrolmentOfLane(lane);
      if (kept.has(lane) || leftOut.includes(enrolment)) continue;
      this.#onEnrolment({ kind: 'ended', enrolment, givenUp: this.#file.giveUp(lane) });
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
