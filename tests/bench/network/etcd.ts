import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * etcd as a peer: processes on loopback as Debian's package starts them, each with a log that is synced before it answers.
 * Spoken to over gRPC with the runtime's HTTP/2 and messages written by hand: no dependency, and its own fast way in.
 */
const PUT = '/etcdserverpb.KV/Put';
const READY_TIMEOUT_MS = 30_000;

/** The installed version, or undefined. */
export function etcdVersion(): string | undefined {
  const { status, stdout } = spawnSync('etcd', ['--version'], { encoding: 'utf8' });
  return status === 0 ? /etcd Version: (\S+)/.exec(stdout)?.[1] : undefined;
}

/** Ports that are free now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** A field of bytes in protobuf; numbers below 16. */
function field(number: number, bytes: Uint8Array): Buffer {
  const length: number[] = [];
  for (let left = bytes.length; ; left >>>= 7) {
    length.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) break;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

/** PutRequest { key = 1, value = 2 } as one uncompressed gRPC message. */
function putMessage(key: Uint8Array, value: Uint8Array): Buffer {
  const body = Buffer.concat([field(1, key), field(2, value)]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

export class EtcdCluster {
  readonly #directory = mkdtempSync(join(tmpdir(), 'phr-bench-etcd-'));
  readonly #members: ChildProcess[] = [];
  readonly #sessions: ClientHttp2Session[] = [];

  static async open(size: number): Promise<EtcdCluster> {
    const cluster = new EtcdCluster();
    const ports = await freePorts(2 * size);
    const url = (port: number | undefined): string => `http://127.0.0.1:${port}`;
    const peers = Array.from({ length: size }, (_, i) => `m${i}=${url(ports[size + i])}`).join(',');
    for (let i = 0; i < size; i++) {
      const words = {
        name: `m${i}`,
        'data-dir': join(cluster.#directory, `m${i}`),
        'listen-client-urls': url(ports[i]),
        'advertise-client-urls': url(ports[i]),
        'listen-peer-urls': url(ports[size + i]),
        'initial-advertise-peer-urls': url(ports[size + i]),
        'initial-cluster': peers,
        'initial-cluster-state': 'new',
        'log-level': 'error',
      };
      const args = Object.entries(words).map(([name, value]) => `--${name}=${value}`);
      cluster.#members.push(spawn('etcd', args, { stdio: 'ignore' }));
      cluster.#sessions.push(connect(url(ports[i])));
    }
    for (const session of cluster.#sessions) session.on('error', () => undefined);
    try {
      await cluster.#untilReady(ports.slice(0, size).map(url));
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** Resolves when the write is committed, as the member asked says. */
  async put(member: number, key: Uint8Array, value: Uint8Array): Promise<void> {
    const session = this.#sessions[member % this.#sessions.length];
    if (session === undefined) throw new Error('no such member');
    const stream = session.request({
      ':method': 'POST',
      ':path': PUT,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status: unknown;
    stream.on('response', (headers) => (status = headers['grpc-status']));
    stream.on('trailers', (headers) => (status = headers['grpc-status']));
    stream.resume();
    stream.end(putMessage(key, value));
    await once(stream, 'close');
    if (status !== '0') throw new Error(`etcd answered ${String(status)}`);
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await Promise.all(
      this.#members.map(async (member) => {
        if (member.exitCode !== null || member.signalCode !== null) return;
        const gone = once(member, 'exit');
        member.kill('SIGTERM');
        await gone;
      }),
    );
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Every member says that it is healthy, which it is with a leader; connections that came too early are made again. */
  async #untilReady(urls: readonly string[]): Promise<void> {
    const until = performance.now() + READY_TIMEOUT_MS;
    for (const [i, url] of urls.entries()) {
      for (;;) {
        const isHealthy = await fetch(`${url}/health`).then(
          async (answer) => (await answer.text()).includes('true'),
          () => false,
        );
        if (isHealthy) break;
        if (performance.now() > until) throw new Error('etcd did not start');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      this.#sessions[i]?.destroy();
      const session = connect(url);
      session.on('error', () => undefined);
      this.#sessions[i] = session;
    }
  }
}
