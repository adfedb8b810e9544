import fc from 'fast-check';
import { expect, test } from 'vitest';
import { equalBytes, toHex } from '#crypto';
import { epochAt, readEpoch, readPerson, readSchedule } from '#consensus/ledger';
import type { Epoch } from '#consensus/ledger';
import { Consortium, INSTITUTIONS, node, person } from '../../unit/ledger/consortium.ts';

/** Any acts of any administrators in any order: who belongs follows from voices counted here anew, and by nothing else. */
const NAMES = [...INSTITUTIONS, 'fifth', 'sixth'] as const;
type Name = (typeof NAMES)[number];

const act = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('admit' as const), of: fc.constantFrom('fifth', 'sixth') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), of: fc.constantFrom(...NAMES) }),
  },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('vote' as const), of: fc.nat({ max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), of: fc.integer({ min: 1, max: 30 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('suspend' as const), of: fc.constantFrom(...NAMES) }),
  },
);
const step = fc.record({
  act,
  by: fc.constantFrom(...NAMES),
  which: fc.constantFrom(1, 2),
  ahead: fc.integer({ min: 1, max: 20 }),
});
/** Administrators of several institutions vote on the newest proposal, one after the other. */
const rally = fc
  .subarray([...NAMES], { minLength: 2 })
  .map((names) =>
    names.flatMap((by) =>
      ([1, 2] as const).map((which) => ({ act: { kind: 'vote' as const, of: 0 }, by, which, ahead: 1 })),
    ),
  );
const steps = fc
  .array(fc.oneof({ weight: 3, arbitrary: step.map((one) => [one]) }, { weight: 1, arbitrary: rally }), {
    minLength: 10,
    maxLength: 40,
  })
  .map((lists) => lists.flat());
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Told {
  readonly id: Uint8Array;
  readonly voices: Set<string>;
  decidedAt: Epoch | undefined;
}

const root = new Consortium();

function send(chain: Consortium, told: Told[], { act: one, by, which, ahead }: Step): void {
  const sender = `${by}-admin-${which}`;
  const fromHeight = chain.height + 1 + ahead;
  if (one.kind === 'wait') chain.advance(chain.height + one.of);
  else if (one.kind === 'suspend')
    chain.send(sender, 'person.suspend', { person: person(`${one.of}-admin-${3 - which}`).id, reason: null });
  else if (one.kind === 'vote') {
    const proposal = told.at(-1 - one.of);
    if (proposal === undefined) return;
    const number = readSchedule(chain.get).last.number;
    if (chain.send(sender, 'membership.vote', { proposal: proposal.id }) !== 'ok') return;
    proposal.voices.add(sender);
    const { last } = readSchedule(chain.get);
    if (last.number > number) proposal.decidedAt = last;
  } else {
    const result =
      one.kind === 'admit'
        ? chain.send(sender, 'membership.admit', chain.application(one.of, fromHeight))
        : chain.send(sender, 'membership.remove', { institution: node(one.of).id, fromHeight });
    if (result !== 'ok') return;
    const id = chain.last?.events[0]?.transaction;
    if (id !== undefined) told.push({ id, voices: new Set([sender]), decidedAt: undefined });
  }
}

/** Members of the height with two administrators each who have spoken and are active now. */
function agreeing(
  chain: Consortium,
  voices: ReadonlySet<string>,
  height: number,
): { agree: number; n: number } {
  const { members } = epochAt(chain.get, height);
  const isActive = (name: string): boolean => readPerson(chain.get, person(name).id)?.status === 'active';
  const agree = NAMES.filter(
    (name: Name) =>
      members.some(({ id }) => equalBytes(id, node(name).id)) &&
      [1, 2].every((which) => voices.has(`${name}-admin-${which}`) && isActive(`${name}-admin-${which}`)),
  ).length;
  return { agree, n: members.length };
}

test('epochs follow the voices: more than two thirds, one institution at a time, never below four, no index twice', () => {
  let changes = 0;
  fc.assert(
    fc.property(steps, (all) => {
      const chain = root.fork();
      const told: Told[] = [];
      for (const one of all) {
        const before = readSchedule(chain.get).last;
        send(chain, told, one);
        const { last } = readSchedule(chain.get);
        if (last.number === before.number) continue;
        changes++;
        expect(last.number).toBe(before.number + 1);
        // a decision in block d counts from d+2 on, and only when the change before it is in force
        expect(last.fromHeight).toBeGreaterThanOrEqual(chain.height + 2);
        expect(before.fromHeight).toBeLessThanOrEqual(chain.height);
        const [old, now] = [before.members, last.members].map(
          (set) => new Set(set.map(({ id }) => toHex(id))),
        );
        const joined = [...now!].filter((id) => !old!.has(id));
        const left = [...old!].filter((id) => !now!.has(id));
        expect(joined.length + left.length).toBe(1);
        expect(now!.size).toBeGreaterThanOrEqual(4);
        const decided = told.find(({ decidedAt }) => decidedAt === last);
        const { agree, n } = agreeing(chain, decided?.voices ?? new Set(), chain.height);
        expect(3 * agree).toBeGreaterThan(2 * n);
      }
      const { last } = readSchedule(chain.get);
      const indices = new Map<number, string>();
      for (let number = 0; number <= last.number; number++) {
        for (const { index, id } of readEpoch(chain.get, number)?.members ?? []) {
          expect(indices.get(index) ?? toHex(id)).toBe(toHex(id));
          indices.set(index, toHex(id));
        }
      }
      expect(epochAt(chain.get, last.fromHeight)).toEqual(last);
    }),
    { numRuns: 30 },
  );
  expect(changes).toBeGreaterThan(5);
});
