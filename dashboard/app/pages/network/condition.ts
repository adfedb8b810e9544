import type { NodeStatus } from '#node/client';
import { t } from '../../words/translate.ts';

/** How the condition is painted; the words never depend on the colour. */
export type Tone = 'waiting' | 'working' | 'stopped' | 'syncing';

export interface Condition {
  tone: Tone;
  headline: string;
  detail: string;
}

const NUMBERS = ['2', '3', '4', '5', '6', '7', '8', '9'] as const;
const PHASES = ['idle', 'proposing', 'preparing', 'committing', 'deciding'] as const;

/** The state of the network as a person says it. */
export function conditionOf(status: NodeStatus): Condition {
  const total = status.validators.length;
  const { reachable, quorum, height } = status;
  if (status.fork !== undefined)
    return {
      tone: 'stopped',
      headline: t('network.fork', { height: status.fork.height }),
      detail: t('network.fork.detail'),
    };
  switch (status.condition) {
    case 'working':
      return {
        tone: 'working',
        headline: t('network.working', { reachable, total }),
        detail: marginOf(reachable - quorum),
      };
    case 'stopped': {
      const count = Math.max(1, quorum - reachable);
      return {
        tone: 'stopped',
        headline: t('network.stopped', { reachable, total }),
        detail: t('network.stopped.detail', { count, number: numberWord(count) }),
      };
    }
    case 'syncing':
      return {
        tone: 'syncing',
        headline: t('network.syncing'),
        detail: height === 0 ? t('network.syncing.none') : t('network.syncing.block', { height }),
      };
  }
}

/** What can be said when the node has fallen silent: what it said last, and that it is not known any more. */
export function silenceAfter(last: NodeStatus | undefined): Condition {
  return {
    tone: 'waiting',
    headline: t('network.silent'),
    detail:
      last === undefined
        ? t('network.silent.never')
        : t('network.silent.last', { headline: conditionOf(last).headline }),
  };
}

function marginOf(spare: number): string {
  if (spare <= 0) return t('network.margin.none');
  return t('network.margin', { count: spare, number: numberWord(spare) });
}

function numberWord(count: number): string {
  const known = NUMBERS.find((each) => Number(each) === count);
  return known === undefined ? String(count) : t(`network.number.${known}`);
}

/** Where an institution stands, as this node sees it. */
export function standingOf(validator: NodeStatus['validators'][number], ownHeight: number): string {
  const { height } = validator;
  if (validator.self) return t('network.at', { height: ownHeight });
  if (height === null) return t(validator.connected ? 'network.at.connected' : 'network.at.never');
  if (!validator.connected) return t('network.at.last', { height });
  const behind = ownHeight - height;
  return behind > 0 ? t('network.at.behind', { height, behind }) : t('network.at', { height });
}

/** What the protocol does at the moment; a phase without words of ours is shown by its name. */
export function phaseText(phase: string): string {
  const known = PHASES.find((each) => each === phase);
  return known === undefined ? phase : t(`network.phase.${known}`);
}

/** The first hexadecimal digits of an id or hash, grouped for the eye. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 4)} ${hash.slice(4, 8)} ${hash.slice(8, 12)}`;
}
