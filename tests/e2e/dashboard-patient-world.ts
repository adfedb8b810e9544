import type { Page } from 'playwright-core';
import type { PhrClient } from '#node/client';
import { emptyProfile } from '#node/client';
import { DashboardWorld, signIn } from './dashboard-world.ts';

export const PASSPHRASE = 'twelve cranes above the reeds';

/** A patient with an account, two doctors with names, and a browser that is signed in as the patient. */
export interface PatientWorld {
  world: DashboardWorld;
  page: Page;
  maria: PhrClient;
  alice: PhrClient;
  bob: PhrClient;
  downloadsOf: (act: () => Promise<void>) => Promise<{ name: string; bytes: Uint8Array }>;
}

async function join(
  world: DashboardWorld,
  name: string,
  role: 'patient' | 'doctor',
  names: { given: string; family: string },
): Promise<PhrClient> {
  const client = await world.client(name);
  const profile = { ...emptyProfile, ...names, speciality: role === 'doctor' ? 'Cardiology' : '' };
  const { person } = await client.people.register({ role, home: client.nodeId, profile });
  await world.approve(Buffer.from(person.id).toString('hex'));
  await client.signIn();
  return client;
}

export async function openPatientWorld(seed: string, fromPort: number): Promise<PatientWorld> {
  const world = await DashboardWorld.open(seed, fromPort);
  const maria = await join(world, 'maria', 'patient', { given: 'Maria', family: 'Keller' });
  const alice = await join(world, 'alice', 'doctor', { given: 'Alice', family: 'Berg' });
  const bob = await join(world, 'bob', 'doctor', { given: 'Bob', family: 'Whitfield' });
  await maria.account.addPassphrase({ name: 'maria', passphrase: PASSPHRASE });
  const admin = await world.client(world.node('north').administrators[0]!);
  await admin.signIn();
  await admin.care.assign(maria.keys.id, alice.keys.id);
  const { page } = await world.window({ acceptDownloads: true, timezoneId: 'Europe/Berlin' });
  await signIn(page, 'maria', PASSPHRASE);
  await page.waitForURL((url) => url.pathname === '/patient');
  const downloadsOf = async (act: () => Promise<void>) => {
    const [download] = await Promise.all([page.waitForEvent('download'), act()]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    return { name: download.suggestedFilename(), bytes: new Uint8Array(Buffer.concat(chunks)) };
  };
  return { world, page, maria, alice, bob, downloadsOf };
}
