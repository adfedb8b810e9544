import { derivePersonKeys, deriveNodeKeys, DOMAIN, hash, toBase64Url, toHex, utf8 } from '#crypto';
import type { PersonKeys } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { signTransaction } from '#consensus/ledger';
import type { Bodies, Transaction, TransactionKind } from '#consensus/ledger';
import { submittedSchema } from '#node/client';
import { Connection } from '../../node/client/connection.ts';
import type { DevnetPlan } from '../../scripts/devnet/plan.ts';
import { nodeRootOf, personKeysOf } from '../../scripts/devnet/seeded-keys.ts';

export const backend = await createNativeBackend();

/** One who signs and submits with nonces of her own, through one node: load for benchmarks and crash tests. */
export class Sender {
  readonly keys: PersonKeys;
  readonly connection: Connection;
  nonce: number;

  constructor(
    plan: DevnetPlan,
    genesis: Uint8Array,
    init: { keys: PersonKeys; node: number; nonce: number },
  ) {
    const node = plan.nodes[init.node];
    if (node === undefined) throw new Error('no such node');
    this.keys = init.keys;
    this.nonce = init.nonce;
    this.connection = new Connection({
      baseUrl: node.apiUrl,
      genesis,
      nodeId: toHex(nodeIdOf(plan, init.node)),
      backend,
      keys: init.keys,
    });
  }

  /** A wire transaction with the next nonce. */
  sign<K extends TransactionKind>(kind: K, body: Bodies[K]): Uint8Array {
    const { chainId } = this.connection;
    const envelope = {
      version: 1,
      chainId,
      sender: this.keys.id,
      nonce: this.nonce++,
      expiresAtHeight: 50_000,
    };
    return signTransaction(backend, { ...envelope, kind, body } as Transaction, this.keys.sign.secretKey);
  }

  /** Submits and waits for the block; may be called again with the same bytes. */
  submit(wire: Uint8Array): Promise<{ hash: string; height: number }> {
    const json = { transaction: toBase64Url(wire) };
    return this.connection.api.json({ method: 'POST', path: '/transactions', json }, submittedSchema, {});
  }

  send<K extends TransactionKind>(kind: K, body: Bodies[K]): Promise<{ hash: string; height: number }> {
    return this.submit(this.sign(kind, body));
  }

  /** A small transaction that a patient can always send. */
  report(): Uint8Array {
    return this.sign('access.report', { patient: this.keys.id, records: [], action: 'search' });
  }
}

export function nodeIdOf(plan: DevnetPlan, node: number): Uint8Array {
  return deriveNodeKeys(backend, nodeRootOf(plan.seed, plan.nodes[node]?.name ?? '')).id;
}

/** So many patients, spread over the nodes, registered, approved and signed in. */
export async function admitPatients(plan: DevnetPlan, genesis: Uint8Array, count: number): Promise<Sender[]> {
  const patients = Array.from({ length: count }, (_, i) => {
    const keys = derivePersonKeys(backend, hash(DOMAIN.devnet, utf8(`patient ${i}`)));
    return new Sender(plan, genesis, { keys, node: i % plan.nodes.length, nonce: 0 });
  });
  for (const [i, patient] of patients.entries()) {
    const home = nodeIdOf(plan, i % plan.nodes.length);
    await patient.send('person.register', {
      role: 'patient',
      home,
      keys: patient.keys.publicKeys,
      profile: null,
    });
  }
  await Promise.all(
    plan.nodes.map(async ({ administrators }, node) => {
      const keys = personKeysOf(backend, plan.seed, administrators[0] ?? '');
      const administrator = new Sender(plan, genesis, { keys, node, nonce: 1 });
      await administrator.connection.session.signIn();
      for (const [i, patient] of patients.entries()) {
        if (i % plan.nodes.length !== node) continue;
        await administrator.send('person.approve', { person: patient.keys.id, reason: null });
      }
    }),
  );
  for (const patient of patients) await patient.connection.session.signIn();
  return patients;
}
