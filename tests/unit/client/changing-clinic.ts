import { expect } from 'vitest';
import { deriveNodeKeys, toHex } from '#crypto';
import type { NodeKeys } from '#crypto';
import { signAdmission } from '#consensus/ledger';
import type { MembershipAdmitBody } from '#consensus/ledger';
import type { PhrClient } from '#node/client';
import { Resharer } from '#node/proxy';
import { failure } from './clinic.ts';
import type { Clinic } from './clinic.ts';
import type { FakeNetwork } from './fake-node.ts';

/** A clinic whose consortium changes: a fifth institution that joins, the first one that leaves. */

export const fifthNode = ({ network }: Clinic): NodeKeys =>
  deriveNodeKeys(network.backend, new Uint8Array(32).fill(99));

export function applicationOf(
  { network }: Clinic,
  name: string,
  keys: NodeKeys,
  fromHeight: number,
): MembershipAdmitBody {
  const applicant = {
    name,
    validatorKey: keys.validator.publicKey,
    sealKey: keys.seal.publicKey,
    peerId: `peer-${name}`,
    addresses: ['/ip4/10.0.0.5/tcp/7405'],
    administrators: [1, 2].map((k) => network.person(`administrator ${k} of ${name}`).publicKeys),
    expiresAtMs: network.timeMs + 30 * 24 * 3_600_000,
  };
  const secret = keys.validator.secretKey;
  return {
    ...applicant,
    signature: signAdmission(network.backend, network.chainId, applicant, secret),
    fromHeight,
  };
}

export const administratorOf = ({ network }: Clinic, institution: number, which: number): PhrClient =>
  network.client(network.administrators[institution]![which]!, { node: institution });

/** Both administrators of each institution agree. */
export async function agreed(
  clinic: Clinic,
  proposal: Uint8Array,
  institutions: readonly number[],
): Promise<void> {
  for (const institution of institutions)
    for (const which of [0, 1]) {
      const { status } = (await administratorOf(clinic, 0, 0).consortium.proposals()).find(
        ({ id }) => toHex(id) === toHex(proposal),
      )!;
      if (status === 'decided') break;
      const code = await failure(administratorOf(clinic, institution, which).consortium.vote(proposal));
      expect(['nothing thrown', 'already-decided-by-sender']).toContain(code);
    }
}

/** Empty blocks. */
export function advanced({ network }: Clinic, blocks: number): void {
  for (let i = 0; i < blocks; i++) network.commit([]);
}

export async function joined(clinic: Clinic, fifth: NodeKeys): Promise<void> {
  const { network } = clinic;
  const body = applicationOf(clinic, 'fifth', fifth, network.height + 12);
  const { hash } = await administratorOf(clinic, 0, 0).consortium.admit(body);
  await agreed(clinic, hash, [0, 1, 2]);
  network.addNode(fifth);
  advanced(clinic, body.fromHeight - network.height);
}

export async function firstLeft(clinic: Clinic): Promise<void> {
  const { network } = clinic;
  const body = { institution: network.nodes[0]!.id, fromHeight: network.height + 12 };
  const { hash } = await administratorOf(clinic, 1, 0).consortium.remove(body);
  for (const which of [0, 1])
    await network
      .client(network.person(`administrator ${which + 1} of fifth`), { node: 4 })
      .consortium.vote(hash);
  await agreed(clinic, hash, [1, 2, 3]);
  advanced(clinic, body.fromHeight - network.height);
}

/** Every node's real resharer on the fake network's one chain. */
export class Resharing {
  /** What the ledger said against a transaction of a node. */
  readonly refusals: string[] = [];
  readonly #network: FakeNetwork;
  readonly #resharers = new Map<NodeKeys, Resharer>();
  #sent = 0;

  constructor(network: FakeNetwork) {
    this.#network = network;
  }

  /** Turns of all nodes that are up, until nothing changes. */
  async settle(isUp: (node: NodeKeys) => boolean = () => true): Promise<void> {
    for (let before = -1; before !== this.#sent;) {
      before = this.#sent;
      for (const node of this.#network.nodes)
        if (isUp(node)) await this.#of(node).step(new AbortController().signal);
    }
  }

  #of(keys: NodeKeys): Resharer {
    const network = this.#network;
    const known =
      this.#resharers.get(keys) ??
      new Resharer({
        backend: network.backend,
        keys,
        chainId: network.chainId,
        genesis: network.genesis,
        head: () => ({ state: network.state, height: network.height, timeMs: network.timeMs }),
        fetchBlock: async (cid) => {
          const bytes = network.blocks.get(cid.toString());
          if (bytes === undefined) throw new Error('no such block');
          return bytes;
        },
        spread: async (boxes) => {
          for (const { cid, bytes } of boxes) network.blocks.set(cid.toString(), bytes);
        },
        submit: async (wire) => {
          this.#sent++;
          const refused = network.commit([wire]);
          if (refused !== undefined) this.refusals.push(refused.code);
        },
        clock: { now: () => network.timeMs, setTimeout: () => () => undefined },
        logger: { info: () => undefined },
      });
    this.#resharers.set(keys, known);
    return known;
  }
}
