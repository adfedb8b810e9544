import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeGenesis } from '#consensus/ledger';
import { toHex } from '#crypto';
import type { PhrClient } from '#node/client';
import { PersonSession } from '../actor/session.ts';
import { DevnetError } from '../devnet-error.ts';
import type { DevnetPlan } from '../plan.ts';
import { poll } from '../poll.ts';
import { genesisFile } from '../prepare.ts';
import { passphraseOf, personRootOf } from '../seeded-keys.ts';

/** A node on a machine that is busy with other things. */
const CATCH_UP_TIMEOUT_MS = 30_000;

/** The people of a scenario with their keys, in this process: a scenario is no proof, so none needs one of her own. */
export class Cast {
  readonly #dataDir: string;
  readonly #plan: DevnetPlan;
  readonly #nodes: { name: string; id: string; url: string }[];
  readonly #sessions = new Map<string, PersonSession>();

  constructor(dataDir: string, plan: DevnetPlan) {
    this.#dataDir = dataDir;
    this.#plan = plan;
    const { institutions } = decodeGenesis(new Uint8Array(readFileSync(genesisFile(dataDir))));
    this.#nodes = plan.nodes.flatMap(({ name, apiUrl }) => {
      const institution = institutions.find((candidate) => candidate.name === name);
      return institution === undefined ? [] : [{ name, id: toHex(institution.id), url: apiUrl }];
    });
  }

  /** Opens the keys of a person or device, which the seed gives. */
  async begin(account: string, home: string): Promise<PersonSession> {
    const people = join(this.#dataDir, 'people');
    mkdirSync(people, { recursive: true, mode: 0o700 });
    const session = await PersonSession.begin({
      name: account,
      passphrase: passphraseOf(this.#plan.seed, account),
      root: toHex(personRootOf(this.#plan.seed, account)),
      genesisFile: genesisFile(this.#dataDir),
      vaultFile: join(people, `${account}.scenario.json`),
      home,
      nodes: this.#nodes,
    });
    this.#sessions.set(account, session);
    return session;
  }

  passphrase(account: string): string {
    return passphraseOf(this.#plan.seed, account);
  }

  client(account: string): PhrClient {
    return this.session(account).client();
  }

  id(account: string): Uint8Array {
    return this.session(account).keys.id;
  }

  nodeId(home: string): Uint8Array {
    const [session] = this.#sessions.values();
    if (session === undefined) throw new DevnetError('scenario-failed', ['nobody has begun']);
    return session.nodeId(home);
  }

  /**
   * Waits until the node of this person has a block: what was agreed at one node is news at another a moment later.
   *
   * @throws DevnetError `scenario-failed` when it does not come
   */
  async reaches(account: string, height: number, signal: AbortSignal): Promise<void> {
    const client = this.client(account);
    const there = await poll(
      async () => ((await client.head({ signal })).height >= height ? true : undefined),
      { timeoutMs: CATCH_UP_TIMEOUT_MS, signal },
    );
    if (there === undefined)
      throw new DevnetError('scenario-failed', [`the node of ${account} did not reach block ${height}`]);
  }

  /** The session itself, for what hangs on the keys and the vault. @throws DevnetError `scenario-failed` */
  session(account: string): PersonSession {
    const session = this.#sessions.get(account);
    if (session === undefined) throw new DevnetError('scenario-failed', [`${account} has not begun`]);
    return session;
  }
}
