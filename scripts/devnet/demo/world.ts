import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chainIdOf, decodeGenesis } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';
import { toHex } from '#crypto';
import { ActorProcess } from '../actor/actor-process.ts';
import type { ActorRefused } from '../actor/actor-process.ts';
import type { ArgsOf, BeginArgs, CommandName, UploadedJson } from '../actor/commands.ts';
import { drawCanaries } from '../canary/needles.ts';
import type { Canaries } from '../canary/needles.ts';
import type { Capture } from '../canary/capture.ts';
import type { DevnetPlan } from '../plan.ts';
import { genesisFile } from '../prepare.ts';
import { passphraseOf, personRootOf } from '../seeded-keys.ts';
import { claim, Untrue } from './step.ts';

const FIXTURES = fileURLToPath(new URL('../../../tests/fixtures/fhir/', import.meta.url));
/** Synthea R4 bundles: 223 entries for Maria, 237 for Tom. */
export const MARIA_BUNDLE = join(FIXTURES, 'Luna60_McCullough561_6662f0ca-b617-4e02-8f55-7275e9f49aa0.json');
export const TOM_BUNDLE = join(FIXTURES, 'Johnnie679_Hermiston71_2cd30bd6-3a87-4191-af90-6daa70f58f55.json');

/** What earlier steps found out and later ones use. */
export interface Notes {
  device?: string;
  /** Everything of Maria's that is anchored, as her side and the gateway put it in. */
  marias: UploadedJson[];
  toms: UploadedJson[];
  grant?: string;
  /** Maria's records that the grant covers. */
  granted: UploadedJson[];
  /** Access requests of Bob that were committed, by transaction. */
  accesses: string[];
  /** Records that Bob opened. */
  opened: string[];
  revokedHeight?: number;
  /** Word that stands in a note on one of the granted records. */
  noteRecord?: string;
}

/** Everything that the steps share: a running network, people in processes of their own, and what came out so far. */
export class World {
  readonly dataDir: string;
  readonly plan: DevnetPlan;
  readonly genesis: Genesis;
  readonly chainId: string;
  readonly canaries: Canaries = drawCanaries('kq');
  readonly notes: Notes = { marias: [], toms: [], granted: [], accesses: [], opened: [] };
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
  /** Undefined while nothing captures; `captureSkipped` then says why. */
  capture: Capture | undefined;
  captureSkipped = '';
  readonly #actors = new Map<string, ActorProcess>();

  constructor(init: {
    dataDir: string;
    plan: DevnetPlan;
    progress: (text: string) => void;
    signal: AbortSignal;
  }) {
    this.dataDir = init.dataDir;
    this.plan = init.plan;
    this.progress = init.progress;
    this.signal = init.signal;
    this.genesis = decodeGenesis(new Uint8Array(readFileSync(genesisFile(init.dataDir))));
    this.chainId = toHex(chainIdOf(this.genesis));
  }

  /** Directory of a demo's own files: people's vaults, exports, captures. Never a node's. */
  get peopleDir(): string {
    const directory = join(this.dataDir, 'people');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return directory;
  }

  get nodeNames(): string[] {
    return this.plan.nodes.map((node) => node.name);
  }

  nodeId(name: string): string {
    const institution = this.genesis.institutions.find((candidate) => candidate.name === name);
    claim(institution !== undefined, `an institution ${name} in the genesis`, 'none');
    return toHex(institution.id);
  }

  /** A person's process; started when it is first needed. */
  async begin(name: string, home: string): Promise<ActorProcess> {
    const known = this.#actors.get(name);
    if (known?.running === true) return known;
    const isAdministrator = this.plan.nodes.some((node) => node.administrators.includes(name));
    const args: BeginArgs = {
      name,
      // The canary stands in every passphrase: none may ever leave its person's process.
      passphrase: isAdministrator
        ? passphraseOf(this.plan.seed, name)
        : `${this.canaries.word('passphrase')} of ${name}`,
      root: isAdministrator ? toHex(personRootOf(this.plan.seed, name)) : null,
      genesisFile: genesisFile(this.dataDir),
      vaultFile: join(this.peopleDir, `${name}.vault.json`),
      home,
      nodes: this.plan.nodes.map((node) => ({
        name: node.name,
        id: this.nodeId(node.name),
        url: node.apiUrl,
      })),
    };
    const actor = await ActorProcess.begin(args, join(this.peopleDir, `${name}.log`));
    this.#actors.set(name, actor);
    return actor;
  }

  /** A person whose process was started in an earlier step. */
  actor(name: string): ActorProcess {
    const actor = this.#actors.get(name);
    claim(actor !== undefined, `a process of ${name}`, 'none');
    return actor;
  }

  async endActors(): Promise<void> {
    await Promise.all([...this.#actors.values()].map((actor) => actor.kill()));
  }
}

/** A fact that an earlier step must have noted. @throws Untrue */
export function noted<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Untrue(`${what} from an earlier step`, 'nothing');
  return value;
}

/**
 * A try that must be refused, with one of these codes: a refusal for another reason proves nothing.
 *
 * @throws Untrue when it was allowed, or refused for another reason
 */
export async function claimRefused<K extends CommandName>(
  actor: ActorProcess,
  command: K,
  args: ArgsOf<K>,
  codes: readonly string[],
  what: string,
): Promise<ActorRefused> {
  const refused = await actor.tryCall(command, args);
  if (refused === undefined) throw new Untrue(`${what}: refused (${codes.join(' or ')})`, 'it was allowed');
  if (!codes.includes(refused.code))
    throw new Untrue(`${what}: refused as ${codes.join(' or ')}`, `refused as ${refused.code}`);
  return refused;
}
