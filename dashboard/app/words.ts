import type { NodeStatus } from '#node/client';

/** How the condition is painted; the words never depend on the colour. */
export type Tone = 'waiting' | 'working' | 'stopped' | 'syncing';

export interface Condition {
  tone: Tone;
  headline: string;
  detail: string;
}

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The state of the network as a person says it. */
export function conditionOf(status: NodeStatus): Condition {
  const total = status.validators.length;
  const { reachable, quorum } = status;
  if (status.fork)
    return {
      tone: 'stopped',
      headline: `Alarm: two different blocks ${status.fork.height} are certified`,
      detail:
        'Institutions have signed against each other. Do not rely on this network, and open nothing shared, until people have looked. This node keeps the proof.',
    };
  switch (status.condition) {
    case 'working':
      return {
        tone: 'working',
        headline: `${reachable} of ${total} institutions agree: working`,
        detail: marginOf(reachable - quorum),
      };
    case 'stopped':
      return {
        tone: 'stopped',
        headline: `${reachable} of ${total}: stopped`,
        detail: `Nothing is lost; work continues when ${moreOf(quorum - reachable)} back.`,
      };
    case 'syncing':
      return {
        tone: 'syncing',
        headline: 'This node is catching up',
        detail: `It has ${status.height === 0 ? 'no block yet' : `block ${status.height}`} and is fetching and checking what the others agreed on. Nothing is lost.`,
      };
  }
}

/** What can be said when the node has fallen silent: what it said last, and that it is not known any more. */
export function silenceAfter(last: NodeStatus | undefined): Condition {
  return {
    tone: 'waiting',
    headline: 'No word from this node',
    detail:
      last === undefined
        ? 'It may be stopped or starting. This page asks again by itself.'
        : `The last that it said: ${conditionOf(last).headline}. This page asks again by itself. A silent node loses nothing that was agreed.`,
  };
}

function marginOf(spare: number): string {
  if (spare <= 0) return 'Just enough to agree. If one more is out of reach, work stops until it is back.';
  return `Work goes on even if ${numberWord(spare)} more ${spare === 1 ? 'is' : 'are'} out of reach.`;
}

function moreOf(missing: number): string {
  if (missing <= 1) return 'one more is';
  return `${numberWord(missing)} more are`;
}

function numberWord(count: number): string {
  return NUMBERS[count] ?? String(count);
}

/** Where an institution stands, as this node sees it. */
export function standingOf(validator: NodeStatus['validators'][number], ownHeight: number): string {
  if (validator.self) return `at block ${ownHeight}`;
  if (validator.height === null)
    return validator.connected ? 'connected, no statement heard yet' : 'not heard yet';
  const at = `at block ${validator.height}`;
  if (!validator.connected) return `last heard ${at}`;
  const behind = ownHeight - validator.height;
  return behind > 0 ? `${at}, ${behind} behind` : at;
}

/** `22-Nov-2026 13:05:07 UTC`: day, month in letters, year; 24 hours; zone. */
export function timeText(timeMs: number, timeZone?: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: 'numeric',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  const month = MONTHS[Number(part('month')) - 1] ?? '';
  return `${part('day')}-${month}-${part('year')} ${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`;
}

/** Time of day with seconds, for a table whose dates are in the tooltip. */
export function clockText(timeMs: number, timeZone?: string): string {
  return timeText(timeMs, timeZone).split(' ')[1] ?? '';
}

const PHASES = new Map([
  ['idle', 'nothing to agree on now'],
  ['proposing', 'a block is being proposed'],
  ['preparing', 'the institutions check the proposal'],
  ['committing', 'the institutions sign the block'],
  ['deciding', 'the block is being stored'],
]);

/** What the protocol does at the moment; a phase without words of ours is shown by its name. */
export function phaseText(phase: string): string {
  return PHASES.get(phase) ?? phase;
}

/** How long ago, coarse: nobody reads seconds of an hour. */
export function agoText(elapsedMs: number): string {
  const seconds = Math.max(0, Math.round(elapsedMs / 1000));
  if (seconds < 2) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** The first hexadecimal digits of an id or hash, grouped for the eye. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 4)} ${hash.slice(4, 8)} ${hash.slice(8, 12)}`;
}
