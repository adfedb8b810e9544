import { connect } from 'mqtt';
import type { IPublishPacket, MqttClient } from 'mqtt';
import { utf8 } from '#crypto';
import { isLoopback } from '#node/client';
import { GatewayError } from './gateway-error.ts';
import type { Intake } from './intake.ts';
import { MESSAGE_BYTES_MAX } from './reading.ts';
import type { SourceSecrets } from './source-secret.ts';

const TOPIC = /^phr\/([^/]+)\/readings$/;
const SUBSCRIPTION = 'phr/+/readings';
const CONNECT_TIMEOUT_MS = 10_000;
const RETRY_MS = 2_000;

/** Where a source publishes its readings. */
export const readingsTopic = (source: string): string => `phr/${source}/readings`;
/** Where the gateway answers it: `{accepted, flagged, next}` or `{error: {code, facts}}`. */
export const answersTopic = (source: string): string => `phr/${source}/answers`;

export interface MqttIntakeInit {
  readonly intake: Intake;
  readonly secrets: SourceSecrets;
  /** `mqtts://...`, or `mqtt://` to a broker on this machine. */
  readonly url: string;
  /** Under which the broker keeps messages while the gateway is away. */
  readonly clientId: string;
  readonly onRefused?: (code: string) => void;
}

/**
 * Readings over MQTT with QoS 1: a message is acknowledged to the broker when it is on the gateway's disk, so that
 * the broker keeps and repeats what a dead gateway did not take. What is refused for good is acknowledged too, or it
 * would come back for ever; the source learns of it on its answers topic.
 */
export class MqttIntake {
  readonly #init: MqttIntakeInit;
  #client: MqttClient | undefined;

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
    client.on('error', () => this.#init.onRefused?.('unreachable'));
    client.on('connect', () => client.subscribe(SUBSCRIPTION, { qos: 1 }));
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
    const source = TOPIC.exec(topic)?.[1] ?? '';
    try {
      const bytes = typeof payload === 'string' ? utf8(payload) : payload;
      if (bytes.length > MESSAGE_BYTES_MAX + 64)
        throw new GatewayError('message-too-large', { bytesMax: MESSAGE_BYTES_MAX });
      const message = this.#init.secrets.openMessage(source, topic, bytes);
      this.#answer(source, await this.#init.intake.accept(source, message));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const { code, facts } = error;
      this.#init.onRefused?.(code);
      if (code === 'queue-full' || code === 'queue-failed' || code === 'sources-full') throw error;
      // Nobody who can not name a source's secret is answered in its name.
      if (code !== 'forged') this.#answer(source, { error: { code, facts } });
    }
  }

  #answer(source: string, json: unknown): void {
    this.#client?.publish(answersTopic(source), JSON.stringify(json), { qos: 0 }, () => undefined);
  }
}
