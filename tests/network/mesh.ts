import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gossipsub } from '@chainsafe/libp2p-gossipsub';
import type { GossipSub } from '@chainsafe/libp2p-gossipsub';
import { noise } from '@chainsafe/libp2p-noise';
import { identify } from '@libp2p/identify';
import type { Identify } from '@libp2p/identify';
import type { Libp2p } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { linkOf } from '#crypto';
import type { CID } from '#crypto';
import { createNetwork, peerIdOf } from '#node/network';
import type { Member, Network, NetworkInit, NetworkLogger } from '#node/network';
import { openBlockstore } from '#storage';
import type { DurableBlockstore } from '#storage';

export const TOPIC = 'phr/test';

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: Record<string, unknown>;
}

export function recordingLogger(lines: LogLine[]): NetworkLogger {
  const at =
    (level: string) =>
    (fields: Record<string, unknown>, event: string): void =>
      void lines.push({ level, event, fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export interface MeshNode {
  readonly id: Uint8Array;
  readonly peerSeed: Uint8Array;
  readonly blockstore: DurableBlockstore;
  readonly blockDirectory: string;
  readonly log: LogLine[];
  network: Network;
}

/** Members on loopback ports that the system chooses, all in this process. */
export class Mesh {
  readonly nodes: MeshNode[] = [];
  members: Member[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'phr-mesh-'));
  readonly #extra: Libp2p[] = [];

  /** @param configure further init of the node with this index, and what must be registered before it starts */
  static async start(
    size: number,
    configure: (index: number) => Partial<NetworkInit> = () => ({}),
    prepare: (network: Network, index: number, node: MeshNode) => void = () => undefined,
  ): Promise<Mesh> {
    const mesh = new Mesh();
    await mesh.#startNodes(size, configure, prepare);
    await until(() => mesh.nodes.every(({ network }) => network.connected().length === size - 1));
    return mesh;
  }

  /** Members in a row, each knowing only its neighbours: what reaches the end was forwarded. */
  static async line(size: number, prepare: (network: Network, index: number) => void): Promise<Mesh> {
    const mesh = new Mesh();
    const neighbours = (index: number): Member[] => mesh.members.filter((_, at) => Math.abs(at - index) <= 1);
    await mesh.#startNodes(size, (index) => ({ members: () => neighbours(index) }), prepare);
    const degree = (index: number): number => (index === 0 || index === size - 1 ? 1 : 2);
    await until(() => mesh.nodes.every(({ network }, index) => network.connected().length === degree(index)));
    return mesh;
  }

  async #startNodes(
    size: number,
    configure: (index: number) => Partial<NetworkInit>,
    prepare: (network: Network, index: number, node: MeshNode) => void,
  ): Promise<void> {
    for (let index = 0; index < size; index += 1) {
      const peerSeed = new Uint8Array(randomBytes(32));
      const id = new Uint8Array(randomBytes(32));
      const blockDirectory = join(this.#directory, `blocks-${index}`);
      const blockstore = await openBlockstore(blockDirectory);
      this.members = [...this.members, { id, peerId: await peerIdOf(peerSeed), addresses: [] }];
      const log: LogLine[] = [];
      const network = await this.#create({ peerSeed, id, blockstore, log }, configure(index));
      const node = { id, peerSeed, blockstore, blockDirectory, log, network };
      this.nodes.push(node);
      prepare(network, index, node);
      await network.start();
      this.#setAddresses(index, network.addresses());
    }
  }

  node(index: number): MeshNode {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`no node ${index}`);
    return node;
  }

  /** A new host for a stopped node: same identity, same blocks, same port. */
  async restart(index: number, prepare: (network: Network) => void = () => undefined): Promise<void> {
    const node = this.node(index);
    const listen = this.members[index]?.addresses ?? [];
    node.network = await this.#create(node, { listen });
    prepare(node.network);
    await node.network.start();
  }

  removeMember(index: number): void {
    const { id } = this.node(index);
    this.members = this.members.filter((member) => member.id !== id);
    for (const { network } of this.nodes) network.membersChanged();
  }

  /** A libp2p host that is no member, built to talk to our hosts. */
  async stranger(
    options: { seed?: Uint8Array } = {},
  ): Promise<Libp2p<{ pubsub: GossipSub; identify: Identify }>> {
    const host = await createLibp2p({
      ...(options.seed === undefined
        ? {}
        : { privateKey: await generateKeyPairFromSeed('Ed25519', options.seed) }),
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: {
        identify: identify(),
        pubsub: gossipsub({ globalSignaturePolicy: 'StrictNoSign', allowPublishToZeroTopicPeers: true }),
      },
    });
    this.#extra.push(host);
    return host;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#extra.map(async (host) => host.stop()));
    await Promise.all(this.nodes.map(async ({ network }) => network.stop()));
    await Promise.all(this.nodes.map(async ({ blockstore }) => blockstore.close()));
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #create(
    node: Pick<MeshNode, 'peerSeed' | 'id' | 'blockstore' | 'log'>,
    extra: Partial<NetworkInit>,
  ): Promise<Network> {
    return createNetwork({
      peerSeed: node.peerSeed,
      self: node.id,
      blockstore: node.blockstore,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      members: () => this.members,
      topics: [TOPIC],
      logger: recordingLogger(node.log),
      authorizeBlock: () => true,
      ...extra,
      limits: { keepIntervalMs: 50, keepBackoffMsMax: 400, ...extra.limits },
    });
  }

  #setAddresses(index: number, addresses: string[]): void {
    this.members = this.members.map((member, at) => (at === index ? { ...member, addresses } : member));
  }
}

/** Waits for a condition; the test's own time limit is the bound. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await turn();
}

/** One turn of the timers. */
export async function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 5);
  await promise;
}

export function randomBlock(length = 2000): { cid: CID; bytes: Uint8Array } {
  const bytes = new Uint8Array(randomBytes(length));
  return { cid: linkOf('raw', bytes), bytes };
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
