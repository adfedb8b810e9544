import { createNativeBackend } from '#crypto/native';
import {
  CATEGORIES,
  categoryOf,
  clinicalMonthOf,
  encodeObservation,
  keywordsOf,
  simulateWearable,
} from '#node/records';
import { ClientError, ledgerRefusalOf } from '#node/client';
import type { PhrClient, UploadRecord } from '#node/client';
import { FakeNetwork } from './fake-node.ts';

export const NOVEMBER = '2026-11';
export const MONTHS = ['2026-10', NOVEMBER, '2026-12', 'all'] as const;

export interface Clinic {
  readonly network: FakeNetwork;
  readonly maria: PhrClient;
  readonly alice: PhrClient;
  readonly bob: PhrClient;
  readonly administrators: readonly PhrClient[];
}

/** Registers somebody at institution `home` and has both administrators approve as far as it takes. */
export async function admit(
  network: FakeNetwork,
  name: string,
  role: 'patient' | 'doctor' | 'researcher' | 'auditor',
  home = 0,
): Promise<PhrClient> {
  const client = network.client(network.person(name), { node: home });
  await client.people.register({ role, home: network.nodes[home]!.id });
  for (const keys of network.administrators[home]!) {
    const administrator = network.client(keys, { node: home });
    const { remaining } = await administrator.people.approve(client.keys.id);
    if (remaining === 0) break;
  }
  return client;
}

/** Maria with Alice in charge of her at one institution, Bob at another. */
export async function openClinic(): Promise<Clinic> {
  const network = new FakeNetwork(await createNativeBackend());
  const maria = await admit(network, 'maria', 'patient');
  const alice = await admit(network, 'alice', 'doctor');
  const bob = await admit(network, 'bob', 'doctor', 1);
  const administrators = network.administrators[0]!.map((keys) => network.client(keys));
  await administrators[0]!.care.assign(maria.keys.id, alice.keys.id);
  await maria.care.acceptAssignment(alice.keys.id);
  return { network, maria, alice, bob, administrators };
}

/** Wearable readings of one day, ready for upload. */
export function readings(count: number, startMs = Date.UTC(2026, 10, 22), seed = 1): UploadRecord[] {
  const init = { seed, subject: 'Patient/1', startMs, endMs: startMs + count * 60_000, intervalMs: 60_000 };
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

export const everything = (patient: Uint8Array) => ({ patient, categories: CATEGORIES, months: MONTHS });

export const textsOf = (list: readonly { resource: Uint8Array }[]): string[] =>
  list.map(({ resource }) => new TextDecoder().decode(resource)).toSorted();

/** The code with which a call fails: of the client, or of the ledger behind a refusal. */
export async function failure(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return ledgerRefusalOf(error) ?? error.api?.code ?? error.code;
  }
  return 'nothing thrown';
}
