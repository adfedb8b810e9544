import { beforeEach, describe, expect, it } from 'vitest';
import { derivePersonKeys, sha256, utf8 } from '#crypto';
import { RECOVERY_WINDOW_MS, signKeyChange } from '#consensus/ledger';
import { keysUnderId } from '#node/client';
import type { PhrClient } from '#node/client';
import { admit, everything, failure, openClinic, readings, textsOf } from './clinic.ts';
import type { Clinic } from './clinic.ts';

/** New keys for somebody who lost everything, without a deposit: two administrators and seven days. */
async function recover({ network, administrators }: Clinic, lost: PhrClient): Promise<PhrClient> {
  const { id } = lost.keys;
  const next = derivePersonKeys(network.backend, sha256(utf8('found nothing')));
  const signature = signKeyChange(network.backend, lost.chainId, id, next.publicKeys, next.sign.secretKey);
  await administrators[0]!.recoveries.start({ person: id, keys: next.publicKeys, signature });
  network.timeMs += RECOVERY_WINDOW_MS;
  await administrators[1]!.recoveries.finish(id);
  const again = network.client(keysUnderId(next, id));
  await again.signIn();
  return again;
}

const opened = async (client: PhrClient, patient: Uint8Array): Promise<string[]> => {
  const { hits } = await client.records.search({ ...everything(patient), keywords: '*' });
  return textsOf(await client.records.openAll(hits));
};

describe('a record that is sealed to keys that went', () => {
  let clinic: Clinic;
  beforeEach(async () => {
    clinic = await openClinic();
  });

  it('is found to be so, and a doctor in charge seals it to the new keys', async () => {
    const { maria, alice, bob } = clinic;
    const patient = maria.keys.id;
    await maria.records.upload({ patient, records: readings(2) });
    const pair = [{ patient, holder: patient }];
    expect(await alice.recoveries.outdated(pair)).toEqual([false]);
    const again = await recover(clinic, maria);
    expect(await failure(opened(again, patient))).toBe('record-invalid');
    expect(await again.recoveries.outdated(pair)).toEqual([true]);
    expect(await again.recoveries.helpers(patient)).toEqual([alice.keys.id]);
    // Nobody takes the keys of the doctor's patient away by starting anew, and nobody else can help.
    expect(await failure(again.recoveries.startAnew())).toBe('contended');
    expect(await failure(bob.care.startGeneration(patient))).toBe('no-access');
    await alice.care.startGeneration(patient);
    expect(await opened(again, patient)).toEqual(textsOf(readings(2)));
    expect(await again.recoveries.outdated(pair)).toEqual([false]);
    await again.records.upload({ patient, records: readings(1, Date.UTC(2026, 10, 23)) });
    expect(await opened(alice, patient)).toHaveLength(3);
  });

  it('opens with the root from before, and with no other', async () => {
    const { network, maria } = clinic;
    const patient = maria.keys.id;
    await maria.records.upload({ patient, records: readings(2) });
    const again = await recover(clinic, maria);
    expect(await failure(again.recoveries.regainWith(network.backend.random(32)))).toBe('record-invalid');
    const { categories, height } = await again.recoveries.regainWith(maria.keys.root);
    expect(categories).toContain('vital-signs');
    expect(height).toBe((await again.head()).height);
    expect(await opened(again, patient)).toEqual(textsOf(readings(2)));
    expect(await again.recoveries.outdated([{ patient, holder: patient }])).toEqual([false]);
  });

  it('of which nobody has the keys is left behind, and a new one begins', async () => {
    const { network, maria } = clinic;
    const tom = await admit(network, 'tom', 'patient');
    const patient = tom.keys.id;
    await tom.records.upload({ patient, records: readings(2) });
    const again = await recover(clinic, tom);
    expect(await again.recoveries.helpers(patient)).toEqual([]);
    const [another] = readings(1, Date.UTC(2026, 10, 23));
    expect(await failure(again.records.upload({ patient, records: [another!] }))).toBe('record-invalid');
    await again.recoveries.startAnew();
    await again.records.upload({ patient, records: [another!] });
    expect(await opened(again, patient)).toEqual(textsOf([another!]));
    expect(await failure(maria.records.search({ ...everything(patient), keywords: '*' }))).toBe('no-access');
  });

  it('is told apart from that of a doctor whose own keys changed', async () => {
    const { network, maria, alice } = clinic;
    const patient = maria.keys.id;
    const { keys } = await alice.rotation.rotate(derivePersonKeys(network.backend, sha256(utf8('alice 2'))));
    const pairs = [patient, keys.id].map((holder) => ({ patient, holder }));
    expect(await maria.recoveries.outdated(pairs)).toEqual([false, true]);
    expect(await maria.recoveries.helpers(patient)).toEqual([]);
    await maria.care.acceptAssignment(keys.id);
    expect(await maria.recoveries.outdated(pairs)).toEqual([false, false]);
    const again = network.client(keys);
    expect((await again.care.fetchKeys(patient)).categories).toContain('vital-signs');
  });
});
