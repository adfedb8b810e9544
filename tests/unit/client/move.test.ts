import { beforeEach, describe, expect, test } from 'vitest';
import { createNativeBackend } from '#crypto/native';
import { MOVE_WINDOW_MS } from '#consensus/ledger';
import { emptyProfile, identityInputs } from '#node/client';
import type { Identity, PhrClient } from '#node/client';
import { toHex } from '#crypto';
import { askToMove, listMoves, receiveMoved } from '../../../node/cli/move.ts';
import { failure } from './clinic.ts';
import { FakeNetwork } from './fake-node.ts';

const PIA: Identity = { familyName: 'Sørensen', givenNames: 'Pia', birthDate: '1961-03-09' };
const backend = await createNativeBackend();

let network: FakeNetwork;
let administrators: PhrClient[];
let pia: PhrClient;

beforeEach(async () => {
  network = new FakeNetwork(backend);
  administrators = network.administrators.map(([keys], node) => network.client(keys, { node }));
  for (const administrator of administrators) await administrator.identities.publishKey();
  pia = network.client(network.person('pia'));
  await pia.people.register({ role: 'patient', home: network.nodes[0]!.id });
  const { identifiers } = await administrators[0]!.identities.check(pia.keys.id, PIA);
  await administrators[0]!.people.approve(pia.keys.id, { identifiers });
});

/** One step of `phr move` as a person whose client is there; its JSON. */
async function step(
  run: typeof askToMove,
  client: PhrClient,
  values: Record<string, string | boolean> = {},
): Promise<Record<string, unknown>> {
  let out = '';
  const io = {
    out: (text: string) => void (out += text),
    err: () => undefined,
    cwd: '.',
    signal: new AbortController().signal,
  };
  await run(client, { values: { ...values, json: true }, positionals: [], io });
  return JSON.parse(out) as Record<string, unknown>;
}

describe('a patient who moves', () => {
  test('is read and checked by the new home before it receives her, and found there afterwards', async () => {
    const [, east, south] = administrators as [PhrClient, PhrClient, PhrClient];
    const profile = { ...emptyProfile, family: 'Sørensen', given: 'Pia', birthDate: '1961-03-09' };
    await pia.people.move({ home: network.nodes[2]!.id, profile });
    const [move] = await south.people.moving(network.nodes[2]!.id);
    expect(await south.profiles.of(move!.patient)).toEqual(profile);
    expect(await east.profiles.of(move!.patient)).toBeUndefined();
    expect(await failure(east.identities.check(pia.keys.id, PIA))).not.toBe('nothing thrown');
    const { identifiers, matches } = await south.identities.check(pia.keys.id, PIA);
    expect(matches).toEqual([]);
    expect(await failure(south.people.receive(pia.keys.id, { identifiers }))).toBe('window-open');
    network.timeMs += MOVE_WINDOW_MS;
    await south.people.receive(pia.keys.id, { identifiers });
    expect((await pia.people.myself())?.home).toEqual(network.nodes[2]!.id);
    expect(await south.people.moving(network.nodes[2]!.id)).toEqual([]);
    // A second registration elsewhere is found at her new home.
    const again = network.client(network.person('pia in the east'), { node: 1 });
    await again.people.register({ role: 'patient', home: network.nodes[1]!.id });
    expect((await east.identities.check(again.keys.id, PIA)).matches).toEqual([
      { institution: network.nodes[2]!.id, person: pia.keys.id, basis: 'names' },
    ]);
    expect(identityInputs(PIA)).toHaveLength(1);
  });

  test('asks, is listed and is received by phr move', async () => {
    const [, , south] = administrators as [PhrClient, PhrClient, PhrClient];
    const nameOf = (node: number): string =>
      network.genesis.institutions.find(({ id }) => toHex(id) === toHex(network.nodes[node]!.id))!.name;
    const [name, { id }] = [nameOf(2), network.nodes[2]!];
    expect(await step(askToMove, pia, { home: name })).toMatchObject({ home: toHex(id) });
    const person = toHex(pia.keys.id);
    expect(await step(listMoves, south)).toMatchObject([{ person, from: toHex(network.nodes[0]!.id) }]);
    network.timeMs += MOVE_WINDOW_MS;
    const seen = { person, family: 'Sörensen', given: 'Pia', 'birth-date': '1961-03-09' };
    expect(await step(receiveMoved, south, seen)).toMatchObject({ person, matches: [] });
    expect(await step(listMoves, south)).toEqual([]);
    await expect(step(askToMove, pia, { home: 'nowhere' })).rejects.toThrow('names 0 members');
    await step(askToMove, pia, { home: nameOf(0) });
    expect(await step(askToMove, pia, { home: name })).toMatchObject({ home: null });
  });
});
