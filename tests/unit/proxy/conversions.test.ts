import { beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '#crypto';
import { ServiceError } from '#node/services';
import type { ReleaseRequest } from '#node/client';
import { collectConversions, collectReleases } from '../../../node/services/conversions.ts';
import type { ConversionsInit } from '../../../node/services/conversions.ts';
import { INSTITUTIONS, node, person } from '../ledger/consortium.ts';
import { ProxyWorld } from './proxy-world.ts';

describe('a node that collects conversions', () => {
  let world: ProxyWorld;
  let access: Uint8Array;
  const asked: string[] = [];
  const timers: (() => void)[] = [];
  /** Proxies that never answer. */
  const silent = new Set<string>();

  beforeEach(async () => {
    world = await ProxyWorld.create();
    access = world.access(['vital']);
    asked.length = 0;
    timers.length = 0;
    silent.clear();
  });

  const nameOf = (id: Uint8Array): string =>
    INSTITUTIONS.find((name) => toHex(node(name).id) === toHex(id)) ?? '';
  const parts = (): ConversionsInit => ({
    nodeId: node('north').id,
    proxy: world.proxy('north'),
    state: () => world.chain.state,
    request: (id, _, bytes, { signal }) => {
      const name = INSTITUTIONS.find((one) => one === nameOf(id)) ?? 'north';
      asked.push(name);
      if (silent.has(name)) return new Promise<Uint8Array>(() => undefined);
      return world.proxy(name).answer(bytes, signal);
    },
    setTimeout: (fn) => {
      timers.push(fn);
      return () => undefined;
    },
  });
  const collect = (without: string[] = [], requester = person('bob').id) =>
    collectConversions(
      parts(),
      {
        access,
        requester,
        without: without.map((name) => node(INSTITUTIONS.find((one) => one === name) ?? 'north').id),
      },
      new AbortController().signal,
    );

  test('asks all proxies of the grant at once, itself included', async () => {
    const { answers, refusals } = await collect();
    expect(answers).toHaveLength(INSTITUTIONS.length);
    expect(refusals).toEqual([]);
    expect(asked.toSorted()).toEqual(INSTITUTIONS.filter((name) => name !== 'north').toSorted());
  });

  test('does not wait for a silent one when a threshold has answered', async () => {
    silent.add('west');
    const collecting = collect();
    await expect.poll(() => timers.length).toBe(1);
    timers[0]!();
    expect((await collecting).answers).toHaveLength(3);
  });

  test('does not ask again who has answered, and counts it towards the threshold', async () => {
    silent.add('west');
    const collecting = collect(['north', 'east']);
    await expect.poll(() => timers.length).toBe(1);
    timers[0]!();
    expect((await collecting).answers).toHaveLength(1);
    expect(asked.toSorted()).toEqual(['south', 'west']);
  });

  test('collects for the delegate of a committed access and nobody else', async () => {
    await expect(collect([], person('alice').id)).rejects.toThrow(ServiceError);
    access = new Uint8Array(32);
    await expect(collect()).rejects.toThrow(ServiceError);
  });

  test('asks nobody for a release to somebody else than the one whose emergency or recovery it is', async () => {
    const { chain } = world;
    chain.must('maria', 'emergency.share', chain.deposit('maria'));
    chain.must('maria', 'recovery.share', chain.recoveryDeposit('maria', 2));
    const emergency = chain.must('carol', 'emergency.request', chain.emergency('maria'));
    const release = (ground: ReleaseRequest['ground'], id: Uint8Array, requester: string) =>
      collectReleases(
        parts(),
        { request: { ground, id, items: [] }, requester: person(requester).id, without: [] },
        new AbortController().signal,
      );
    for (const requester of ['bob', 'alice', 'maria'])
      await expect(release('emergency', emergency, requester)).rejects.toThrow(ServiceError);
    await expect(release('recovery', person('maria').id, 'alice')).rejects.toThrow(ServiceError);
    expect(asked).toEqual([]);
    // Those whose they are hear each node's own reason.
    for (const [ground, id, requester, code] of [
      ['emergency', emergency, 'carol', 'not-countersigned'],
      ['recovery', person('maria').id, 'maria', 'not-recoverable'],
    ] as const) {
      const { refusals } = await release(ground, id, requester);
      expect(refusals.map((refusal) => refusal.code)).toEqual(INSTITUTIONS.map(() => code));
    }
  });
});
