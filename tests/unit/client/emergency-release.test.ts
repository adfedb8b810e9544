import { beforeAll, describe, expect, it } from 'vitest';
import {
  decode,
  decodeRecordHeader,
  encode,
  fromBase64Url,
  nobleBackend,
  openRelease,
  toBase64Url,
  toHex,
} from '#crypto';
import type { ReleaseCapsule } from '#crypto';
import { nodesOf, readEmergency, readRecord, readSharing } from '#consensus/ledger';
import { ClientError, decodeReleaseAnswer, verifyEmergencyReceipt } from '#node/client';
import type { EmergencyOpening, PhrClient } from '#node/client';
import { admit, everything, failure, openClinic, textsOf } from './clinic.ts';
import type { Clinic } from './clinic.ts';
import { falseRelease } from './false-release.ts';

const HOUR_MS = 3_600_000;
const encoder = new TextEncoder();
const CARD = ['penicillin: anaphylaxis', 'blood group 0 negative'];

const note = (text: string) => ({
  resource: encoder.encode(JSON.stringify({ resourceType: 'Basic', text })),
  category: 'emergency',
  month: 'all',
  keywords: ['card'],
});

describe('an emergency', () => {
  let clinic: Clinic;
  let vouching: PhrClient;
  let opening: EmergencyOpening;
  let emergency: Uint8Array;
  const request = () => ({
    patient: clinic.maria.keys.id,
    reason: 'ETREAT' as const,
    text: 'found unconscious',
    lifetimeMs: HOUR_MS,
  });

  /** Why it does not open: the reasons of the institutions. */
  async function reasons(client: PhrClient, id: Uint8Array): Promise<string> {
    try {
      await client.emergencies.open(id);
      return 'opened';
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return String(error.facts['codes'] ?? error.api?.code ?? error.code);
    }
  }

  async function begun(by: PhrClient = clinic.bob): Promise<Uint8Array> {
    const { emergency: id } = await by.emergencies.request(request());
    await vouching.emergencies.countersign(id);
    return id;
  }

  beforeAll(async () => {
    clinic = await openClinic();
    const { maria, bob, network } = clinic;
    const patient = maria.keys.id;
    vouching = network.client(network.administrators[1]![0], { node: 1 });
    await maria.emergencies.optIn({ patient });
    await maria.records.upload({ patient, records: CARD.map(note) });
    ({ emergency } = await bob.emergencies.request(request()));
  });

  it('opens nothing before somebody else of the institution has vouched', async () => {
    expect(await reasons(clinic.bob, emergency)).toBe('no-access');
    expect((await vouching.emergencies.notices())[0]).toMatchObject({ duty: 'countersign' });
    await vouching.emergencies.countersign(emergency);
  });

  it('opens the whole emergency compartment through the institutions, with receipts', async () => {
    opening = await clinic.bob.emergencies.open(emergency);
    expect(textsOf(opening.records)).toEqual(textsOf(CARD.map(note)));
    expect(opening.liars).toEqual([]);
    const shown = verifyEmergencyReceipt(nobleBackend, clinic.network.genesisBytes, opening.receipts[1]!);
    expect(shown).toMatchObject({ emergency, patient: clinic.maria.keys.id, doctor: clinic.bob.keys.id });
    expect(shown.records.map(toHex).toSorted()).toEqual(
      opening.records.map(({ hit }) => toHex(hit.recordId)).toSorted(),
    );
    expect(shown.nodes).toHaveLength(3);
  });

  it('yields receipts of which no byte can be changed', () => {
    const [file] = opening.receipts;
    for (let at = 0; at < file!.length; at += Math.ceil(file!.length / 60)) {
      const forged = file!.slice();
      forged[at] = (forged[at] ?? 0) ^ 1;
      const verify = () => verifyEmergencyReceipt(nobleBackend, clinic.network.genesisBytes, forged);
      expect(verify, `byte ${at}`).toThrow(ClientError);
    }
  });

  it('yields no receipt with the answers of fewer institutions than the deposit demands, or of one twice', () => {
    const file = JSON.parse(new TextDecoder().decode(opening.receipts[0]!)) as {
      facts: { institutions: string[] };
      proof: string;
    };
    const proof = decode(fromBase64Url(file.proof), 1 << 23) as { answers: unknown[] };
    // Under words that say the same as the answers.
    const verify = (which: readonly number[]) => (): unknown => {
      const answers = which.map((i) => proof.answers[i]);
      const facts = { ...file.facts, institutions: which.map((i) => file.facts.institutions[i]) };
      const text = JSON.stringify({ ...file, facts, proof: toBase64Url(encode({ ...proof, answers })) });
      const made = new TextEncoder().encode(`${text}\n`);
      return verifyEmergencyReceipt(nobleBackend, clinic.network.genesisBytes, made);
    };
    expect(verify([0, 1, 2])).not.toThrow();
    expect(verify([0, 1])).toThrow('fewer institutions');
    expect(verify([0, 1, 1])).toThrow('order of the answers');
  });

  it('opens for nobody else: neither the colleague who asks for it nor who reads the answers', async () => {
    const { network, alice } = clinic;
    expect(await failure(alice.emergencies.open(emergency))).toBe('not-found');
    let seen: Uint8Array | undefined;
    network.tampering = { answer: (bytes) => (seen = bytes) };
    await clinic.bob.emergencies.open(emergency);
    network.tampering = {};
    const { node, index, box, height } = decodeReleaseAnswer(seen!);
    const sharing = readSharing((key) => network.state.get(key), clinic.maria.keys.id)!;
    const { validatorKey } = nodesOf(network.genesis).find(({ id }) => toHex(id) === toHex(node))!;
    const capsules = decodeReleaseAnswer(seen!).items.map(({ record, slot }) => capsuleOf(record, slot));
    const open = (requester: PhrClient) =>
      openRelease(network.backend, {
        requester: requester.keys,
        holder: { id: node, index, signPublicKey: validatorKey },
        context: {
          chainId: network.chainId,
          sharingId: sharing.id,
          requester: clinic.bob.keys.id,
          accessId: emergency,
          height,
        },
        sharing,
        capsules,
        box,
      });
    expect(() => open(alice)).toThrow('share-invalid');
    expect(() => open(vouching)).toThrow('share-invalid');
    expect(open(clinic.bob).index).toBe(index);
  });

  function capsuleOf(recordId: Uint8Array, slot: number): ReleaseCapsule {
    const { network } = clinic;
    const record = readRecord((key) => network.state.get(key), recordId)!;
    const header = decodeRecordHeader(network.blocks.get(record.header.toString())!);
    return { E: header.slots[slot]!.E, recordId, slot };
  }

  it.each(['scalar', 'opening', 'lock', 'sealed'] as const)(
    'names a node that lies about its %s, and does without it',
    async (about) => {
      const { network, bob, maria } = clinic;
      const [liar] = network.nodes;
      const get = (key: Uint8Array) => network.state.get(key);
      const sharing = readSharing(get, maria.keys.id)!;
      const { boxes } = sharing.shares.find(({ node }) => toHex(node) === toHex(liar!.id))!;
      network.tampering = {
        answer: (honest, node) =>
          node !== liar
            ? honest
            : falseRelease(network.backend, {
                honest,
                node,
                index: nodesOf(network.genesis).find(({ id }) => toHex(id) === toHex(node.id))!.index,
                issuer: maria.keys,
                doctor: bob.keys,
                chainId: network.chainId,
                emergency: readEmergency(get, emergency)!,
                sharing,
                partBox: network.blocks.get(boxes[0]!.toString())!,
                sealed: network.blocks.get(sharing.sealed.toString())!,
                capsules: decodeReleaseAnswer(honest).items.map(({ record, slot }) =>
                  capsuleOf(record, slot),
                ),
                about,
              }),
      };
      const { records, liars } = await bob.emergencies.open(emergency);
      network.tampering = {};
      expect(textsOf(records)).toEqual(textsOf(CARD.map(note)));
      expect(liars.map(({ node }) => toHex(node))).toEqual([toHex(liar!.id)]);
    },
  );

  it('works with one institution away and not with two', async () => {
    const { network, bob } = clinic;
    const [first, second] = network.nodes;
    network.tampering = { isLate: (node) => node === first };
    expect((await bob.emergencies.open(emergency)).records).toHaveLength(CARD.length);
    network.tampering = { isLate: (node) => node === first || node === second };
    expect(await failure(bob.emergencies.open(emergency))).toBe('not-enough-conversions');
    network.tampering = {};
  });

  it('is seen by the patient, her doctor and both institutions, and reviewed when it is over', async () => {
    const { maria, alice, bob, administrators } = clinic;
    const dutiesOf = async (client: PhrClient) =>
      (await client.emergencies.notices()).map(({ duty, emergency: { phase } }) => `${phase}: ${duty}`);
    for (const client of [maria, alice, bob, vouching, administrators[0]!])
      expect(await dutiesOf(client)).toEqual(['open: know']);
    await bob.emergencies.end(emergency);
    expect(await dutiesOf(maria)).toEqual(['over: know']);
    expect(await dutiesOf(vouching)).toEqual(['over: know']);
    expect(await dutiesOf(administrators[0]!)).toEqual(['over: review']);
    await administrators[0]!.emergencies.review(emergency, 'justified');
    expect(await dutiesOf(administrators[0]!)).toEqual(['over: know']);
    expect(await reasons(bob, emergency)).toBe('emergency-over');
  });

  it('opens nothing when its time in blocks is over', async () => {
    const { bob, network } = clinic;
    const id = await begun();
    expect(await reasons(bob, id)).toBe('opened');
    network.timeMs += HOUR_MS;
    network.commit([]);
    expect(await reasons(bob, id)).toBe('emergency-over');
  });

  it('opens nothing after the patient has opted out, and nothing under a deposit that was replaced', async () => {
    const { bob, maria } = clinic;
    const patient = maria.keys.id;
    const replaced = await begun();
    await maria.emergencies.optIn({ patient });
    expect(await reasons(bob, replaced)).toBe('sharing-off');
    await bob.emergencies.end(replaced);
    const ended = await begun();
    await maria.emergencies.unshare(patient);
    expect(await reasons(bob, ended)).toBe('sharing-off');
    await bob.emergencies.end(ended);
  });

  it('opens no record of another patient', async () => {
    const { bob, maria, network } = clinic;
    await maria.emergencies.optIn({ patient: maria.keys.id });
    const tom = await admit(network, 'tom', 'patient');
    await tom.emergencies.optIn({ patient: tom.keys.id });
    const [toms] = await tom.records.upload({ patient: tom.keys.id, records: [note('toms')] });
    const id = await begun();
    const wire = network.fetchOf(1);
    let asked = '';
    // Bob's own session, with another record in his request.
    const forging: typeof fetch = (input, init) => {
      if (typeof init?.body !== 'string' || !init.body.includes('"items":[{')) return wire(input, init);
      const body = JSON.parse(init.body) as { items: object[] };
      asked = JSON.stringify({ ...body, items: [{ record: toHex(toms!.recordId), slot: 0 }] });
      return wire(input, { ...init, body: asked });
    };
    const forger = network.clientOver(bob.keys, forging, 1);
    expect(await reasons(forger, id)).toBe('other-patient');
    expect(asked).not.toBe('');
    await bob.emergencies.end(id);
  });

  it('is followed by a new generation: the last doctor sees nothing new, the next one sees all', async () => {
    const { bob, maria, network, alice } = clinic;
    const patient = maria.keys.id;
    const old = await begun();
    const { records } = await bob.emergencies.open(old);
    await bob.emergencies.end(old);
    const { moved } = await maria.emergencies.renew({ patient });
    expect(moved).toBe(records.length);
    await maria.records.upload({ patient, records: [note('pacemaker')] });
    const carla = await admit(network, 'carla', 'doctor', 1);
    const { records: seen } = await carla.emergencies.open(await begun(carla));
    expect(textsOf(seen)).toEqual(textsOf([...CARD, 'pacemaker'].map(note)));
    expect(seen.map(({ hit }) => hit.recordId)).not.toContainEqual(records[0]!.hit.recordId);
    const { hits } = await alice.records.search({ ...everything(patient), keywords: 'card' });
    expect(new Set(hits.map(({ compartment }) => compartment.generation))).toEqual(new Set([0, 1]));
  });
});
