import { beforeEach, describe, expect, test } from 'vitest';
import { createSharing, emergencySecret, equalBytes } from '#crypto';
import { hashTransaction, nodesOf } from '#consensus/ledger';
import { decodeReleaseAnswer, encodeReleaseRequest, verifyReleaseAnswer } from '#node/client';
import type { ReleaseItem } from '#node/client';
import { decodeProxyReply, Proxy } from '#node/proxy';
import { backend, INSTITUTIONS, node, person } from '../ledger/consortium.ts';
import type { InstitutionName } from '../ledger/consortium.ts';
import { ProxyWorld } from './proxy-world.ts';

const signal = new AbortController().signal;

describe('a node asked for its part', () => {
  let world: ProxyWorld;
  let emergency: Uint8Array;

  beforeEach(async () => {
    world = await ProxyWorld.create();
    deposit(3);
    const wire = world.chain.sign('bob', 'emergency.request', world.chain.emergency('maria'));
    world.chain.apply(wire);
    emergency = hashTransaction(wire);
    world.chain.must('east-admin-1', 'emergency.countersign', { emergency });
    world.nowMs = world.chain.timeMs;
  });

  function deposit(nonce: number): void {
    const { genesis } = world.chain;
    const sharing = createSharing(backend, {
      issuer: person('maria'),
      patient: person('maria').id,
      secret: emergencySecret(world.vitals),
      threshold: 3,
      holders: nodesOf(genesis).map(({ id, index, sealKey }) => ({ id, index, seal: sealKey })),
      nonce: new Uint8Array(16).fill(nonce),
    });
    world.chain.must('maria', 'emergency.share', {
      patient: person('maria').id,
      nonce: sharing.nonce,
      threshold: 3,
      commitments: sharing.commitments,
      lock: sharing.lock,
      sealed: world.put(sharing.sealed),
      shares: nodesOf(genesis).map(({ id }) => ({
        node: id,
        box: world.put(sharing.boxes.find((one) => equalBytes(one.id, id))!.box),
      })),
    });
  }

  const itemOf = (name: string, slot = 0): ReleaseItem => ({ record: world.recordId(name), slot });

  async function ask(name: InstitutionName, items: ReleaseItem[], id = emergency) {
    const request = Proxy.releaseRequest({ ground: 'emergency', id, items });
    const reply = decodeProxyReply(await world.proxy(name).answer(request, signal));
    return 'refused' in reply ? reply.refused : decodeReleaseAnswer(reply.answer);
  }

  test('signs what it gives, for whom the ledger names, with the block by which it judged', async () => {
    const answer = await ask('south', [itemOf('vital')]);
    if (typeof answer === 'string') throw new Error(answer);
    expect(verifyReleaseAnswer(backend, answer, node('south').validator.publicKey)).toBe(true);
    expect(verifyReleaseAnswer(backend, answer, node('west').validator.publicKey)).toBe(false);
    expect(answer).toMatchObject({ ground: 'emergency', id: emergency, node: node('south').id });
    expect(answer.view.height).toBe(world.chain.height);
    expect(answer.height).toBe(world.chain.height);
  });

  test('refuses what is not on the ledger, other patients’ records and slots that there are not', async () => {
    expect(await ask('north', [], new Uint8Array(32).fill(1))).toBe('emergency-unknown');
    expect(await ask('north', [itemOf('toms')])).toBe('other-patient');
    expect(await ask('north', [itemOf('nothing')])).toBe('record-unknown');
    expect(await ask('north', [itemOf('vital', 9)])).toBe('slot-unknown');
    world.chain.must('maria', 'record.erase', {
      patient: person('maria').id,
      records: [world.recordId('vital')],
    });
    expect(await ask('north', [itemOf('vital')])).toBe('record-unknown');
  });

  test.each(INSTITUTIONS)(
    '%s gives nothing without a fresh view, or while its view grows stale',
    async (name) => {
      world.onFetch = () => void (world.fresh = false);
      expect(await ask(name, [itemOf('vital')])).toBe('stale-view');
      expect(world.fetched.length).toBeGreaterThan(0);
      world.fetched.length = 0;
      expect(await ask(name, [])).toBe('stale-view');
      expect(world.fetched).toEqual([]);
    },
  );

  test.each([
    ['an end', 'emergency-over', () => world.chain.must('maria', 'emergency.end', { emergency })],
    [
      'an opt-out',
      'sharing-off',
      () => world.chain.must('maria', 'emergency.unshare', { patient: person('maria').id }),
    ],
    ['another deposit', 'sharing-off', () => deposit(4)],
    [
      'the doctor’s suspension',
      'delegate-not-active',
      () => world.chain.must('east-admin-2', 'person.suspend', { person: person('bob').id, reason: null }),
    ],
  ])('counts %s that is committed while it fetches', async (_what, code, commit) => {
    let done = false;
    world.onFetch = () => {
      if (!done) commit();
      done = true;
    };
    expect(await ask('west', [itemOf('vital')])).toBe(code);
    expect(done).toBe(true);
  });

  test('uses no box that was sealed to another node, and refuses rubbish', async () => {
    const asked = encodeReleaseRequest({ ground: 'emergency', id: emergency, items: [] });
    const [cid] = [...world.blocks.keys()].slice(-1);
    const foreign = world.blocks.get([...world.blocks.keys()].at(-2)!)!;
    world.blocks.set(cid!, foreign);
    const last = nodesOf(world.chain.genesis).at(-1)!.id;
    const name = INSTITUTIONS.find((one) => equalBytes(node(one).id, last))!;
    expect(decodeProxyReply(await world.proxy(name).answer(asked, signal))).toEqual({
      refused: 'share-invalid',
    });
    const rubbish = await world.proxy('north').answer(asked.slice(0, -1), signal);
    expect(decodeProxyReply(rubbish)).toEqual({ refused: 'malformed' });
    const ofRecovery = encodeReleaseRequest({ ground: 'recovery', id: person('maria').id, items: [] });
    expect(decodeProxyReply(await world.proxy('north').answer(ofRecovery, signal))).toEqual({
      refused: 'not-recoverable',
    });
  });
});
