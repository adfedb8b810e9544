import { readFileSync } from 'node:fs';
import { derivePersonKeys, fromHex, sha256, toBase64Url, toHex, utf8 } from '#crypto';
import type { Backend, PersonKeys } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { readNonce, signTransaction, stateKeys } from '#consensus/ledger';
import { API_PREFIX, createClient, errorSchema, purposeCommitment, submittedSchema } from '#node/client';
import type { Hit, PhrClient, Submitted } from '#node/client';
import {
  CATEGORIES,
  categoryOf,
  clinicalMonthOf,
  encodeObservation,
  keywordsOf,
  simulateWearable,
} from '#node/records';
import type { DevnetPlan } from '../../scripts/devnet/plan.ts';
import { genesisFile } from '../../scripts/devnet/prepare.ts';
import { personRootOf } from '../../scripts/devnet/seeded-keys.ts';

const MONTH = '2026-11';
const RECORDS = 4;
const EXPIRY_HEIGHTS = 1_000;

/** A refusal of a node's API, by its code or that of the ledger behind it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** A person at several nodes, who can also send transactions that she has numbered herself. */
export class Traveller {
  readonly keys: PersonKeys;
  readonly #backend: Backend;
  readonly #tokens = new Map<string, string>();
  readonly #clients = new Map<string, PhrClient>();
  readonly #plan: DevnetPlan;

  constructor(init: {
    backend: Backend;
    plan: DevnetPlan;
    genesis: Uint8Array;
    nodes: Map<string, Uint8Array>;
    root: Uint8Array;
  }) {
    this.#backend = init.backend;
    this.#plan = init.plan;
    this.keys = derivePersonKeys(init.backend, init.root);
    for (const { name, apiUrl } of init.plan.nodes) {
      const client = createClient({
        baseUrl: apiUrl,
        genesis: init.genesis,
        nodeId: toHex(init.nodes.get(name) ?? new Uint8Array()),
        backend: init.backend,
        keys: this.keys,
        fetch: (input, options) => {
          const token = new Headers(options?.headers).get('authorization');
          if (token !== null) this.#tokens.set(name, token);
          return fetch(input, options);
        },
      });
      this.#clients.set(name, client);
    }
  }

  at(name: string): PhrClient {
    const client = this.#clients.get(name);
    if (client === undefined) throw new Error(`no node ${name}`);
    return client;
  }

  async nonce(name: string): Promise<number> {
    const proven = await this.at(name).read([stateKeys.nonce(this.keys.id)]);
    return readNonce(proven.get, this.keys.id);
  }

  /** An access request for one record, with a number of our choice, so that many can be under way at once. */
  async request(
    name: string,
    init: { grant: Uint8Array; hit: Hit; rekey: number; nonce: number; height: number },
  ): Promise<Submitted> {
    const client = this.at(name);
    const body = {
      grant: init.grant,
      items: [{ record: init.hit.recordId, slot: 0, rekey: init.rekey }],
      purpose: purposeCommitment(this.#backend.random(32), 'TREAT'),
    };
    const wire = signTransaction(
      this.#backend,
      {
        version: 1,
        chainId: client.chainId,
        sender: this.keys.id,
        nonce: init.nonce,
        expiresAtHeight: init.height + EXPIRY_HEIGHTS,
        kind: 'access.request',
        body,
      },
      this.keys.sign.secretKey,
    );
    const url = this.#plan.nodes.find((node) => node.name === name)?.apiUrl ?? '';
    const response = await fetch(`${url}${API_PREFIX}/transactions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: this.#tokens.get(name) ?? '' },
      body: JSON.stringify({ transaction: toBase64Url(wire) }),
      signal: AbortSignal.timeout(60_000),
    });
    const answer: unknown = await response.json();
    if (!response.ok) {
      const { code, facts } = errorSchema.parse(answer).error;
      throw new Refused(String(facts?.['refusal'] ?? code));
    }
    const { hash, height } = submittedSchema.parse(answer);
    return { hash: fromHex(hash), height };
  }
}

export interface RaceWorld {
  readonly genesis: Uint8Array;
  readonly backend: Backend;
  readonly maria: Traveller;
  readonly bob: Traveller;
  readonly grant: Uint8Array;
  readonly hits: readonly Hit[];
  /** Where the compartment lies among the grant's padded rekeys. */
  readonly rekey: number;
}

/** Maria and her doctor at north, Bob at east with a grant on four of her records. */
export async function openRaceWorld(
  dataDir: string,
  plan: DevnetPlan,
  records = RECORDS,
): Promise<RaceWorld> {
  const backend = await createNativeBackend();
  const genesis = new Uint8Array(readFileSync(genesisFile(dataDir)));
  const anybody = createClient({ baseUrl: 'http://127.0.0.1:1', genesis, nodeId: '00'.repeat(32), backend });
  const nodes = new Map(anybody.genesis.institutions.map(({ name, id }) => [name, id]));
  const person = (root: Uint8Array): Traveller => new Traveller({ backend, plan, genesis, nodes, root });
  const administrators = (home: string): Traveller[] =>
    [1, 2].map((which) => person(personRootOf(plan.seed, `${home}-admin-${which}`)));
  const admit = async (name: string, role: 'patient' | 'doctor', home: string): Promise<Traveller> => {
    const one = person(sha256(utf8(`race ${name}`)));
    await one.at(home).people.register({ role, home: nodes.get(home) ?? new Uint8Array() });
    for (const administrator of administrators(home)) {
      const { remaining } = await administrator.at(home).people.approve(one.keys.id);
      if (remaining === 0) break;
    }
    return one;
  };
  const maria = await admit('maria', 'patient', 'north');
  const alice = await admit('alice', 'doctor', 'north');
  const bob = await admit('bob', 'doctor', 'east');
  const patient = maria.keys.id;
  await administrators('north')[0]?.at('north').care.assign(patient, alice.keys.id);
  await maria.at('north').care.acceptAssignment(alice.keys.id);
  await maria.at('north').records.upload({ patient, records: readings(records) });
  const { grant } = await alice.at('north').sharing.grant({
    patient,
    delegate: bob.keys.id,
    categories: ['vital-signs'],
    months: [MONTH],
    purpose: 'TREAT',
    expiresAtMs: Date.now() + 86_400_000,
  });
  const select = { patient, categories: CATEGORIES, months: [MONTH], keywords: '*' };
  const { hits } = await maria.at('north').records.search(select);
  const { terms } = await bob.at('east').sharing.open(grant);
  return { genesis, backend, maria, bob, grant, hits, rekey: terms.compartments[0]?.rekey ?? -1 };
}

/** Sealed by whoever uploads them: heart rates of one November day, a minute apart. */
export function readings(count: number) {
  const startMs = Date.UTC(2026, 10, 22);
  const init = {
    seed: 1,
    subject: 'Patient/1',
    startMs,
    endMs: startMs + count * 60_000,
    intervalMs: 60_000,
  };
  return [...simulateWearable(init)].map((observation) => {
    const [category, month] = [categoryOf(observation), clinicalMonthOf(observation)];
    return {
      resource: encodeObservation(observation),
      category,
      month,
      keywords: keywordsOf(observation, { category, month }),
    };
  });
}
