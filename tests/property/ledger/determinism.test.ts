import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encode, nobleBackend, toHex } from '#crypto';
import {
  applyTransactions,
  decodeTransaction,
  readAudit,
  readAuditCount,
  readCount,
  readItem,
  restoreState,
  selectTransactions,
} from '#consensus/ledger';
import type { BlockContext, LedgerState } from '#consensus/ledger';
import { backend, person, standardConsortium } from '../../unit/ledger/consortium.ts';
import { naiveRoot } from './naive-map.ts';

/** Steps that may or may not apply, whatever came before. */
const STEPS = [
  ['maria', 'assignment.end', 'alice'],
  ['north-admin-1', 'assignment.create', 'alice'],
  ['north-admin-1', 'assignment.create', 'carol'],
  ['maria', 'assignment.accept', 'alice'],
  ['maria', 'assignment.accept', 'carol'],
  ['alice', 'assignment.end', 'alice'],
] as const;
const PEOPLE = ['alice', 'carol', 'bob'] as const;
const step = fc.oneof(
  fc.constantFrom(...STEPS).map(([sender, kind, doctor]) => ({ kind, sender, doctor })),
  fc.constantFrom(...PEOPLE).map((sender) => ({ kind: 'report' as const, sender })),
  fc.constantFrom(...PEOPLE, 'gateway').map((sender) => ({ kind: 'anchor' as const, sender })),
  fc.record({
    kind: fc.constant('grant' as const),
    sender: fc.constantFrom(...PEOPLE),
    nonce: fc.integer({ min: 1, max: 3 }),
  }),
  fc.constantFrom('suspend', 'reinstate').map((kind) => ({ kind, sender: 'north-admin-2' })),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function wireOf(chain: ReturnType<typeof standardConsortium>, one: Step, i: number): Uint8Array {
  const maria = person('maria').id;
  const { sender } = one;
  if ('doctor' in one) return chain.sign(sender, one.kind, { patient: maria, doctor: person(one.doctor).id });
  if ('nonce' in one) return chain.sign(sender, 'grant.create', chain.grant('maria', 'rita', one.nonce));
  if (one.kind === 'anchor')
    return chain.sign(
      sender,
      'record.anchor',
      chain.anchor(sender, 'maria', { [`n${i % 4}`]: [`n${i % 3}`] }),
    );
  if (one.kind === 'report')
    return chain.sign(sender, 'access.report', { patient: maria, records: [], action: 'search' });
  const kind = one.kind === 'suspend' ? 'person.suspend' : 'person.reinstate';
  return chain.sign(sender, kind, { person: person('carol').id, reason: null });
}

/** Plays the steps on a chain; what is refused is left out. Gives the blocks and their contexts. */
function play(steps: Step[]) {
  const chain = standardConsortium();
  const start = chain.state;
  const blocks: { context: BlockContext; wire: Uint8Array; root: string }[] = [];
  for (const [i, one] of steps.entries()) {
    const wire = wireOf(chain, one, i);
    const context = chain.context();
    const before = toHex(chain.state.root);
    if (chain.apply(wire) === 'ok') blocks.push({ context, wire, root: toHex(chain.state.root) });
    else expect(toHex(chain.state.root)).toBe(before);
  }
  return { chain, start, blocks };
}

describe('the ledger', () => {
  test('gives the same roots again, on another backend and from a restored state', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.nat(), (steps, cut) => {
        const { chain, start, blocks } = play(steps);
        let state = restoreState(start.entries());
        for (const [i, { context, wire, root }] of blocks.entries()) {
          if (i === cut % (blocks.length + 1)) state = restoreState([...state.entries()].toReversed());
          const applied = applyTransactions(i === 0 ? nobleBackend : backend, state, context, [wire]);
          if (!applied.ok) throw new Error(applied.code);
          state = applied.state;
          expect(toHex(state.root)).toBe(root);
        }
        expect(toHex(naiveRoot(new Map([...state.entries()].map(([k, v]) => [toHex(k), v]))))).toBe(
          toHex(chain.state.root),
        );
      }),
      { numRuns: 40 },
    );
  });

  test('changes given to storage rebuild the state exactly', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const { chain, start, blocks } = play(steps);
        const stored = new Map([...start.entries()].map(([k, v]) => [toHex(k), [k, v] as const]));
        let state: LedgerState = start;
        for (const { context, wire } of blocks) {
          const applied = applyTransactions(backend, state, context, [wire]);
          if (!applied.ok) throw new Error(applied.code);
          state = applied.state;
          const order = applied.changes.map(([k]) => toHex(k));
          expect(order).toEqual(order.toSorted());
          for (const [k, v] of applied.changes) {
            if (v === null) stored.delete(toHex(k));
            else stored.set(toHex(k), [k, v]);
          }
        }
        expect(toHex(restoreState(stored.values()).root)).toBe(toHex(chain.state.root));
      }),
      { numRuns: 40 },
    );
  });

  test('a proposer selects a block that every validator accepts, from any pile of transactions', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        const chain = standardConsortium();
        const candidates = steps.map((one, i) => decodeTransaction(wireOf(chain, one, i)));
        const context = chain.context();
        const selected = selectTransactions(backend, chain.state, context, candidates);
        expect(selected.chosen.length + selected.refused.length).toBe(candidates.length);
        const wires = selected.chosen.map(({ wire }) => wire);
        const applied = applyTransactions(backend, chain.state, context, wires);
        expect(applied).toMatchObject({ ok: true, changes: selected.changes, events: selected.events });
        expect(applied.ok && toHex(applied.state.root)).toBe(toHex(selected.state.root));
      }),
      { numRuns: 40 },
    );
  });

  test('counted lists have no gaps and nothing behind their end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const { chain } = play(steps);
        const maria = person('maria').id;
        const lines = readAuditCount(chain.get, maria);
        for (let i = 0; i < lines; i++) expect(readAudit(chain.get, maria, i)).toBeDefined();
        expect(readAudit(chain.get, maria, lines)).toBeUndefined();
        const grants = readCount(chain.get, 'grants-of', maria);
        for (let i = 0; i < grants; i++) expect(readItem(chain.get, 'grants-of', maria, i)).toBeDefined();
        expect(readItem(chain.get, 'grants-of', maria, grants)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  test('never throws for what is in a transaction, and never applies what was changed after signing', () => {
    const chain = standardConsortium();
    const wire = chain.sign('alice', 'record.anchor', chain.anchor('alice', 'maria', { fuzzed: ['x', 'y'] }));
    fc.assert(
      fc.property(fc.nat(8 * wire.length - 1), (bit) => {
        const flipped = Uint8Array.from(wire);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(applyTransactions(backend, chain.state, chain.context(), [flipped]).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 100 }),
          fc.jsonValue().map((value) => encode([encode(value), new Uint8Array(64)])),
        ),
        (noise) => {
          expect(applyTransactions(backend, chain.state, chain.context(), [noise])).toMatchObject({
            code: 'malformed',
          });
        },
      ),
    );
    expect(applyTransactions(backend, chain.state, chain.context(), [wire]).ok).toBe(true);
  });
});
