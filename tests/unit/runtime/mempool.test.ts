import { describe, expect, test } from 'vitest';
import { encode, toHex } from '#crypto';
import {
  checkTransaction,
  decodeTransaction,
  encodeTransaction,
  readPerson,
  selectTransactions,
} from '#consensus/ledger';
import { Mempool } from '#node/runtime';
import {
  MEMPOOL_PARKED_MAX,
  MEMPOOL_SENDER_MAX,
  MEMPOOL_TRANSACTIONS_MAX,
} from '../../../node/runtime/mempool.ts';
import { backend, person, standardConsortium } from '../ledger/consortium.ts';
import type { Consortium } from '../ledger/consortium.ts';

function poolOf(chain: Consortium): Mempool {
  return new Mempool({
    check: (decoded) => checkTransaction(backend, chain.state, chain.context(), decoded),
    homeOf: (sender) => {
      const home = readPerson(chain.get, sender)?.home;
      return home === undefined ? '' : toHex(home);
    },
  });
}

const report = (chain: Consortium, sender: string, ahead = 0): Uint8Array => {
  const nonce = decodeTransaction(chain.sign(sender, 'device.revoke', { device: person('gateway').id }))
    .transaction.nonce;
  return chain.sign(
    sender,
    'access.report',
    { patient: person('maria').id, records: [], action: 'search' },
    { nonce: nonce + ahead },
  );
};

describe('the mempool', () => {
  test('takes a transaction once, and settles who waits when a block has it', async () => {
    const chain = standardConsortium();
    const pool = poolOf(chain);
    const wire = report(chain, 'alice');
    const admission = pool.admit(wire, true);
    if (admission.kind !== 'new') throw new Error(admission.kind);
    expect(pool.admit(wire, true)).toEqual({ kind: 'known', hash: admission.hash });
    const waiting = pool.wait(admission.hash, new AbortController().signal);
    expect(chain.apply(wire)).toBe('ok');
    pool.committed(chain.height, [{ hash: admission.hash, sender: person('alice').id }]);
    expect(await waiting).toEqual({ kind: 'committed', height: chain.height });
    expect(pool.size).toBe(0);
  });

  test('tells a sender at once why a transaction can not apply, and keeps nothing of it', () => {
    const chain = standardConsortium();
    const pool = poolOf(chain);
    const wire = chain.sign('bob', 'access.report', {
      patient: person('maria').id,
      records: [],
      action: 'open',
    });
    expect(pool.admit(wire, true)).toMatchObject({ kind: 'refused', refusal: { code: 'not-permitted' } });
    expect(pool.admit(Uint8Array.of(1, 2, 3), true)).toEqual({ kind: 'malformed' });
    expect(pool.size).toBe(0);
  });

  test('keeps what comes early of a sender, within a window, and gives it out in order', () => {
    const chain = standardConsortium();
    const pool = poolOf(chain);
    for (let ahead = MEMPOOL_SENDER_MAX - 1; ahead >= 0; ahead--) {
      expect(pool.admit(report(chain, 'alice', ahead), true).kind).toBe('new');
    }
    expect(pool.admit(report(chain, 'alice', MEMPOOL_SENDER_MAX), true)).toEqual({ kind: 'full' });
    const selected = selectTransactions(backend, chain.state, chain.context(), pool.candidates(1000));
    expect(selected.chosen).toHaveLength(MEMPOOL_SENDER_MAX);
    expect(selected.refused).toEqual([]);
  });

  test('what waits for an earlier transaction of its sender is no reason to make a block', () => {
    const chain = standardConsortium();
    const pool = poolOf(chain);
    pool.admit(report(chain, 'alice', 1), false);
    expect(pool.size).toBe(1);
    expect(pool.hasReady).toBe(false);
    const first = report(chain, 'alice');
    pool.admit(first, false);
    expect(pool.hasReady).toBe(true);
    expect(chain.apply(first)).toBe('ok');
    const { hash } = decodeTransaction(first);
    pool.committed(chain.height, [{ hash, sender: person('alice').id }]);
    expect(pool.size).toBe(1);
    expect(pool.hasReady).toBe(true);
    pool.refuse(pool.candidates(1)[0]!.hash, { ok: false, code: 'expired', facts: {} });
    expect(pool.hasReady).toBe(false);
  });

  test.each([
    ['came from elsewhere', false],
    ['was submitted here', true],
  ])('a pool full of what can not be taken yet and %s has room for what can', (_where, own) => {
    const chain = standardConsortium();
    const early = new Set<string>();
    const senderless = new Mempool({
      check: ({ hash }) =>
        early.has(toHex(hash)) ? { ok: false, code: 'nonce-ahead', facts: {} } : { ok: true },
      homeOf: () => '',
    });
    const { signature, transaction } = decodeTransaction(report(chain, 'alice'));
    const wires = Array.from({ length: MEMPOOL_TRANSACTIONS_MAX + 1 }, (_, i) => {
      const sender = Uint8Array.from({ length: 32 }, (__, at) => (at < 2 ? (i >> (8 * at)) & 0xff : 7));
      return encode([encodeTransaction({ ...transaction, sender }), signature]);
    });
    const [last, ...others] = wires;
    for (const wire of others) {
      early.add(toHex(decodeTransaction(wire).hash));
      expect(senderless.admit(wire, own).kind).toBe('new');
    }
    expect(senderless.ownPending()).toEqual([]);
    const one = report(chain, 'alice', 3);
    early.add(toHex(decodeTransaction(one).hash));
    expect(senderless.admit(one, false).kind).toBe('full');
    expect(senderless.admit(last!, false).kind).toBe('new');
    expect(senderless.size).toBe(MEMPOOL_TRANSACTIONS_MAX);
    expect(senderless.hasReady).toBe(true);
  });

  test('what waits for an earlier one is not sent around, and is gone when its time is over', async () => {
    const chain = standardConsortium();
    const pool = poolOf(chain);
    const body = { patient: person('maria').id, records: [], action: 'search' } as const;
    const expiresAtHeight = chain.height + 5;
    const early = chain.sign('bob', 'access.report', body, {
      nonce: chain.nonce('bob') + 1,
      expiresAtHeight,
    });
    const waits = pool.wait(decodeTransaction(early).hash, new AbortController().signal);
    const now = report(chain, 'alice');
    expect(pool.admit(early, true).kind).toBe('new');
    expect(pool.admit(now, true).kind).toBe('new');
    expect(pool.ownPending()).toEqual([now]);
    chain.advance(expiresAtHeight - 1);
    pool.committed(chain.height, []);
    expect(pool.size).toBe(2);
    chain.advance(expiresAtHeight);
    pool.committed(chain.height, []);
    expect(pool.size).toBe(1);
    expect(await waits).toMatchObject({ kind: 'refused', refusal: { code: 'expired' } });
  });

  test('lets a revocation overtake everything but its own sender', () => {
    const chain = standardConsortium();
    const pool = poolOf(chain);
    for (let ahead = 0; ahead < 40; ahead++) pool.admit(report(chain, 'alice', ahead), true);
    pool.admit(report(chain, 'maria', 0), true);
    const nonce = decodeTransaction(report(chain, 'maria', 1)).transaction.nonce;
    const revoke = chain.sign('maria', 'device.revoke', { device: person('gateway').id }, { nonce });
    pool.admit(revoke, true);
    const kinds = pool.candidates(2).map(({ transaction }) => transaction.kind);
    expect(kinds).toEqual(['access.report', 'device.revoke']);
    const senders = pool.candidates(2).map(({ transaction }) => toHex(transaction.sender));
    expect(new Set(senders)).toEqual(new Set([toHex(person('maria').id)]));
  });

  test("parks a peer's transaction that overtook the block it builds upon, and takes it after that block", () => {
    const chain = standardConsortium();
    const behind = standardConsortium();
    const pool = poolOf(behind);
    chain.register('nina', 'patient', 'north');
    chain.must('north-admin-1', 'person.approve', { person: person('nina').id, reason: null });
    const wire = chain.sign('nina', 'device.enrol', chain.device('nina', 'watch'));
    expect(pool.admit(wire, true)).toMatchObject({ kind: 'refused', refusal: { code: 'sender-unknown' } });
    expect(pool.admit(wire, false).kind).toBe('parked');
    expect(pool.candidates(10)).toEqual([]);
    behind.state = chain.state;
    behind.height = chain.height;
    pool.committed(chain.height, []);
    expect(pool.candidates(10)).toHaveLength(1);
  });

  test('does not let peers park without bound', () => {
    const chain = standardConsortium();
    const ahead = chain.fork();
    ahead.register('nina', 'patient', 'north');
    const pool = poolOf(chain);
    for (let i = 0; i <= MEMPOOL_PARKED_MAX; i++) {
      const wire = ahead.sign('nina', 'device.enrol', ahead.device('nina', 'watch'), {
        expiresAtHeight: 50 + i,
      });
      expect(pool.admit(wire, false).kind).toBe('parked');
    }
    expect(pool.parked).toBe(MEMPOOL_PARKED_MAX);
  });

  test('refuses its waiters when a block outdates what they wait for, and gives up with the caller', async () => {
    const chain = standardConsortium();
    const pool = poolOf(chain);
    const [first, second] = [
      report(chain, 'alice'),
      chain.sign('alice', 'grant.revoke', { grant: new Uint8Array(32) }),
    ];
    const admission = pool.admit(first, true);
    if (admission.kind !== 'new') throw new Error(admission.kind);
    const waiting = pool.wait(admission.hash, new AbortController().signal);
    expect(chain.apply(second)).toBe('grant-unknown');
    chain.must('alice', 'access.report', { patient: person('maria').id, records: [], action: 'open' });
    pool.committed(chain.height, [{ hash: new Uint8Array(32), sender: person('alice').id }]);
    expect(await waiting).toMatchObject({ kind: 'refused', refusal: { code: 'nonce-used' } });
    const caller = new AbortController();
    const given = pool.wait(admission.hash, caller.signal);
    caller.abort();
    expect(await given).toEqual({ kind: 'given-up' });
  });
});
