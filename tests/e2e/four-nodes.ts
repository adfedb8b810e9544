import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { derivePersonKeys, deriveNodeKeys, sha256, toHex, utf8 } from '#crypto';
import type { Backend, NodeKeys, PersonKeys } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { decodeGenesis, stateKeys } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';
import { createDashboard } from '#dashboard';
import { conversionsSchema, createClient } from '#node/client';
import type { PhrClient, Vault } from '#node/client';
import { loadConfig } from '#node/config';
import { createLogger, systemClock } from '#node/runtime';
import { createNode } from '../../node/node.ts';
import { nodeFiles } from '../../scripts/devnet/node-process.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import type { DevnetPlan } from '../../scripts/devnet/plan.ts';
import { poll } from '../../scripts/devnet/poll.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { genesisFile, prepareDevnet } from '../../scripts/devnet/prepare.ts';
import { nodeRootOf, personRootOf } from '../../scripts/devnet/seeded-keys.ts';

export const NODE_NAMES = ['north', 'east', 'south', 'west'] as const;
export type NodeName = (typeof NODE_NAMES)[number];

interface Running {
  reachable(): number;
  stop(): Promise<void>;
}

/**
 * Four whole nodes (libp2p, consensus, disk, HTTP) in this process, so that their time can be moved: seven days of a
 * veto window pass at once. They share nothing but the clock.
 */
export class FourNodes {
  readonly backend: Backend;
  readonly plan: DevnetPlan;
  readonly dataDir: string;
  readonly genesisBytes: Uint8Array;
  readonly genesis: Genesis;
  /** Added to the time of this machine, for nodes and people. */
  #offsetMs = 0;
  readonly clock = {
    now: () => Date.now() + this.#offsetMs,
    setTimeout: (run: () => void, ms: number) => systemClock.setTimeout(run, ms),
  };
  readonly #running = new Map<string, Running>();

  private constructor(backend: Backend, plan: DevnetPlan, dataDir: string) {
    this.backend = backend;
    this.plan = plan;
    this.dataDir = dataDir;
    this.genesisBytes = new Uint8Array(readFileSync(genesisFile(dataDir)));
    this.genesis = decodeGenesis(this.genesisBytes);
  }

  static async open(seed: string, basePort: number): Promise<FourNodes> {
    const dataDir = join(mkdtempSync(join(tmpdir(), `phr-e2e-${seed}-`)), 'data');
    const plan = planDevnet({ seed, nodes: 4, basePort: await findFreeBasePort(4, basePort) });
    await prepareDevnet(dataDir, plan);
    const nodes = new FourNodes(await createNativeBackend(), plan, dataDir);
    await Promise.all(NODE_NAMES.map((name) => nodes.start(name)));
    for (const name of NODE_NAMES)
      await until(() => nodes.#running.get(name)?.reachable() === NODE_NAMES.length || undefined, 'together');
    return nodes;
  }

  async start(name: NodeName): Promise<void> {
    const config = loadConfig(nodeFiles(this.dataDir, name).config);
    const { backend, clock } = this;
    const logger = createLogger({ level: 'silent', name });
    const nodeRoot = nodeRootOf(this.plan.seed, name);
    const node = await createNode({ config, genesis: this.genesisBytes, nodeRoot, backend, clock, logger });
    const { host, port, behindProxy } = config.api;
    const dashboard = createDashboard({
      services: node.services,
      backend,
      host,
      port,
      name,
      behindProxy,
      clock,
      logger,
    });
    await node.start();
    await dashboard.start();
    this.#running.set(name, {
      reachable: () => node.services.status().reachable,
      stop: async () => {
        await dashboard.stop();
        await node.stop();
      },
    });
  }

  async stop(name: NodeName): Promise<void> {
    await this.#running.get(name)?.stop();
    this.#running.delete(name);
  }

  /** Stops everything; `keep` leaves the data for whoever looks into a failure. */
  async close(keep: boolean): Promise<void> {
    await Promise.all(NODE_NAMES.map((name) => this.stop(name)));
    if (!keep) rmSync(join(this.dataDir, '..'), { recursive: true, force: true });
  }

  pass(ms: number): void {
    this.#offsetMs += ms;
  }

  keysOf(name: NodeName): NodeKeys {
    return deriveNodeKeys(this.backend, nodeRootOf(this.plan.seed, name));
  }

  /** What a node has on disk. */
  directoryOf(name: NodeName): string {
    return nodeFiles(this.dataDir, name).directory;
  }

  person(name: string): PersonKeys {
    return derivePersonKeys(this.backend, sha256(utf8(`person ${this.plan.seed} ${name}`)));
  }

  client(keys: PersonKeys, at: NodeName, changed: { fetch?: typeof fetch; vault?: Vault } = {}): PhrClient {
    const plan = this.plan.nodes.find(({ name }) => name === at);
    const baseUrl = plan?.apiUrl ?? '';
    const nodeId = toHex(this.keysOf(at).id);
    const { genesisBytes: genesis, backend, clock } = this;
    return createClient({ baseUrl, genesis, nodeId, backend, keys, clock, ...changed });
  }

  /** What the nodes say to a request for releases as it stands, past the client's own checks. */
  async askReleases(
    keys: PersonKeys,
    at: NodeName,
    json: object,
  ): Promise<{ answers: string[]; refusals: { node: string; code: string }[] }> {
    let token = '';
    const spying: typeof fetch = (input, init) => {
      token = new Headers(init?.headers).get('authorization') ?? token;
      return fetch(input, init);
    };
    await this.client(keys, at, { fetch: spying }).read([stateKeys.person(keys.id)]);
    const url = this.plan.nodes.find(({ name }) => name === at)?.apiUrl ?? '';
    const response = await fetch(`${url}/api/v1/releases`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: token },
      body: JSON.stringify(json),
    });
    return conversionsSchema.parse(await response.json());
  }

  administrators(at: NodeName): [PhrClient, PhrClient] {
    const of = (which: number): PhrClient => {
      const root = personRootOf(this.plan.seed, `${at}-admin-${which}`);
      return this.client(derivePersonKeys(this.backend, root), at);
    };
    return [of(1), of(2)];
  }

  /** Registers somebody and has the administrators of the home approve as far as it takes. */
  async admit(name: string, role: 'patient' | 'doctor', home: NodeName): Promise<PhrClient> {
    const client = this.client(this.person(name), home);
    await client.people.register({ role, home: this.keysOf(home).id });
    for (const administrator of this.administrators(home)) {
      const { remaining } = await administrator.people.approve(client.keys.id);
      if (remaining === 0) break;
    }
    return client;
  }
}

/** Waits until `look` gives something; what it throws counts as not yet. */
export async function until<T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
  const found = await poll(async () => await Promise.resolve(look()).catch(() => undefined), {
    timeoutMs: 60_000,
  });
  if (found === undefined) throw new Error(`never: ${what}`);
  return found;
}
