import { Tag } from '../../design/index.ts';
import type { Tone } from '../../design/index.ts';
import type { GuardianshipState } from '../../worker/guardianships.ts';
import { dateText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';

const TONES = {
  proposed: 'wait',
  active: 'good',
  ended: 'plain',
  over: 'plain',
} as const satisfies Record<GuardianshipState, Tone>;

export function GuardianshipTag({ state }: { state: GuardianshipState }) {
  return <Tag tone={TONES[state]}>{t(`ties.guardian.state.${state}`)}</Tag>;
}

export const untilText = (untilMs: number): string => t('ties.guardian.until', { date: dateText(untilMs) });
