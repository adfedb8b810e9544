import { describe, expect, test } from 'vitest';
import { LedgerError, ValidatorHistory, verifyHead } from '#consensus/ledger';
import type { SetChange } from '#consensus/ledger';
import { CertifiedChain, setOf } from './certified-chain.ts';
import type { Head, NamedSet } from './certified-chain.ts';
import { backend, genesisOf } from './consortium.ts';

const genesis = genesisOf();
const FIRST = ['north', 'east', 'south', 'west'];
/** One joins, one leaves, one joins, one leaves: in the end two of the first four are left. */
const SETS: NamedSet[] = [
  { fromHeight: 1, names: FIRST },
  { fromHeight: 10, names: [...FIRST, 'fifth'] },
  { fromHeight: 20, names: ['north', 'east', 'south', 'fifth'] },
  { fromHeight: 30, names: ['north', 'east', 'south', 'fifth', 'sixth'] },
  { fromHeight: 40, names: ['north', 'east', 'fifth', 'sixth'] },
];
const chain = new CertifiedChain(genesis, SETS);

function followed(changes: readonly SetChange[] = chain.changes()): ValidatorHistory {
  const history = new ValidatorHistory(backend, genesis);
  for (const change of changes) history.follow(change);
  return history;
}

/** The field that a head or change fails on; undefined when it holds. */
function faultOf(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'head-invalid') return error.facts['field'];
    throw error;
  }
}
const headFault = (history: ValidatorHistory, { header, certificate }: Head): unknown =>
  faultOf(() => history.verifyHead(header, certificate));

describe('a verifier that follows the members from the genesis', () => {
  test('believes a quorum of the members of each height, old heights included, in any order', () => {
    const history = followed();
    for (const height of [45, 5, 39, 40, 9, 10, 25, 29, 30]) {
      expect(history.verifyHead(...bytesOf(chain.head(height))).height).toBe(height);
    }
    expect(history.changes).toHaveLength(4);
    expect(history.setAt(39)).toEqual(setOf(SETS[3]!.names));
    expect(verifyHead(backend, genesis, ...bytesOf(chain.head(45)), chain.changes()).height).toBe(45);
  });

  test('does not believe members whose admission it has not seen', () => {
    const history = followed(chain.changes().slice(0, 3));
    expect(headFault(history, chain.head(45))).toBe('validatorsHash');
    expect(headFault(new ValidatorHistory(backend, genesis), chain.head(12))).toBe('validatorsHash');
  });

  test('takes a change again, and refuses one that is out of order, skipped, empty or contradictory', () => {
    const [first, second, third] = chain.changes() as [SetChange, SetChange, SetChange];
    const history = followed([first, second]);
    history.follow(first);
    history.follow(second);
    expect(history.changes).toHaveLength(2);
    expect(faultOf(() => followed([first, third]))).toBe('validatorsHash');
    expect(faultOf(() => followed([second, first]))).toBe('validatorsHash');
    const none = { ...chain.head(5), validators: setOf(FIRST) };
    expect(faultOf(() => followed([none]))).toBe('no-change');
    const other = new CertifiedChain(
      genesis,
      [SETS[0]!, { fromHeight: 10, names: [...FIRST, 'foreign'] }],
      'b',
    );
    expect(faultOf(() => history.follow(other.change(10)))).toBe('nextValidatorsHash');
  });

  test('takes only the set that the certified header promises', () => {
    const change = chain.change(10);
    const wrong = [FIRST, [...FIRST, 'sixth'], [...FIRST, 'fifth', 'sixth']];
    for (const names of wrong)
      expect(faultOf(() => followed([{ ...change, validators: setOf(names) }]))).toBe('validators');
    expect(faultOf(() => followed([{ ...change, validators: [] }]))).toBe('validators');
    const unsorted = { ...change, validators: setOf([...FIRST, 'fifth']).toReversed() };
    expect(followed([unsorted]).setAt(10)).toEqual(setOf([...FIRST, 'fifth']));
  });

  test('takes no change that too few, or the newcomers themselves, have certified', () => {
    const few = {
      ...chain.head(9, {}, { signers: ['north', 'east'] }),
      validators: setOf([...FIRST, 'fifth']),
    };
    expect(faultOf(() => followed([few]))).toBe('certificate');
    const own = chain.head(9, {}, { set: ['fifth', 'sixth', 'seventh'] });
    expect(faultOf(() => followed([{ ...own, validators: setOf([...FIRST, 'fifth']) }]))).toBe('certificate');
  });
});

describe('a chain forged by validators that were removed', () => {
  /** West and south left; with north, still a member, they were a quorum of the first set. */
  const forged = new CertifiedChain(genesis, [{ fromHeight: 1, names: FIRST }], 'forged');

  test('is refused at every height after their time by whoever followed the changes', () => {
    const history = followed();
    for (const height of [10, 15, 25, 41, 1000]) {
      const head = forged.head(height, {}, { signers: ['west', 'south', 'north'] });
      expect(headFault(history, head), String(height)).toBe('validatorsHash');
    }
  });

  test('is refused from the promised height on also before the change itself was shown', () => {
    const history = new ValidatorHistory(backend, genesis);
    history.verifyHead(...bytesOf(chain.head(9)));
    expect(headFault(history, forged.head(10))).toBe('validatorsHash');
    expect(headFault(history, forged.head(500))).toBe('validatorsHash');
    expect(headFault(history, chain.head(8))).toBeUndefined();
  });

  test('cannot lead to other members once one change is known, whatever it promises', () => {
    const own = new CertifiedChain(
      genesis,
      [
        { fromHeight: 1, names: FIRST },
        { fromHeight: 50, names: ['west', 'south', 'evil-1', 'evil-2'] },
      ],
      'own',
    );
    expect(faultOf(() => followed([...chain.changes(), own.change(50)]))).toBe('validatorsHash');
    expect(faultOf(() => followed([chain.change(10), own.change(50)]))).toBe('validatorsHash');
  });

  test('does pass with who knows the genesis alone: that is why clients remember, and compare fingerprints', () => {
    const history = new ValidatorHistory(backend, genesis);
    expect(headFault(history, forged.head(1000))).toBeUndefined();
    // and from then on the true changes are the ones that fit, but nothing after them that the forgers signed
    for (const change of chain.changes()) history.follow(change);
    expect(headFault(history, forged.head(1000))).toBe('validatorsHash');
  });
});

function bytesOf({ header, certificate }: Head): [Uint8Array, Uint8Array] {
  return [header, certificate];
}
