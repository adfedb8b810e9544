import { beforeAll, describe, expect, it } from 'vitest';
import { admit, everything, failure, openClinic, readings } from './clinic.ts';
import type { Clinic } from './clinic.ts';

const HOUR_MS = 3_600_000;

describe('emergencies and erasure by clients', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await openClinic();
  });

  it('go from opting in to review, each step where it is read', async () => {
    const { network, maria, bob, administrators } = clinic;
    const patient = maria.keys.id;
    const request = { patient, reason: 'ETREAT', text: 'found unconscious', lifetimeMs: HOUR_MS } as const;
    expect(await failure(bob.emergencies.request(request))).toBe('sharing-off');
    await maria.emergencies.optIn({ patient });
    expect(await maria.emergencies.deposit(patient)).toMatchObject({ threshold: 3, endedHeight: null });
    const auditor = await admit(network, 'ada', 'auditor');
    const { emergency } = await bob.emergencies.request({ ...request, readers: [auditor.keys.id] });
    // Who was asked for, who asked, who is in charge and who judges it read why; somebody else does not.
    const readers = [maria, bob, clinic.alice, administrators[0]!, auditor];
    for (const reader of readers)
      expect(await reader.emergencies.reason(emergency)).toEqual({ kind: 'text', text: 'found unconscious' });
    const stranger = await admit(network, 'eve', 'researcher');
    expect(await stranger.emergencies.reason(emergency)).toEqual({ kind: 'sealed' });
    expect((await bob.emergencies.find(emergency))?.phase).toBe('waiting');
    expect(await bob.emergencies.at(network.nodes[1]!.id)).toEqual([emergency]);
    const [first, second] = network.administrators[1]!.map((keys) => network.client(keys, { node: 1 }));
    await first!.emergencies.countersign(emergency);
    expect((await maria.emergencies.find(emergency))?.phase).toBe('open');
    await maria.emergencies.end(emergency);
    expect((await maria.emergencies.find(emergency))?.phase).toBe('over');
    expect(await failure(first!.emergencies.review(emergency, 'justified'))).toBe('own-case');
    await administrators[0]!.emergencies.review(emergency, 'justified');
    expect(await failure(second!.emergencies.review(emergency, 'justified'))).toBe('own-case');
    await maria.emergencies.review(emergency, 'not-justified');
    expect((await maria.emergencies.find(emergency))?.reviews.map(({ verdict }) => verdict)).toEqual([
      'justified',
      'not-justified',
    ]);
    await maria.emergencies.unshare(patient);
    expect(await maria.emergencies.of(patient)).toEqual([emergency]);
  });

  it('an erased record is found as one that is gone, and nobody opens it', async () => {
    const { maria, alice } = clinic;
    const patient = maria.keys.id;
    await maria.records.upload({ patient, records: readings(2) });
    const { hits } = await alice.records.search({ ...everything(patient), keywords: '*' });
    const [gone, kept] = hits;
    await maria.erasure.erase(patient, [gone!.recordId]);
    expect(await failure(alice.records.open(gone!))).toBe('not-found');
    await alice.records.open(kept!);
  });

  it('of a patient who left for good nobody opens anything, though no record was erased by itself', async () => {
    const { network, alice, administrators } = clinic;
    const tom = await admit(network, 'tom', 'patient');
    const patient = tom.keys.id;
    await administrators[0]!.care.assign(patient, alice.keys.id);
    await tom.care.acceptAssignment(alice.keys.id);
    await tom.records.upload({ patient, records: readings(1) });
    await alice.care.fetchKeys(patient);
    const { hits } = await alice.records.search({ ...everything(patient), keywords: '*' });
    await alice.records.open(hits[0]!);
    await tom.erasure.erasePerson(patient);
    // The block is still in this network's one store: what the ledger says is enough.
    expect(network.blocks.has(hits[0]!.header.toString())).toBe(true);
    expect(await failure(alice.records.open(hits[0]!))).toBe('not-found');
  });
});
