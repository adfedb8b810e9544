import { beforeEach, describe, expect, it } from 'vitest';
import { createGrant, deriveCompartment, DOMAIN, encode, hash, sealBox, toHex } from '#crypto';
import { nodesOf } from '#consensus/ledger';
import { admit, failure, NOVEMBER, openClinic, readings, textsOf } from './clinic.ts';
import type { Clinic } from './clinic.ts';

describe('a custodian who seals false keys', () => {
  let clinic: Clinic;
  beforeEach(async () => {
    clinic = await openClinic();
  });

  /** Alice seals a keyring with these contents to the patient. */
  const reseal = async (contents: object, context?: Uint8Array): Promise<void> => {
    const { network, maria, alice } = clinic;
    const patient = maria.keys.id;
    const box = sealBox(network.backend, {
      sender: { id: alice.keys.id, secretKey: alice.keys.sign.secretKey },
      recipientSeal: maria.keys.seal.publicKey,
      context: context ?? hash(DOMAIN.keyring, network.chainId, patient, patient),
      plaintext: encode({ version: 1, patient, seeds: [], kits: [], devices: [], ...contents }),
    });
    const [link] = await alice.put([{ codec: 'raw', bytes: box }]);
    await alice.submit('keyring.update', {
      patient,
      entries: [{ recipient: patient, box: link! }],
      kitSerial: 1,
    });
  };
  const load = (): Promise<string> => failure(clinic.maria.care.fetchKeys(clinic.maria.keys.id));
  const seed = (fill: number, generation: number) => ({
    category: 'vital-signs',
    generation,
    seed: new Uint8Array(32).fill(fill),
  });

  it('can add a generation, which is what custodians are for', async () => {
    await reseal({ seeds: [seed(1, 1)] });
    expect(await load()).toBe('nothing thrown');
    await clinic.maria.records.upload({ patient: clinic.maria.keys.id, records: readings(1) });
    const selection = {
      patient: clinic.maria.keys.id,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      keywords: '*',
    };
    const { hits } = await clinic.maria.records.search(selection);
    expect(hits.map(({ compartment }) => compartment.generation)).toEqual([1]);
  });

  it('cannot exchange a seed that the patient knows', async () => {
    await reseal({ seeds: [seed(1, 0)] });
    expect(await load()).toBe('nothing thrown');
    const { seeds } = clinic.maria.vault.keyrings[0]!;
    const known = seeds.find(({ category, generation }) => category === 'vital-signs' && generation === 0);
    expect(toHex(known!.seed)).not.toBe('01'.repeat(32));
  });

  it('cannot keep the patient from taking her keys away again', async () => {
    const { maria, alice } = clinic;
    const patient = maria.keys.id;
    await reseal({ seeds: [seed(2, 1), seed(1, 0)] });
    expect(await load()).toBe('nothing thrown');
    await maria.care.endAssignment(patient, alice.keys.id);
    expect(await load()).toBe('nothing thrown');
    const { seeds } = maria.vault.keyrings[0]!;
    const newest = seeds.find(({ category, generation }) => category === 'vital-signs' && generation === 1);
    expect(toHex(newest!.seed)).not.toBe('02'.repeat(32));
  });

  it.each([
    ['the last generation that there is', () => [seed(1, 0xffff_ffff)]],
    ['a generation far ahead', () => [seed(1, 4000)]],
    ['as many seeds as fit', () => Array.from({ length: 4090 }, (_, i) => seed(i & 255, i + 1))],
    [
      'as many categories as fit',
      () => Array.from({ length: 4090 }, (_, i) => ({ ...seed(1, 0), category: `made-up-${i}` })),
    ],
    ['plans for as many devices as fit', () => []],
  ] as const)('cannot use up what the patient needs to start anew: %s', async (name, seeds) => {
    const { network, maria, alice } = clinic;
    const patient = maria.keys.id;
    // 256 plans of about 3.6 kB: all that a box takes, but for a few hundred bytes.
    const months = Array.from({ length: 440 }, () => NOVEMBER);
    const devices = Array.from({ length: name.startsWith('plans') ? 256 : 0 }, (_, i) => ({
      device: new Uint8Array(32).fill(i),
      categories: ['vital-signs'],
      months,
    }));
    await reseal({ seeds: seeds(), devices });
    await load();
    await maria.care.endAssignment(patient, alice.keys.id);
    await maria.records.upload({ patient, records: readings(1) });
    const selection = { patient, categories: ['vital-signs'], months: [NOVEMBER], keywords: '*' };
    expect((await maria.records.search(selection)).hits).toHaveLength(1);
    // Nothing is left of the device: what she sealed to herself can be read.
    const anew = network.client(maria.keys);
    await anew.care.fetchKeys(patient);
    expect((await anew.records.search(selection)).hits).toHaveLength(1);
  });

  it('cannot keep the patient from giving keys by naming more people than one update takes', async () => {
    const { network, maria, alice, administrators } = clinic;
    const patient = maria.keys.id;
    const doctors: Uint8Array[] = [];
    for (let i = 0; i < 32; i++) doctors.push((await admit(network, `doctor ${i}`, 'doctor')).keys.id);
    const untilMs = network.timeMs + 24 * 3_600_000;
    for (const part of [doctors.slice(0, 16), doctors.slice(16)])
      await alice.submit('cover.create', { patient, doctors: part, untilMs });
    await maria.care.startGeneration(patient);
    const [some] = administrators;
    expect(some).toBeDefined();
    for (const name of ['doctor 0', 'doctor 31']) {
      const doctor = network.client(network.person(name));
      await doctor.care.fetchKeys(patient);
      const generations = doctor.vault.keyrings[0]!.seeds.map(({ generation }) => generation);
      expect(Math.max(...generations)).toBe(1);
    }
  });

  const generations = (): number[] =>
    clinic.maria.vault.keyrings[0]!.seeds.map(({ generation }) => generation);

  it('cannot pass off the keyring of another patient, nor a box made for another place', async () => {
    const seeds = [seed(1, 1)];
    await reseal({ patient: clinic.bob.keys.id, seeds });
    expect(await load()).toBe('nothing thrown');
    const context = hash(DOMAIN.keyring, clinic.network.chainId, clinic.bob.keys.id, clinic.maria.keys.id);
    await reseal({ seeds }, context);
    expect(await load()).toBe('nothing thrown');
    expect(generations()).not.toContain(1);
    await reseal({ seeds });
    await load();
    expect(generations()).toContain(1);
  });

  it('cannot hand over contents of another form', async () => {
    for (const wrong of [
      { extra: 1 },
      { version: 2 },
      { seeds: [seed(1, 1), { ...seed(1, 2), seed: new Uint8Array(31) }] },
    ]) {
      await reseal({ seeds: [seed(1, 1)], ...wrong });
      expect(await load()).toBe('nothing thrown');
      expect(generations()).not.toContain(1);
    }
  });

  it('cannot write over what the patient sealed to herself: her root alone brings everything back', async () => {
    const { network, maria } = clinic;
    const patient = maria.keys.id;
    await maria.records.upload({ patient, records: readings(2) });
    await reseal({ seeds: [seed(1, 0)] });
    const anew = network.client(maria.keys);
    const selection = { patient, categories: ['vital-signs'], months: [NOVEMBER], keywords: '*' };
    const { hits } = await anew.records.search(selection);
    expect(textsOf(await anew.records.openAll(hits))).toEqual(textsOf(readings(2)));
    // Nor does it keep her from writing, although the serial of the kits went up.
    network.height += 300;
    await anew.records.upload({ patient, records: readings(1, Date.UTC(2026, 10, 24)) });
  });

  it('cannot keep from another doctor what the patient sealed to him', async () => {
    const { network, maria, alice, administrators } = clinic;
    const patient = maria.keys.id;
    await maria.records.upload({ patient, records: readings(2) });
    const dana = await admit(network, 'dana', 'doctor');
    await administrators[0]!.care.assign(patient, dana.keys.id);
    await maria.care.acceptAssignment(dana.keys.id);
    const [link] = await alice.put([{ codec: 'raw', bytes: new Uint8Array(2000).fill(1) }]);
    await alice.submit('keyring.update', {
      patient,
      entries: [{ recipient: dana.keys.id, box: link! }],
      kitSerial: 1,
    });
    const { hits } = await dana.records.search({
      patient,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      keywords: '*',
    });
    expect(hits).toHaveLength(2);
  });
});

describe('an issuer whose grant is not what the ledger says', () => {
  it('is found out by the delegate before anything is asked of a proxy', async () => {
    const { network, maria, alice, bob } = await openClinic();
    const { backend } = network;
    const patient = maria.keys.id;
    await alice.care.fetchKeys(patient);
    const [{ category, generation, seed } = { category: '', generation: 0, seed: new Uint8Array() }] =
      alice.vault.keyrings[0]!.seeds;
    const expiresAtMs = network.timeMs + 3_600_000;
    const issue = async (change: 'nothing' | 'commitment' | 'expiry' | 'rekeys'): Promise<Uint8Array> => {
      const draft = createGrant(backend, {
        issuer: alice.keys,
        patient,
        delegate: bob.keys.publicKeys,
        compartments: [deriveCompartment(backend, seed, { category, generation, period: NOVEMBER })],
        threshold: 3,
        nodes: nodesOf(network.genesis).map(({ id, index, sealKey }) => ({ id, index, seal: sealKey })),
        terms: { purpose: 'TREAT', expiresAtMs },
      });
      const bytes = [...draft.nodeShares.map(({ box }) => box), draft.terms];
      const links = await alice.put(bytes.map((box) => ({ codec: 'raw', bytes: box })));
      const rekeys = draft.rekeys.map(({ X, commitments }) => ({ X, commitments: [...commitments] }));
      await alice.submit('grant.create', {
        patient,
        delegate: bob.keys.id,
        nonce: draft.nonce,
        threshold: 3,
        rekeys:
          change === 'rekeys' ? rekeys.map((one) => ({ ...one, X: rekeys[0]!.commitments[0]! })) : rekeys,
        shares: draft.nodeShares.map(({ node }, i) => ({ node, box: links[i]! })),
        terms: links.at(-1)!,
        termsCommitment: change === 'commitment' ? new Uint8Array(32) : draft.termsCommitment,
        expiresAtMs: change === 'expiry' ? expiresAtMs + 1 : expiresAtMs,
        request: null,
      });
      return draft.grantId;
    };
    expect(await failure(bob.sharing.open(await issue('nothing')))).toBe('nothing thrown');
    for (const change of ['commitment', 'expiry', 'rekeys'] as const) {
      expect(await failure(bob.sharing.open(await issue(change))), change).toBe('record-invalid');
    }
  });
});
