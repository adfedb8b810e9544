import { describe, expect, test } from 'vitest';
import { sha256, toHex, uint64 } from '#crypto';
import { Proxy, REFUSALS_MAX, REFUSALS_UNKNOWN_MAX } from '#node/proxy';
import { person } from '../ledger/consortium.ts';
import { RefusalLog } from '../../../node/proxy/refusal-log.ts';
import { openLedgerStore } from '#storage';
import { scratchDirectory } from '../storage/scratch-directory.ts';
import { ProxyWorld } from './proxy-world.ts';

const signal = new AbortController().signal;

describe('what a proxy refused', () => {
  test('is kept for the patient, the delegate and an auditor, and for nobody else', async () => {
    const world = await ProxyWorld.create();
    const proxy = world.proxy('north');
    const access = world.access(['vital']);
    await proxy.answer(Proxy.request(access), signal);
    const readers = ['maria', 'bob', 'alice', 'tom'].map((name) => ({
      id: person(name).id,
      role: 'patient',
    }));
    const auditor = { id: new Uint8Array(32), role: 'auditor' };
    for (const reader of [...readers, auditor]) expect(proxy.refusals(reader)).toEqual([]);

    world.chain.must('alice', 'grant.revoke', { grant: world.grantId });
    world.nowMs += 5;
    await proxy.answer(Proxy.request(access), signal);
    world.nowMs += 7;
    await proxy.answer(Proxy.request(access), signal);
    const expected = {
      access,
      code: 'grant-revoked',
      about: { grant: world.grantId, patient: person('maria').id, delegate: person('bob').id },
      firstMs: world.nowMs - 7,
      lastMs: world.nowMs,
      count: 2,
    };
    const [maria, bob, ...others] = readers.map((reader) => proxy.refusals(reader));
    expect([maria, bob, proxy.refusals(auditor)]).toEqual([[expected], [expected], [expected]]);
    expect(others).toEqual([[], []]);
  });

  test('is for an auditor alone when no block holds the request, and rubbish is not kept', async () => {
    const world = await ProxyWorld.create();
    const proxy = world.proxy('north');
    await proxy.answer(Proxy.request(new Uint8Array(32).fill(7)), signal);
    await proxy.answer(new Uint8Array([1, 2, 3]), signal);
    expect(proxy.refusals({ id: person('maria').id, role: 'patient' })).toEqual([]);
    expect(proxy.refusals({ id: person('maria').id, role: 'auditor' })).toMatchObject([
      { code: 'access-unknown', about: null, count: 1 },
    ]);
  });

  test('is bounded, and requests that do not exist push out none that do', () => {
    const log = new RefusalLog();
    const id = (i: number): Uint8Array => sha256(uint64(i));
    const about = { grant: id(1), patient: id(2), delegate: id(3) };
    for (let i = 0; i < REFUSALS_MAX + 3; i += 1) log.record({ access: id(i), code: 'stale-view', about }, i);
    for (let i = 0; i < REFUSALS_UNKNOWN_MAX + 3; i += 1)
      log.record({ access: id(i), code: 'access-unknown', about: null }, i);
    const mine = log.readBy({ id: id(2), role: 'patient' });
    expect(mine).toHaveLength(REFUSALS_MAX);
    expect(toHex(mine[0]!.access)).toBe(toHex(id(3)));
    expect(log.readBy({ id: id(9), role: 'auditor' })).toHaveLength(REFUSALS_MAX + REFUSALS_UNKNOWN_MAX);
  });

  test('outlasts a restart, bounded as before, and is written together', () => {
    const directory = scratchDirectory();
    const timers: (() => void)[] = [];
    const setTimeout = (fn: () => void): (() => void) => {
      timers.push(fn);
      return () => undefined;
    };
    const id = (i: number): Uint8Array => sha256(uint64(i));
    const about = { grant: id(1), patient: id(2), delegate: id(3) };
    const auditor = { id: id(9), role: 'auditor' };
    const store = openLedgerStore(directory);
    const log = new RefusalLog({ store, setTimeout });
    for (let i = 0; i < REFUSALS_UNKNOWN_MAX + 2; i += 1)
      log.record({ access: id(i), code: 'access-unknown', about: null }, i);
    log.record({ access: id(4), code: 'emergency-over', about }, 10);
    log.record({ access: id(4), code: 'emergency-over', about }, 12);
    // One timer for all of them, and nothing on the disk before it fires.
    expect([timers.length, [...store.list('refusals')].length]).toEqual([1, 0]);
    timers[0]!();
    log.record({ access: id(5), code: 'grant-revoked', about }, 11);
    log.flush();
    const before = log.readBy(auditor);
    store.put('refusals', new Uint8Array([7]), new Uint8Array([1, 2, 3]));
    store.close();
    const again = openLedgerStore(directory);
    expect([...again.list('refusals')]).toHaveLength(REFUSALS_UNKNOWN_MAX + 3);
    const restored = new RefusalLog({ store: again, setTimeout });
    const ordered = (list: typeof before) =>
      list.toSorted((a, b) => a.lastMs - b.lastMs || a.count - b.count);
    expect(ordered(restored.readBy(auditor))).toEqual(ordered(before));
    restored.record({ access: id(4), code: 'emergency-over', about }, 20);
    expect(restored.readBy({ id: id(2), role: 'patient' }).at(-1)).toMatchObject({ firstMs: 10, count: 3 });
    again.close();
  });
});
