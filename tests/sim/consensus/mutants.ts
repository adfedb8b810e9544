import { faultBound } from '#consensus';
import type { Rules, SignedVote } from '#consensus/pbft';
import type { Faults } from './faults.ts';
import type { Settings } from './settings.ts';

/** One planted bug, and the settings it needs to show (the number of validators, for a wrong quorum). */
export interface Mutant {
  readonly name: string;
  readonly faults: Faults;
  readonly settings?: Partial<Settings>;
  /** The promises it may be seen to break. */
  readonly invariants: readonly string[];
}

const rules = (change: (rules: Rules) => Partial<Rules>): Faults => ({
  rules: (production) => ({ ...production, ...change(production) }),
});

/** Blocks are prepared in round after round and hardly ever decided. */
const FEW_COMMITS: Partial<Settings> = {
  n: 4,
  byzantine: new Map([[0, 'mutator']]),
  delayMaxMs: 800,
  lossOf: { 'pre-prepare': 0.1, prepare: 0.35, commit: 0.7, 'round-change': 0.3, other: 0.9 },
  healsAtMs: 60_000,
};

function distinct(votes: readonly SignedVote[]): SignedVote[] {
  return [...new Map(votes.map((vote) => [vote.validator, vote])).values()];
}

/** Every entry is a mistake some implementation of PBFT has made; the schedules must notice each. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'own votes forgotten at restart',
    invariants: ['two-values'],
    faults: { restore: (records) => records.filter(({ kind }) => kind !== 'cast') },
  },
  {
    name: 'lock forgotten at restart',
    invariants: ['lock-lost', 'agreement'],
    faults: { restore: (records) => records.filter(({ kind }) => kind !== 'lock') },
  },
  {
    name: 'round changes forgotten at restart',
    invariants: ['two-values'],
    faults: {
      restore: (records) =>
        records.filter((record) => record.kind !== 'cast' || record.message.kind !== 'round-change'),
    },
  },
  {
    name: 'votes sent before they are on disk',
    invariants: ['two-values', 'lock-lost'],
    faults: { sendsBeforeSync: true },
  },
  {
    name: 'un-prepared value accepted in a round change',
    invariants: ['unjustified', 'agreement'],
    faults: rules(() => ({ binding: () => undefined })),
  },
  {
    name: 'lowest prepared round binds',
    invariants: ['unjustified', 'agreement'],
    faults: rules(() => ({
      binding: (votes) =>
        votes
          .filter((vote) => vote.preparedRound !== null)
          .toSorted((a, b) => (a.preparedRound ?? 0) - (b.preparedRound ?? 0))[0],
    })),
    settings: FEW_COMMITS,
  },
  {
    name: 'quorum of 2f+1',
    invariants: ['unjustified', 'certificate', 'agreement'],
    faults: rules(() => ({ quorum: (n) => 2 * faultBound(n) + 1 })),
    settings: { n: 6, byzantine: new Map([[0, 'twin']]) },
  },
  {
    name: 'quorum one short',
    invariants: ['unjustified', 'certificate', 'agreement'],
    faults: rules(({ quorum }) => ({ quorum: (n) => quorum(n) - 1 })),
  },
  {
    name: 'votes of different rounds added',
    invariants: ['certificate'],
    faults: rules(() => ({
      agreeing: (votes, sample) => distinct(votes.filter((vote) => vote.hash === sample.hash)),
    })),
  },
  {
    name: 'votes for different blocks added',
    invariants: ['certificate'],
    faults: rules(() => ({
      agreeing: (votes, sample) => distinct(votes.filter((vote) => vote.round === sample.round)),
    })),
  },
  {
    name: 'one signer counted as often as it signed',
    invariants: ['certificate'],
    faults: rules(() => ({
      agreeing: (votes, sample) => votes.filter((vote) => vote.hash === sample.hash),
    })),
  },
  {
    name: 'body not compared with its hash',
    invariants: ['body'],
    faults: { believesBodies: true },
    settings: { n: 4, byzantine: new Map([[1, 'mutator']]) },
  },
  {
    name: 'blocks prepared without execution',
    invariants: ['validity', 'once'],
    faults: { believesLedger: true },
  },
  {
    name: 'certificate of another block accepted by sync',
    invariants: ['certificate'],
    faults: { believesCertificates: ({ certificate }) => certificate.votes.length > 2 },
  },
  {
    name: 'buffers without bound',
    invariants: ['buffers'],
    faults: rules(() => ({
      kept: { current: { 'pre-prepare': 2, prepare: 1e9, commit: 1e9, 'round-change': 1e9 }, next: 1e9 },
    })),
    settings: { n: 4, byzantine: new Map([[1, 'mutator']]), healsAtMs: 20_000 },
  },
  {
    name: 'committed before it is durable',
    invariants: ['committed-lost'],
    faults: { forgetsCommitted: true },
  },
  {
    name: 'another block proposed in place of the prepared one',
    invariants: ['unjustified', 'liveness'],
    faults: { altersProposal: true },
    settings: FEW_COMMITS,
  },
  {
    name: 'timers that do not grow',
    invariants: ['liveness'],
    faults: rules(() => ({ roundTimeoutMs: () => 1_000 })),
  },
  {
    name: 'timers without cap',
    invariants: ['liveness'],
    faults: rules(() => ({ roundTimeoutMs: (round) => 1_000 * 16 ** round })),
  },
  { name: 'silence after a restart', invariants: ['liveness'], faults: { startsSilent: true } },
  { name: 'a late node never catches up', invariants: ['liveness'], faults: { neverSyncs: true } },
  {
    name: 'stored bytes never sent again',
    invariants: ['liveness'],
    faults: rules(() => ({ resendMs: () => 1e9 })),
  },
];
