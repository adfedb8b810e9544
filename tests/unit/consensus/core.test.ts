import { describe, expect, test } from 'vitest';
import type { BlockHash } from '#consensus/pbft';
import {
  Bench,
  block,
  commit,
  HEIGHT,
  prepare,
  prepares,
  proposal,
  RULES,
  roundChange,
  vote,
} from './core-bench.ts';

const timeout = (round: number) => ({ kind: 'timeout', height: HEIGHT, round }) as const;

describe('the ordinary course', () => {
  test('prepares a valid proposal, commits when a quorum prepared it, decides when a quorum committed it', () => {
    const bench = new Bench();
    bench.feed(proposal(0, 'A'));
    expect(bench.said()).toEqual(['prepare 0 A']);
    bench.feed(prepare(0, 0, 'A'));
    expect(bench.said()).toEqual(['prepare 0 A']);
    bench.feed(prepare(1, 0, 'A'));
    expect(bench.said()).toEqual(['prepare 0 A', 'commit 0 A']);
    bench.feed(commit(0, 0, 'A'));
    expect(bench.kinds()).not.toContain('decided');
    const [decided] = bench.feed(commit(1, 0, 'A')).filter(({ kind }) => kind === 'decided');
    expect(decided).toMatchObject({ certificate: { height: HEIGHT, round: 0, hash: 'A' } });
  });

  test('everything a vote rests on is persisted before the vote is sent', () => {
    const bench = new Bench();
    bench.feed(proposal(0, 'A'), prepare(0, 0, 'A'), prepare(1, 0, 'A'));
    const order = bench.effects.flatMap((effect) => {
      if (effect.kind === 'persist')
        return effect.record.kind === 'lock' ? ['lock'] : [`keep ${effect.record.message.kind}`];
      return effect.kind === 'send' ? [`send ${effect.message.kind}`] : [];
    });
    expect(order).toEqual(['keep prepare', 'send prepare', 'lock', 'keep commit', 'send commit']);
  });

  test('proposes in its turn as soon as there is work, and only then', () => {
    const bench = new Bench({ self: 0 });
    expect(bench.feed({ kind: 'start' })).toEqual([]);
    expect(bench.feed({ kind: 'work' }).map(({ kind }) => kind)).toContain('build');
    bench.feed({ kind: 'built', height: HEIGHT, round: 0, block: block('mine') });
    expect(bench.said()).toEqual(['pre-prepare 0 mine', 'prepare 0 mine']);
  });
});

describe('refuses', () => {
  test('a prepare from the wrong round', () => {
    const bench = new Bench();
    bench.feed(proposal(0, 'A'), prepare(0, 1, 'A'), prepare(1, 1, 'A'), prepare(2, 1, 'A'));
    expect(bench.said()).toEqual(['prepare 0 A']);
  });

  test('prepares for another block', () => {
    const bench = new Bench();
    bench.feed(proposal(0, 'A'), prepare(0, 0, 'B'), prepare(1, 0, 'B'), prepare(2, 0, 'B'));
    expect(bench.said()).toEqual(['prepare 0 A']);
  });

  test('a second proposal of the same round, and shows the two as evidence', () => {
    const bench = new Bench();
    bench.feed(proposal(0, 'A'), proposal(0, 'B'));
    expect(bench.said()).toEqual(['prepare 0 A']);
    expect(bench.kinds()).toContain('evidence');
  });

  test('an invalid block', () => {
    const bench = new Bench();
    bench.invalid = ['A'];
    bench.feed(proposal(0, 'A'), prepare(0, 0, 'A'), prepare(1, 0, 'A'), prepare(2, 0, 'A'));
    expect(bench.said()).toEqual([]);
  });

  test('a block on another parent', () => {
    const bench = new Bench();
    const event = proposal(0, 'A');
    if (event.kind !== 'message' || event.message.kind !== 'pre-prepare') throw new Error('not a proposal');
    const message = { ...event.message, block: { ...block('A'), parent: 'elsewhere' as BlockHash } };
    bench.feed({ kind: 'message', message });
    expect(bench.said()).toEqual([]);
  });

  test('commits of different rounds added up', () => {
    const bench = new Bench();
    bench.feed(proposal(0, 'A'), commit(0, 0, 'A'), commit(1, 1, 'A'), commit(2, 2, 'A'));
    expect(bench.kinds()).not.toContain('decided');
  });

  test('a round change that claims a preparation it cannot show', () => {
    const bench = new Bench({ self: 1 });
    const short = { round: 0, name: 'A', proof: prepares(0, 'A', [0, 1]) };
    const twice = { round: 0, name: 'A', proof: prepares(0, 'A', [0, 1, 1]) };
    const later = { round: 1, name: 'A', proof: prepares(1, 'A', [0, 1, 2]) };
    const mixed = { round: 0, name: 'A', proof: [...prepares(0, 'A', [0, 1]), vote(2, 'prepare', 0, 'B')] };
    for (const claim of [short, twice, later, mixed]) bench.feed(roundChange(2, 1, claim));
    bench.feed(roundChange(0, 1), roundChange(3, 1));
    expect(bench.core.status().round).toBe(1); // the two honest ones made it follow
    const built = bench.effects.filter(({ kind }) => kind === 'build');
    expect(built).toHaveLength(1); // free to build: nothing was proven prepared
  });
});

describe('a proposal above round 0', () => {
  const free = [0, 1, 2].map((validator) => vote(validator, 'round-change', 1, null));
  const bound = [
    vote(0, 'round-change', 2, 'A', 0),
    vote(1, 'round-change', 2, 'B', 1),
    vote(2, 'round-change', 2, null),
  ];

  test('is taken with a quorum of round changes for exactly that round', () => {
    const bench = new Bench();
    bench.feed(proposal(1, 'C', free));
    expect(bench.said()).toEqual(['prepare 1 C']);
  });

  test.each([
    ['too few round changes', proposal(1, 'C', free.slice(1))],
    ['one validator counted twice', proposal(1, 'C', [free[0]!, free[0]!, free[1]!])],
    ['round changes of another round', proposal(2, 'C', free)],
    ['another block than the prepared one', proposal(2, 'C', bound, prepares(1, 'B', [0, 1, 2]))],
    ['the block prepared in the lower round', proposal(2, 'A', bound, prepares(0, 'A', [0, 1, 2]))],
    ['too few prepares', proposal(2, 'B', bound, prepares(1, 'B', [0, 1]))],
    ['prepares of another round', proposal(2, 'B', bound, prepares(0, 'B', [0, 1, 2]))],
    [
      'a preparation not below the round',
      proposal(1, 'B', [vote(0, 'round-change', 1, 'B', 1), ...free.slice(1)], prepares(1, 'B', [0, 1, 2])),
    ],
  ])('is refused with %s', (_, event) => {
    const bench = new Bench();
    bench.feed(event);
    expect(bench.said()).toEqual([]);
  });

  test('is taken when it is the block of the highest prepared round', () => {
    const bench = new Bench();
    bench.feed(proposal(2, 'B', bound, prepares(1, 'B', [0, 1, 2])));
    expect(bench.said()).toEqual(['prepare 2 B']);
  });
});

describe('rounds', () => {
  test('a timeout asks for the next round, with what was prepared', () => {
    const bench = new Bench();
    bench.feed(proposal(0, 'A'), prepare(0, 0, 'A'), prepare(1, 0, 'A'), timeout(0));
    expect(bench.sent().at(-1)).toMatchObject({
      kind: 'round-change',
      round: 1,
      hash: 'A',
      preparedRound: 0,
    });
  });

  test('the timer starts with work, and above round 0 only when a quorum is there', () => {
    const bench = new Bench();
    const rounds = () =>
      bench.effects.flatMap((effect) =>
        effect.kind === 'timer' && effect.name === 'round' ? [effect.round] : [],
      );
    bench.feed({ kind: 'start' });
    expect(rounds()).toEqual([]);
    bench.feed({ kind: 'work' });
    expect(rounds()).toEqual([0]);
    bench.feed(timeout(0));
    expect(rounds()).toEqual([0]);
    bench.feed(roundChange(0, 1));
    expect(rounds()).toEqual([0]);
    bench.feed(roundChange(2, 1));
    expect(rounds()).toEqual([0, 1]);
  });

  test('f+1 others in higher rounds make it follow, one alone does not', () => {
    const bench = new Bench();
    bench.feed(roundChange(0, 7));
    expect(bench.core.status().round).toBe(0);
    bench.feed(roundChange(2, 5));
    expect(bench.core.status().round).toBe(5);
    expect(bench.said()).toEqual(['round-change 5 null']);
  });

  test('after it asked for a round it votes in no lower one', () => {
    const bench = new Bench();
    bench.feed({ kind: 'work' }, timeout(0), proposal(0, 'A'), prepare(0, 0, 'A'), prepare(1, 0, 'A'));
    expect(bench.said()).toEqual(['round-change 1 null']);
  });

  test('a commit quorum of an earlier round still decides', () => {
    const bench = new Bench();
    bench.feed(proposal(0, 'A'), timeout(0), commit(0, 0, 'A'), commit(1, 0, 'A'), commit(2, 0, 'A'));
    expect(bench.kinds()).toContain('decided');
  });

  test('a proposer whose prepared body is missing fetches it and proposes nothing else', () => {
    const bench = new Bench({ self: 1 });
    const proof = prepares(0, 'A', [0, 2, 3]);
    const claim = { round: 0, name: 'A', proof, body: false };
    bench.feed(
      { kind: 'work' },
      roundChange(0, 1, claim),
      roundChange(2, 1, claim),
      roundChange(3, 1, claim),
    );
    expect(bench.kinds()).toContain('needBlock');
    expect(bench.kinds()).not.toContain('build');
    bench.feed({ kind: 'block', block: block('A') });
    expect(bench.said()).toContain('pre-prepare 1 A');
  });

  test('timeouts double up to the cap', () => {
    expect([0, 1, 2, 3, 4, 5, 60].map(RULES.roundTimeoutMs)).toEqual([
      1000, 2000, 4000, 8000, 16000, 30000, 30000,
    ]);
  });
});

describe('after a restart', () => {
  test('it repeats the stored messages and makes no other of their kind and round', () => {
    const before = new Bench();
    before.feed(proposal(0, 'A'), prepare(0, 0, 'A'), prepare(1, 0, 'A'));
    const after = new Bench({ records: before.journal });
    after.feed({ kind: 'start' });
    expect(after.said()).toEqual(['prepare 0 A', 'commit 0 A']);
    after.feed(proposal(0, 'B'), prepare(0, 0, 'B'), prepare(1, 0, 'B'), prepare(2, 0, 'B'));
    expect(after.said()).toEqual(['prepare 0 A', 'commit 0 A']);
  });

  test('its round change names the lock', () => {
    const before = new Bench();
    before.feed(proposal(0, 'A'), prepare(0, 0, 'A'), prepare(1, 0, 'A'));
    const after = new Bench({ records: before.journal });
    after.feed({ kind: 'start' }, timeout(0));
    expect(after.sent().at(-1)).toMatchObject({
      kind: 'round-change',
      round: 1,
      hash: 'A',
      preparedRound: 0,
    });
  });

  test('records of other heights are nothing to it', () => {
    const before = new Bench();
    before.feed(proposal(0, 'A'));
    const after = new Bench({ records: before.journal, head: { height: HEIGHT, hash: 'A' as BlockHash } });
    expect(after.feed({ kind: 'start' })).toEqual([]);
  });
});

describe('while it abstains', () => {
  test('it signs nothing, and still decides what the others do', () => {
    const bench = new Bench();
    bench.feed(
      { kind: 'abstain', on: true },
      proposal(0, 'A'),
      prepare(0, 0, 'A'),
      prepare(1, 0, 'A'),
      timeout(0),
    );
    expect(bench.kinds()).not.toContain('sign');
    bench.feed(commit(0, 0, 'A'), commit(1, 0, 'A'), commit(2, 0, 'A'));
    expect(bench.kinds()).toContain('decided');
  });

  test('it takes up its vote when it may', () => {
    const bench = new Bench();
    bench.feed({ kind: 'abstain', on: true }, proposal(0, 'A'), { kind: 'abstain', on: false });
    expect(bench.said()).toEqual(['prepare 0 A']);
  });
});

test('one that is heights behind is answered, one that is ahead is asked', () => {
  const bench = new Bench();
  const old = { ...vote(1, 'prepare', 0, 'Z'), height: 2 };
  const ahead = { ...vote(1, 'prepare', 0, 'Z'), height: 9 };
  const told = (made: typeof old) =>
    ({ kind: 'message', message: { kind: 'prepare', vote: made } as never }) as const;
  expect(bench.feed(told(old))).toEqual([{ kind: 'answer', validator: 1, height: 2 }]);
  expect(bench.feed(told(ahead))).toEqual([{ kind: 'syncFrom', validator: 1, height: 9 }]);
});

test('votes for the next height wait, in bounds, and count when it begins', () => {
  const bench = new Bench();
  for (let round = 0; round < 100; round++) {
    const made = { ...vote(1, 'commit', round, 'N'), height: HEIGHT + 1 };
    bench.feed({ kind: 'message', message: { kind: 'commit', vote: made } as never });
  }
  expect(bench.core.status().buffered).toBe(2);
  const next = { self: 0, validatorCount: 4 };
  bench.feed({ kind: 'committed', height: HEIGHT, hash: 'A' as BlockHash, next });
  expect(bench.core.status()).toMatchObject({ height: HEIGHT + 1, buffered: 2 });
});
