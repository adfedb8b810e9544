import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { derivePersonKeys, sha256, toHex, utf8 } from '#crypto';
import { createClient } from '#node/client';
import type { PhrClient } from '#node/client';
import { FakeNetwork } from '../client/fake-node.ts';
import { failure } from '../client/clinic.ts';
import { backend, FakeServices, idOf } from './fake-services.ts';
import { serveFake } from './harness.ts';
import type { Served } from './harness.ts';

const network = new FakeNetwork(backend);
const nodeId = network.nodes[0]!.id;
const people = Object.fromEntries(
  ['maria', 'bob', 'ingrid', 'foreign'].map((name) => [name, derivePersonKeys(backend, sha256(utf8(name)))]),
);
let served: Served;
const services = Object.assign(new FakeServices(), { nodeId, chainId: network.chainId });

beforeAll(async () => {
  for (const keys of Object.values(people)) {
    services.addAccount({ id: keys.id, publicKey: keys.sign.publicKey, secretKey: keys.sign.secretKey });
  }
  const accountOf = (name: string) => services.accounts.get(toHex(people[name]!.id))!;
  for (const name of ['ingrid', 'foreign']) accountOf(name).role = 'administrator';
  accountOf('foreign').home = idOf('another hospital');
  served = await serveFake({ services });
});
afterAll(async () => served.dashboard.stop());

async function signedIn(name: string): Promise<PhrClient> {
  const client = createClient({
    baseUrl: served.origin,
    genesis: network.genesisBytes,
    nodeId: toHex(nodeId),
    backend,
    keys: people[name]!,
  });
  await client.signIn();
  return client;
}

describe('ending the sessions of somebody', () => {
  it('is done by an administrator of her institution, and every one of hers is over', async () => {
    const [phone, desk, ingrid] = await Promise.all(['maria', 'maria', 'ingrid'].map(signedIn));
    expect(await phone!.account.sessions()).toHaveLength(2);
    await ingrid!.account.endSessionsOf(people['maria']!.id);
    // Both sign in anew by themselves, each with one session more than none.
    expect(await desk!.account.sessions()).toHaveLength(1);
    expect(await ingrid!.account.sessions()).toHaveLength(1);
  });

  it('is refused to an administrator of another institution, to a patient, and for nobody', async () => {
    const [maria, bob, foreign, ingrid] = await Promise.all(
      ['maria', 'bob', 'foreign', 'ingrid'].map(signedIn),
    );
    expect(await failure(bob!.account.endSessionsOf(people['maria']!.id))).toBe('forbidden');
    expect(await failure(foreign!.account.endSessionsOf(people['maria']!.id))).toBe('forbidden');
    expect(await failure(ingrid!.account.endSessionsOf(idOf('nobody')))).toBe('forbidden');
    const before = await maria!.account.sessions();
    expect(before.some(({ current }) => current)).toBe(true);
  });
});
