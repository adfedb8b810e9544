import { beforeEach, describe, expect, test } from 'vitest';
import { createNativeBackend } from '#crypto/native';
import { identityInputs, nameWords } from '#node/client';
import type { Identity, PhrClient } from '#node/client';
import { blindIdentity, evaluateIdentities, identityTags, witnessedTag } from '#crypto/identity';
import { decodeTransaction, stateKeys } from '#consensus/ledger';
import { decodeBlock } from '#consensus';
import { decode, toHex, utf8 } from '#crypto';
import { IDENTITY_EVALUATIONS_MAX, IdentityOracle } from '#node/services';
import { decodeIdentityReply } from '../../../node/services/identity-oracle.ts';
import { failure } from './clinic.ts';
import { rowsInMemory } from './fake-identities.ts';
import { FakeNetwork } from './fake-node.ts';

const PIA: Identity = { familyName: 'Müller-Sørensen', givenNames: 'Pia Maria', birthDate: '1961-03-09' };
const NUMBER = { country: 'CH', value: '756.1234.5678.97' };
const backend = await createNativeBackend();

let network: FakeNetwork;
let administrators: PhrClient[];

/** A pending application of somebody at an institution. */
async function apply(name: string, home: number): Promise<Uint8Array> {
  const client = network.client(network.person(name), { node: home });
  await client.people.register({ role: 'patient', home: network.nodes[home]!.id });
  return client.keys.id;
}

async function approveChecked(name: string, home: number, identity: Identity): Promise<Uint8Array> {
  const applicant = await apply(name, home);
  const { identifiers } = await administrators[home]!.identities.check(applicant, identity);
  await administrators[home]!.people.approve(applicant, { identifiers });
  return applicant;
}

beforeEach(async () => {
  network = new FakeNetwork(backend);
  administrators = network.administrators.map(([keys], node) => network.client(keys, { node }));
  for (const administrator of administrators) await administrator.identities.publishKey();
});

describe('one person, several institutions', () => {
  test('a second registration at another institution is found, however the name is written', async () => {
    const pia = await approveChecked('pia', 0, PIA);
    const again = await apply('pia in the east', 1);
    const written: Identity = { familyName: 'MUELLER SORENSEN', givenNames: 'pia', birthDate: '1961-03-09' };
    const { matches, unchecked } = await administrators[1]!.identities.check(again, written);
    expect(matches).toEqual([{ institution: network.nodes[0]!.id, person: pia, basis: 'names' }]);
    expect(unchecked).toEqual([]);
    const other = await apply('other', 1);
    const stranger = { ...written, birthDate: '1961-03-10' };
    expect(await administrators[1]!.identities.check(other, stranger)).toMatchObject({ matches: [] });
  });

  test('a number for life finds who has changed her name; at home the ledger itself refuses', async () => {
    const pia = await approveChecked('pia', 0, { ...PIA, number: NUMBER });
    const married = { familyName: 'Meier', givenNames: 'Pia', birthDate: '1961-03-09' };
    const number = { country: 'ch', value: '7561234567897' };
    const again = await apply('pia meier', 2);
    const { matches } = await administrators[2]!.identities.check(again, { ...married, number });
    expect(matches).toEqual([{ institution: network.nodes[0]!.id, person: pia, basis: 'number' }]);
    const home = await apply('pia again', 0);
    const { identifiers } = await administrators[0]!.identities.check(home, { ...PIA, number });
    const approval = administrators[0]!.people.approve(home, { identifiers });
    expect(await failure(approval)).toBe('identifier-taken');
  });

  test('an institution that is away, has no key or uses another one is named, never taken for no match', async () => {
    await approveChecked('pia', 0, PIA);
    const again = await apply('pia in the east', 1);
    const check = async () => await administrators[1]!.identities.check(again, PIA);
    network.identity.lying = [0];
    network.identity.away = [3];
    expect(await check()).toMatchObject({
      matches: [],
      unchecked: expect.arrayContaining([
        { institution: network.nodes[0]!.id, code: 'evaluation-invalid' },
        { institution: network.nodes[3]!.id, code: 'unavailable' },
      ]) as unknown,
    });
    network.identity.lying = [];
    expect((await check()).matches).toHaveLength(1);
    const keyless = new FakeNetwork(backend);
    const north = keyless.client(keyless.administrators[0]![0]!);
    const client = keyless.client(keyless.person('pia'));
    await client.people.register({ role: 'patient', home: keyless.nodes[0]!.id });
    expect(await failure(north.identities.check(client.keys.id, PIA))).toBe('no-access');
  });

  test('an institution publishes one key for good, and only its own', async () => {
    expect(await failure(administrators[0]!.identities.publishKey())).toBe('identity-key-exists');
    const fresh = new FakeNetwork(backend);
    const east = fresh.client(fresh.administrators[1]![0]!, { node: 0 });
    expect(await failure(east.identities.publishKey())).toBe('identity-key-invalid');
  });

  test('whoever looks first publishes the key of the institution, and nobody a second time', async () => {
    const fresh = new FakeNetwork(backend);
    const north = fresh.client(fresh.administrators[0]![0]!);
    await north.identities.ensureKey();
    const { height } = fresh;
    await north.identities.ensureKey();
    expect(fresh.height).toBe(height);
    expect(await failure(north.identities.publishKey())).toBe('identity-key-exists');
  });

  test('nothing personal goes over the wire or onto the ledger, and two checks have nothing in common', async () => {
    await approveChecked('pia', 0, { ...PIA, number: NUMBER });
    const again = await apply('pia in the east', 1);
    await administrators[1]!.identities.check(again, { ...PIA, number: NUMBER });
    const asked = network.identity.asked.filter(({ node }) => node === toHex(network.nodes[2]!.id));
    expect(asked).toHaveLength(2);
    const everything = [
      ...asked.map(({ bytes }) => bytes),
      ...network.chain.map(({ block }) => block),
      ...[...network.state.entries()].map(([, value]) => value),
    ].map((bytes) => Buffer.from(bytes));
    const inputs = identityInputs({ ...PIA, number: NUMBER }).map(({ input }) => input);
    const secrets = ['muller', 'sorensen', 'pia', '1961', '756', '7561234567897', 'Müller'].map(utf8);
    for (const bytes of everything) {
      for (const secret of [...inputs, ...secrets.filter(({ length }) => length > 4)])
        expect(bytes.includes(Buffer.from(secret))).toBe(false);
    }
    const pieces = (point: Uint8Array): string[] =>
      Array.from({ length: point.length - 7 }, (_, i) => toHex(point.slice(i, i + 8)));
    const points = asked.map(({ bytes }) => (decode(bytes, 512) as { blinded: Uint8Array[] }).blinded);
    const parts = points.map((two) => two.flatMap((point) => pieces(point)));
    expect(parts.map(({ length }) => length)).toEqual([50, 50]);
    expect(new Set(parts.flat()).size).toBe(100);
  });
});

/** What one institution makes of an identity with its own key, as often as it likes. */
function tagsWith(index: number, identity: Identity): Uint8Array[] {
  const keys = network.identity.keysOf(index);
  const items = identityInputs(identity).map(({ input }) => blindIdentity(backend, input));
  const evaluation = evaluateIdentities(
    backend,
    keys,
    items.map(({ blinded }) => blinded),
  );
  return identityTags(items, evaluation, keys.publicKey);
}

/** The ledger as every node has it: all blocks, every key and value of the state. */
const ledger = (): Buffer[] =>
  [...network.chain.map(({ block }) => block), ...[...network.state.entries()].flat()].map((bytes) =>
    Buffer.from(bytes),
  );

const isIn = (everything: readonly Buffer[], tag: Uint8Array): boolean =>
  everything.some((bytes) => bytes.includes(Buffer.from(tag)));

describe('the tags of an identity', () => {
  const identity: Identity = { ...PIA, number: NUMBER };
  const ALL = [0, 1, 2, 3];

  test('match nothing on the whole ledger for who has one institution’s key, the home’s included', async () => {
    await approveChecked('pia', 0, identity);
    const everything = ledger();
    for (const index of ALL) {
      const tags = tagsWith(index, identity);
      expect(tags).toHaveLength(2);
      for (const tag of tags) {
        for (const home of network.nodes) {
          const made = [tag, ...tags.map((other) => witnessedTag(tag, other))];
          for (const one of made) {
            expect(isIn(everything, one)).toBe(false);
            expect(isIn(everything, stateKeys.identifier(home.id, one))).toBe(false);
          }
        }
      }
    }
  });

  test('match for who has the keys of the home and of a witness, and for no other pair: the drill can fail', async () => {
    await approveChecked('pia', 0, identity);
    const everything = ledger();
    const tags = ALL.map((index) => tagsWith(index, identity));
    const pairs = ALL.flatMap((home) =>
      ALL.filter(
        (witness) => witness !== home && isIn(everything, witnessedTag(tags[home]![0]!, tags[witness]![0]!)),
      ).map(() => home),
    );
    expect(pairs).toEqual([0, 0]);
  });

  test('leave the state with an erasure: she is found no more, and may come again', async () => {
    const pia = await approveChecked('pia', 0, identity);
    const approval = network.chain.map(({ block }) => block).at(-1)!;
    const { identifiers } = await administrators[0]!.identities.check(await apply('pia again', 0), identity);
    expect(identifiers).toHaveLength(4);
    const found = await administrators[1]!.identities.check(await apply('pia in the east', 1), identity);
    expect(found.matches.map(({ person, basis }) => [toHex(person), basis])).toEqual([
      [toHex(pia), 'names'],
      [toHex(pia), 'number'],
    ]);
    await network.client(network.person('pia'), { node: 0 }).erasure.erasePerson(pia);
    const state = [...network.state.entries()].flat().map((bytes) => Buffer.from(bytes));
    for (const identifier of identifiers) {
      expect(isIn(state, identifier)).toBe(false);
      expect(isIn(state, stateKeys.identifier(network.nodes[0]!.id, identifier))).toBe(false);
      // The block that approved her keeps them, for the keys of her home and a witness together.
      expect(isIn([Buffer.from(approval)], identifier)).toBe(true);
    }
    const after = await administrators[1]!.identities.check(await apply('pia once more', 1), identity);
    expect(after.matches).toEqual([]);
    await approveChecked('pia anew', 0, identity);
  });
});

describe('guessing', () => {
  test('takes a registration on the ledger for every few guesses, each institution counting for itself', async () => {
    const applicant = await apply('made up', 1);
    const guess = async (day: number): Promise<string[]> => {
      const birthDate = `1961-03-0${day}`;
      const { unchecked } = await administrators[1]!.identities.check(applicant, { ...PIA, birthDate });
      return unchecked.map(({ code }) => code);
    };
    for (let day = 1; day <= 6; day += 1) expect(await guess(day)).toEqual([]);
    expect(await failure(guess(7))).toBe('no-access');
    const registered = network.chain.flatMap(({ block }) =>
      decodeBlock(block).transactions.map((wire) => decodeTransaction(wire).transaction.kind),
    );
    expect(registered.filter((kind) => kind === 'person.register')).toHaveLength(1);
  });

  test('is not to be had with the applications of another institution, nor does it use them up', async () => {
    const applicant = await apply('pia', 1);
    const { backend, nodes, identity } = network;
    const oracle = new IdentityOracle({
      backend,
      identityKeys: identity.keysOf(0),
      clock: { now: () => network.timeMs },
      state: () => network.state,
      rows: rowsInMemory(),
    });
    const [input] = identityInputs(PIA).map((one) => one.input);
    const ask = (from: number): object =>
      decodeIdentityReply(
        oracle.answer(
          nodes[from]!.id,
          IdentityOracle.request({ applicant, blinded: [blindIdentity(backend, input!).blinded] }),
        ),
      );
    for (let i = 0; i <= IDENTITY_EVALUATIONS_MAX; i++)
      for (const other of [0, 2, 3]) expect(ask(other)).toEqual({ refused: 'applicant-unknown' });
    expect(ask(1)).toHaveProperty('evaluated');
    await administrators[1]!.people.approve(applicant);
    expect(ask(1)).toEqual({ refused: 'applicant-unknown' });
  });

  test('is for administrators of the institution, about an application that is open there', async () => {
    const applicant = await apply('pia', 1);
    const patient = network.client(network.person('pia'), { node: 1 });
    expect(await failure(patient.identities.check(applicant, PIA))).toBe('forbidden');
    const foreign = network.client(network.administrators[0]![0]!, { node: 1 });
    expect(await failure(foreign.identities.check(applicant, PIA))).toBe('forbidden');
    expect(await failure(administrators[0]!.identities.check(applicant, PIA))).toBe('forbidden');
    await administrators[1]!.people.approve(applicant);
    expect(await failure(administrators[1]!.identities.check(applicant, PIA))).toBe('forbidden');
  });
});

describe('names', () => {
  test.each([
    [['Müller', 'MUELLER', 'Muller', 'mu\u0308ller', ' Müller ']],
    [["O'Brien", 'O’BRIEN', 'obrien', 'O`Brien']],
    [['García López', 'GARCIA-LOPEZ', 'garcia  lopez', 'García‐López']],
    [['Strauß', 'STRAUSS', 'strauss']],
    [['Sørensen', 'SOERENSEN', 'Sorensen']],
    [['Åberg', 'AABERG', 'aberg']],
    [['Łukasz', 'LUKASZ']],
    [['Şahin', 'SAHIN', 'şahin']],
    [['Nguyễn', 'NGUYEN', 'Nguye\u0302\u0303n']],
    [['St. John', 'ST JOHN']],
  ])('%j are one name', (names) => {
    const forms = names.map((name) => nameWords(name).join(''));
    expect(new Set(forms).size).toBe(1);
    expect(forms[0]).not.toBe('');
  });

  test('different names stay apart, and letters of every script count', () => {
    const names = ['Meier', 'Maier', 'Meyer', 'Иванов', 'Петров', '王', '李', 'محمد'];
    expect(new Set(names.map((name) => nameWords(name).join(''))).size).toBe(names.length);
  });

  test.each([
    { ...PIA, familyName: ' - ' },
    { ...PIA, givenNames: '' },
    { ...PIA, birthDate: '1961-02-30' },
    { ...PIA, birthDate: '9.3.1961' },
    { ...PIA, familyName: 'x'.repeat(201) },
    { ...PIA, number: { country: 'Switzerland', value: '7561234' } },
    { ...PIA, number: { country: 'CH', value: '..' } },
  ])('refuses %j', (identity) => {
    expect(() => identityInputs(identity)).toThrow(expect.objectContaining({ code: 'input-invalid' }));
  });
});
