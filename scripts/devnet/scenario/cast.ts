import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeGenesis } from '#consensus/ledger';
import { toHex } from '#crypto';
import type { PhrClient } from '#node/client';
import { PersonSession } from '../actor/session.ts';
import { DevnetError } from '../devnet-error.ts';
import type { DevnetPlan } from '../plan.ts';
import { genesisFile } from '../prepare.ts';
import { passphraseOf, personRootOf } from '../seeded-keys.ts';

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

  /** The session itself, for what hangs on the keys and the vault. @throws DevnetError `scenario-failed` */
  session(account: string): PersonSession {
    const session = this.#sessions.get(account);
    if (session === undefined) throw new DevnetError('scenario-failed', [`${account} has not begun`]);
    return session;
  }
}
