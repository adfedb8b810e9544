import { fromHex, toBase64Url, toHex } from '#crypto';
import type { Backend, NodeKeys } from '#crypto';
import { deriveIdentityKeys } from '#crypto/identity';
import type { LedgerState } from '#consensus/ledger';
import { collectIdentities, identityKeyStatement, IdentityOracle, ServiceError } from '#node/services';
import { answer, refusal } from './fake-wire.ts';
import type { Body } from './fake-wire.ts';

interface Surroundings {
  readonly backend: Backend;
  readonly chainId: Uint8Array;
  readonly nodes: readonly NodeKeys[];
  readonly timeMs: number;
  readonly state: LedgerState;
}

/** Rows as the ledger database keeps them, in memory. */
export function rowsInMemory(): {
  get(room: string, key: Uint8Array): Uint8Array | undefined;
  put(room: string, key: Uint8Array, value: Uint8Array): void;
} {
  const rows = new Map<string, Uint8Array>();
  return {
    get: (room, key) => rows.get(`${room}/${toHex(key)}`),
    put: (room, key, value) => void rows.set(`${room}/${toHex(key)}`, value),
  };
}

/** The real oracles of all institutions; tests may take one away or give it another key. */
export class FakeIdentities {
  /** What went over the wire to another institution. */
  readonly asked: { node: string; bytes: Uint8Array }[] = [];
  /** Institutions that are away, and those that use another key than they published, by index. */
  away: number[] = [];
  lying: number[] = [];
  readonly #network: Surroundings;
  readonly #rows = new Map<string, ReturnType<typeof rowsInMemory>>();

  constructor(network: Surroundings) {
    this.#network = network;
  }

  keysOf(index: number): ReturnType<typeof deriveIdentityKeys> {
    return deriveIdentityKeys(new Uint8Array(32).fill(index + 1));
  }

  key(node: NodeKeys): Response {
    const { backend, chainId } = this.#network;
    const identityKeys = this.keysOf(this.#indexOf(node.id));
    const said = identityKeyStatement({ backend, chainId, keys: node, identityKeys });
    return answer({ publicKey: toHex(said.publicKey), signature: toBase64Url(said.signature) });
  }

  async evaluate(node: NodeKeys, json: Body, requester: Uint8Array): Promise<Response> {
    const network = this.#network;
    const init = {
      nodeId: node.id,
      oracle: this.#oracleOf(node.id),
      institutions: () => network.nodes.map(({ id }) => id),
      state: () => network.state,
      request: (to: Uint8Array, _protocol: string, bytes: Uint8Array) => {
        this.asked.push({ node: toHex(to), bytes });
        if (this.away.includes(this.#indexOf(to))) return Promise.reject(new Error('away'));
        return Promise.resolve(this.#oracleOf(to).answer(node.id, bytes));
      },
    };
    const question = {
      applicant: fromHex(json.applicant ?? ''),
      blinded: (json.blinded ?? []).map((point) => fromHex(point)),
      requester,
    };
    try {
      const { answers, refusals } = await collectIdentities(init, question, AbortSignal.timeout(10_000));
      return answer({
        answers: answers.map(({ node: from, evaluated, proof }) => ({
          node: toHex(from),
          evaluated: evaluated.map(toHex),
          proof: toBase64Url(proof),
        })),
        refusals: refusals.map(({ node: from, code }) => ({ node: toHex(from), code })),
      });
    } catch (error) {
      if (error instanceof ServiceError) return refusal(403, error.code);
      throw error;
    }
  }

  #indexOf(id: Uint8Array): number {
    return this.#network.nodes.findIndex((node) => toHex(node.id) === toHex(id));
  }

  #oracleOf(id: Uint8Array): IdentityOracle {
    const { backend } = this.#network;
    const index = this.#indexOf(id);
    const rows = this.#rows.get(toHex(id)) ?? rowsInMemory();
    this.#rows.set(toHex(id), rows);
    return new IdentityOracle({
      backend,
      identityKeys: this.keysOf(this.lying.includes(index) ? index + 100 : index),
      clock: { now: () => this.#network.timeMs },
      state: () => this.#network.state,
      rows,
    });
  }
}
