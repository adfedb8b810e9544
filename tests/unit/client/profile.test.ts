import { beforeAll, describe, expect, it } from 'vitest';
import { nobleBackend } from '#crypto';
import { emptyProfile } from '#node/client';
import type { PhrClient, Profile } from '#node/client';
import { FakeNetwork } from './fake-node.ts';

const network = new FakeNetwork(nobleBackend);
const home = network.nodes[0]!.id;
const MARIA: Profile = {
  ...emptyProfile,
  family: 'Keller',
  given: 'Maria',
  birthDate: '1971-03-09',
  sex: 'female',
  contact: '+41 44 000 00 00',
  message: 'I am already a patient of yours.',
};
const ALICE: Profile = {
  ...emptyProfile,
  family: 'Brunner',
  given: 'Alice',
  number: 'CH-10234',
  speciality: 'Cardiology',
  contact: 'alice@north.example',
  message: 'I start on 1 December.',
};

let maria: PhrClient;
let alice: PhrClient;
let administrator: PhrClient;
let elsewhere: PhrClient;

beforeAll(async () => {
  maria = network.client(network.person('maria'));
  await maria.people.register({ role: 'patient', home, profile: MARIA });
  alice = network.client(network.person('alice'));
  await alice.people.register({ role: 'doctor', home, profile: ALICE });
  const administrators = network.administrators[0]!.map((keys) => network.client(keys));
  administrator = administrators[0]!;
  await administrator.people.approve(maria.keys.id);
  for (const each of administrators) await each.people.approve(alice.keys.id);
  elsewhere = network.client(network.administrators[1]![0]!, { node: 1 });
});

const asSeenBy = async (reader: PhrClient, who: PhrClient): Promise<Profile | undefined> => {
  const person = await reader.people.find(who.keys.id);
  return reader.profiles.of(person!);
};

describe('the profile of a registration', () => {
  it('is read by the administrators who decide and by the patient herself', async () => {
    expect(await asSeenBy(administrator, maria)).toEqual(MARIA);
    expect(await asSeenBy(maria, maria)).toEqual(MARIA);
  });

  it('shows nothing of a patient to anybody else, not even an administrator of another institution', async () => {
    expect(await asSeenBy(elsewhere, maria)).toBeUndefined();
    expect(await asSeenBy(alice, maria)).toBeUndefined();
    for (const block of network.blocks.values()) {
      const text = new TextDecoder('latin1').decode(block);
      for (const word of ['Keller', 'Maria', '1971-03-09']) expect(text).not.toContain(word);
    }
  });

  it('shows the name, number and speciality of a professional to every member, and the rest to those who decide', async () => {
    const shown = { ...ALICE, contact: '', message: '' };
    expect(await asSeenBy(elsewhere, alice)).toEqual(shown);
    expect(await asSeenBy(maria, alice)).toEqual(shown);
    expect(await asSeenBy(administrator, alice)).toEqual(ALICE);
  });

  it('is absent where none was given', async () => {
    expect(await asSeenBy(maria, administrator)).toBeUndefined();
  });

  it('is not taken from another person’s registration', async () => {
    const [person, other] = await Promise.all([
      administrator.people.find(maria.keys.id),
      administrator.people.find(alice.keys.id),
    ]);
    const moved = { ...other!, profile: person!.profile };
    const fresh = network.client(network.administrators[0]![1]!);
    await expect(fresh.profiles.of(moved)).rejects.toMatchObject({ code: 'record-invalid' });
  });

  it.each([
    { ...MARIA, family: '' },
    { ...MARIA, birthDate: '1971-13-09' },
    { ...MARIA, message: 'x'.repeat(1001) },
  ])('is refused before anything is sent when it does not fit', async (profile) => {
    const nobody = network.client(network.person('nobody'));
    const before = network.requests.length;
    await expect(nobody.people.register({ role: 'patient', home, profile })).rejects.toMatchObject({
      code: 'input-invalid',
    });
    expect(network.requests.length).toBe(before);
  });
});
