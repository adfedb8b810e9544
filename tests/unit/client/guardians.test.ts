import { beforeAll, describe, expect, it } from 'vitest';
import { readKeyring, stateKeys } from '#consensus/ledger';
import { admit, everything, failure, NOVEMBER, openClinic, readings, textsOf } from './clinic.ts';
import type { Clinic } from './clinic.ts';

const DAY_MS = 24 * 3_600_000;

describe('who acts in whose place', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await openClinic();
    await clinic.maria.records.upload({ patient: clinic.maria.keys.id, records: readings(2) });
  });

  it('lets cover open and write once the keys were sealed to it, and not after its end', async () => {
    const { network, maria, alice, bob } = clinic;
    const patient = maria.keys.id;
    expect(await failure(bob.care.fetchKeys(patient))).not.toBe('record-invalid');
    const untilMs = network.timeMs + 10 * DAY_MS;
    await alice.guardians.cover({ patient, doctors: [bob.keys.id], untilMs });
    await alice.care.startGeneration(patient);
    const { hits } = await bob.records.search({ ...everything(patient), keywords: '*' });
    expect(textsOf(await bob.records.openAll(hits))).toEqual(textsOf(readings(2)));
    await bob.records.upload({ patient, records: readings(1, Date.UTC(2026, 10, 23)) });
    expect(await bob.guardians.covers(patient)).toMatchObject([{ doctor: bob.keys.id, by: alice.keys.id }]);
    await maria.guardians.endCover(patient, bob.keys.id);
    expect(await failure(bob.records.upload({ patient, records: readings(1) }))).toBe('not-permitted');
    await alice.care.startGeneration(patient);
    const keys = [patient, alice.keys.id, bob.keys.id].map((id) =>
      stateKeys.keyring(patient, id, id === alice.keys.id ? 'own' : 'custodian'),
    );
    const { get } = await maria.read(keys);
    expect(readKeyring(get, patient, alice.keys.id, 'own')?.kitSerial).toBe(2);
    expect(readKeyring(get, patient, bob.keys.id, 'custodian')?.kitSerial).toBe(1);
  });

  it('lets a guardian grant in the patient’s place after two administrators', async () => {
    const { network, maria, alice, bob, administrators } = clinic;
    const patient = maria.keys.id;
    const gwen = await admit(network, 'gwen', 'patient', 1);
    const guardian = gwen.keys.id;
    await administrators[0]!.guardians.propose({ patient, guardian, untilMs: network.timeMs + 90 * DAY_MS });
    expect(await failure(administrators[0]!.guardians.confirm(patient, guardian))).toBe(
      'already-decided-by-sender',
    );
    await administrators[1]!.guardians.confirm(patient, guardian);
    expect(await gwen.guardians.wards(guardian)).toEqual([patient]);
    await alice.care.startGeneration(patient);
    const { categories } = await gwen.care.fetchKeys(patient);
    await gwen.sharing.grant({
      patient,
      delegate: bob.keys.id,
      categories: categories.slice(0, 1),
      months: [NOVEMBER],
      expiresAtMs: network.timeMs + DAY_MS,
      purpose: 'TREAT',
    });
    await gwen.guardians.end(patient, guardian);
    expect(await maria.guardians.of(patient)).toMatchObject([{ guardian, status: 'ended' }]);
    expect(await failure(gwen.care.startGeneration(patient))).toBe('not-permitted');
  });
});
