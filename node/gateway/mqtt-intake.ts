import { connect } from 'mqtt';
import type { IPublishPacket, MqttClient } from 'mqtt';
import { utf8 } from '#crypto';
import { isLoopback } from '#node/client';
import { GatewayError } from './gateway-error.ts';
import { MESSAGE_BYTES_MAX } from './reading.ts';
import type { Door } from './door.ts';

const TOPIC = /^phr\/([^/]+(?:\/[^/]+)?)\/readings$/;
const SUBSCRIPTIONS = ['phr/+/readings', 'phr/+/+/readings'];
/** The broker keeps these: nothing that anybody sends has a place now. */
const KEPT: ReadonlySet<string> = new Set(['queue-full', 'queue-failed']);
const CONNECT_TIMEOUT_MS = 10_000;
const RETRY_MS = 2_000;

/** Where a source publishes its readings, by its address. */
export const readingsTopic = (address: string): string => `phr/${address}/readings`;
/** Where the gateway answers it: `{accepted, flagged, next}` or `{error: {code, facts}}`. */
export const answersTopic = (address: string): string => `phr/${address}/answers`;

export interface MqttIntakeInit {
  readonly door: Door;
  /** `mqtts://...`, or `mqtt://` to a broker on this machine. */
  readonly url: string;
  /** Under which the broker keeps messages while the gateway is away. */
  readonly clientId: string;
}

/**
 * Readings over MQTT with QoS 1: a message is acknowledged to the broker when it is on the gateway's disk, so that
 * the broker keeps and repeats what a dead gateway did not take. What is refused is acknowledged too, or it would stand
 * in the way of everybody else’s; its source learns of it on its answers topic, and keeps and repeats what it may. While
 * the disk takes nothing at all, no message is taken or acknowledged, and the broker repeats all of them in their order
 * (MQTT 3.1.1, 4.4 and 4.6): a later one that got through would make the counters of those before it old.
 */
export class MqttIntake {
  readonly #init: MqttIntakeInit;
  #client: MqttClient | undefined;
  /** Why nothing more is taken until the broker repeats what it keeps. */
  #held: GatewayError | undefined;

  /** @throws GatewayError `transport-insecure` */
  constructor(init: MqttIntakeInit) {
    const url = new URL(init.url);
    if (url.protocol !== 'mqtts:' && !(url.protocol === 'mqtt:' && isLoopback(url)))
      throw new GatewayError('transport-insecure');
    this.#init = init;
  }

  /** Goes on trying by itself when the broker is away. */
  start(): void {
    const client = connect(this.#init.url, {
      clientId: this.#init.clientId,
      clean: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: RETRY_MS,
    });
    this.#client = client;
    // Before the first packet: what a broker has kept for us comes right after the greeting.
    client.handleMessage = (packet, done) => void this.#takeAndAnswer(packet, done);
    client.on('error', () => this.#init.door.refused('', 'unreachable'));
    client.on('reconnect', () => {
      this.#held = undefined;
    });
    client.on('connect', () => client.subscribe(SUBSCRIPTIONS, { qos: 1 }));
  }

  get isConnected(): boolean {
    return this.#client?.connected === true;
  }

  async stop(): Promise<void> {
    await this.#client?.endAsync(true);
  }

  async #takeAndAnswer(packet: IPublishPacket, done: (error?: Error) => void): Promise<void> {
    let failure: Error | undefined;
    try {
      await this.#take(packet);
    } catch (error) {
      failure = error instanceof Error ? error : new GatewayError('queue-failed');
    }
    done(failure);
  }

  /** Resolves when the message may be acknowledged; rejects when the broker is to keep it. */
  async #take({ topic, payload }: IPublishPacket): Promise<void> {
    if (this.#held !== undefined) throw this.#held;
    const address = TOPIC.exec(topic)?.[1] ?? '';
    const { door } = this.#init;
    try {
      const bytes = typeof payload === 'string' ? utf8(payload) : payload;
      if (bytes.length > MESSAGE_BYTES_MAX + 64)
        throw new GatewayError('message-too-large', { bytesMax: MESSAGE_BYTES_MAX });
      const entry = door.enter(address);
      const message = entry.openMessage(topic, bytes);
      this.#answer(address, await entry.accept(message));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const { code, facts } = error;
      door.refused(address, code);
      if (KEPT.has(code)) {
        this.#hold(error);
        throw error;
      }
      // Nobody who can not name a source's secret is answered in its name.
      if (code !== 'forged' && code !== 'source-unknown') this.#answer(address, { error: { code, facts } });
    }
  }

  /** A broker repeats what was not acknowledged on a new connection alone. */
  #hold(error: GatewayError): void {
    this.#held = error;
    this.#client?.stream.destroy();
  }

  #answer(address: string, json: unknown): void {
    this.#client?.publish(answersTopic(address), JSON.stringify(json), { qos: 0 }, () => undefined);
  }
}
