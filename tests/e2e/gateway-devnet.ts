import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { derivePersonKeys, fromHex, ROOT_BYTES, wrapRoot } from '#crypto';
import type { Backend } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { createClient } from '#node/client';
import type { PhrClient } from '#node/client';
import { readStatus } from '#node/cli';
import { openGatewayHome, SourceSecrets } from '#node/gateway';
import { NODE_ENTRY } from '../../scripts/devnet/node-process.ts';
import { endNodes } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import type { DevnetPlan } from '../../scripts/devnet/plan.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { genesisFile } from '../../scripts/devnet/prepare.ts';
import { personKeysOf } from '../../scripts/devnet/seeded-keys.ts';
import { readState } from '../../scripts/devnet/state-file.ts';
import { bringUp } from '../../scripts/devnet/up.ts';

export const PASSPHRASE = 'a gateway in the hall';
const STARTED_TIMEOUT_MS = 60_000;

interface Status {
  messages: number;
  waiting: number;
  anchored: number;
  failure: string | null;
}

/** Four node processes, a patient, and the words of the command line for her gateway. */
export class GatewayDevnet {
  readonly scratch = mkdtempSync(join(tmpdir(), 'phr-gateway-e2e-'));
  readonly dataDir = join(this.scratch, 'devnet');
  readonly home = join(this.scratch, 'gateway');
  readonly passphraseFile = join(this.scratch, 'passphrase');
  readonly backend: Backend;
  readonly plan: DevnetPlan;
  readonly gatewayPort: number;
  #maria: PhrClient | undefined;
  #gateway: ChildProcess | undefined;

  private constructor(backend: Backend, plan: DevnetPlan, gatewayPort: number) {
    this.backend = backend;
    this.plan = plan;
    this.gatewayPort = gatewayPort;
  }

  static async open(seed: string, fromPort: number): Promise<GatewayDevnet> {
    const basePort = await findFreeBasePort(5, fromPort);
    const plan = planDevnet({ seed, nodes: 4, basePort });
    const devnet = new GatewayDevnet(await createNativeBackend(), plan, basePort + 45);
    const io = { out: () => undefined, signal: new AbortController().signal };
    await bringUp(devnet.dataDir, plan, { fresh: true, io });
    writeFileSync(devnet.passphraseFile, `${PASSPHRASE}\n`);
    await devnet.#admitMaria();
    return devnet;
  }

  async close(): Promise<void> {
    await this.killGateway('SIGTERM');
    if (readState(this.dataDir) !== undefined) await endNodes(this.dataDir);
    rmSync(this.scratch, { recursive: true, force: true });
  }

  get maria(): PhrClient {
    if (this.#maria === undefined) throw new Error('maria is not admitted');
    return this.#maria;
  }

  get url(): string {
    return `http://127.0.0.1:${this.gatewayPort}`;
  }

  async #admitMaria(): Promise<void> {
    const root = this.backend.random(ROOT_BYTES);
    const { client } = await this.#admit(root, 'patient');
    writeFileSync(join(this.scratch, 'maria.keys'), await wrapRoot({ root, passphrase: PASSPHRASE }));
    this.#maria = client;
  }

  /** A doctor in charge of Maria, with the keys to her records. */
  async admitDoctor(): Promise<PhrClient> {
    const { client, administrator } = await this.#admit(this.backend.random(ROOT_BYTES), 'doctor');
    await administrator.care.assign(this.maria.keys.id, client.keys.id);
    await this.maria.care.acceptAssignment(client.keys.id);
    await client.care.fetchKeys(this.maria.keys.id);
    return client;
  }

  async #admit(
    root: Uint8Array,
    role: 'patient' | 'doctor',
  ): Promise<{ client: PhrClient; administrator: PhrClient }> {
    const north = this.plan.nodes[0]!;
    const answer = await readStatus(north.apiUrl, 10_000);
    if (!answer.ok) throw new Error(answer.reason);
    const nodeId = answer.status.node;
    const genesis = new Uint8Array(readFileSync(genesisFile(this.dataDir)));
    const connect = (keys: ReturnType<typeof derivePersonKeys>): PhrClient =>
      createClient({ baseUrl: north.apiUrl, genesis, nodeId, backend: this.backend, keys });
    const client = connect(derivePersonKeys(this.backend, root));
    await client.people.register({ role, home: fromHex(nodeId) });
    const administrators = north.administrators.map((name) =>
      connect(personKeysOf(this.backend, this.plan.seed, name)),
    );
    for (const administrator of administrators) {
      const { remaining } = await administrator.people.approve(client.keys.id);
      if (remaining === 0) break;
    }
    return { client, administrator: administrators[0]! };
  }

  /** Invites, enrols and admits a gateway, each step as a process of its own. */
  async enrolGateway(): Promise<void> {
    const file = (name: string): string => join(this.scratch, name);
    const passphrase = ['--passphrase-file', this.passphraseFile];
    const patient = [...passphrase, '--keystore', file('maria.keys'), '--genesis', genesisFile(this.dataDir)];
    const node = ['--node', this.plan.nodes[0]!.apiUrl];
    const code = ['--code', file('code')];
    const answer = ['--answer', file('answer')];
    await this.phr(['gateway', 'invite', ...patient, ...node, ...code]);
    await this.phr(['gateway', 'enrol', ...passphrase, ...code, ...answer, '--data', this.home]);
    await this.phr(['gateway', 'admit', ...patient, ...node, ...code, ...answer, '--months', '2']);
  }

  /** Runs `phr` to its end. @returns standard output */
  async phr(words: readonly string[]): Promise<string> {
    const child = this.#spawn(words);
    let out = '';
    let err = '';
    child.stdout?.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr?.on('data', (text: Buffer) => (err += text.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`phr ${words.slice(0, 2).join(' ')} ended with ${code}: ${err}`);
    return out;
  }

  async startGateway(segmentSeconds: number): Promise<void> {
    const home = ['--data', this.home, '--passphrase-file', this.passphraseFile];
    const port = ['--port', String(this.gatewayPort)];
    const segment = ['--segment-seconds', String(segmentSeconds)];
    const child = this.#spawn(['gateway', 'run', ...home, ...port, ...segment]);
    this.#gateway = child;
    const log = join(this.scratch, 'gateway.log');
    child.stderr?.on('data', (text: Buffer) => appendFileSync(log, text));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error('the gateway did not start')), STARTED_TIMEOUT_MS);
    child.stdout?.on('data', (text: Buffer) => {
      appendFileSync(log, text);
      if (text.includes('"started"')) resolve();
    });
    child.once('exit', () => reject(new Error(`the gateway ended: ${readFileSync(log, 'utf8')}`)));
    await promise.finally(() => clearTimeout(timer));
  }

  async killGateway(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#gateway;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async secrets(): Promise<SourceSecrets> {
    const init = { backend: this.backend, directory: this.home, passphrase: PASSPHRASE };
    return new SourceSecrets((await openGatewayHome(init)).keys.root);
  }

  async status(secrets: SourceSecrets): Promise<Status> {
    const headers = { 'phr-source': 'watcher', authorization: `Bearer ${secrets.secretOf('watcher')}` };
    const response = await fetch(`${this.url}/v1/status`, { headers, signal: AbortSignal.timeout(5_000) });
    return (await response.json()) as Status;
  }

  #spawn(words: readonly string[]): ChildProcess {
    return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', NODE_ENTRY, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        NODE_COMPILE_CACHE: join(tmpdir(), 'phr-mesh-compile-cache'),
      },
    });
  }
}
