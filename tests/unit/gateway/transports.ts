import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { answersTopic, readingsTopic, sealMessage } from '#node/gateway';
import type { Gateway, GatewayInit } from '#node/gateway';
import { vi } from 'vitest';
import type { Answer, Ward } from './ward.ts';

/** One way from a device to a gateway. */
export interface Transport {
  readonly gateway: Gateway;
  /** Resolves with what the gateway tells the device. */
  send(source: string, message: string): Promise<Answer>;
  /** Messages that the gateway acknowledged to the broker, each with the rows on its disk at that moment. */
  readonly acknowledged: readonly number[];
  close(): Promise<void>;
}

export async function overHttp(ward: Ward): Promise<Transport> {
  const { gateway, url } = await ward.gateway();
  return {
    gateway,
    acknowledged: [],
    send: async (source, message) => (await ward.post(url, source, message)).body,
    close: () => ward.stop(gateway),
  };
}

export async function overMqtt(ward: Ward, init: Partial<GatewayInit> = {}): Promise<Transport> {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const mqttUrl = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const acknowledged: number[] = [];
  const { promise: subscribed, resolve } = Promise.withResolvers<void>();
  broker.on('subscribe', (_topics, client) => {
    if (client.id.startsWith('phr-gateway')) resolve();
  });
  const { gateway } = await ward.gateway({ ...init, mqttUrl });
  broker.on('ack', (_packet, client) => {
    if (client?.id.startsWith('phr-gateway')) acknowledged.push(gateway.status().messages);
  });
  await subscribed;
  const device = await connectAsync(mqttUrl);
  const answers = new Map<string, Answer[]>();
  device.on('message', (topic, payload) =>
    answers.set(topic, [...(answers.get(topic) ?? []), JSON.parse(payload.toString()) as Answer]),
  );
  await device.subscribeAsync('phr/+/answers');
  return {
    gateway,
    acknowledged,
    async send(source, message) {
      const topic = readingsTopic(source);
      const payload = sealMessage(ward.secrets.secretOf(source), topic, new TextEncoder().encode(message));
      await device.publishAsync(topic, Buffer.from(payload), { qos: 1 });
      return await vi.waitFor(
        () => {
          const [first, ...more] = answers.get(answersTopic(source)) ?? [];
          if (first === undefined) throw new Error('no answer yet');
          answers.set(answersTopic(source), more);
          return first;
        },
        { timeout: 20_000, interval: 5 },
      );
    },
    async close() {
      await ward.stop(gateway);
      await device.endAsync(true);
      await new Promise<void>((done) => broker.close(done));
      server.close();
    },
  };
}
