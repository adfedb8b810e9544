import { Tag } from '../../design/index.ts';
import type { Tone } from '../../design/index.ts';
import { t } from '../../words/translate.ts';

const TONES = {
  pending: 'wait',
  active: 'good',
  refused: 'halt',
  suspended: 'halt',
  proposed: 'wait',
  ended: 'plain',
} as const satisfies Record<string, Tone>;
type Known = keyof typeof TONES;

const knownOf = (state: string): Known | undefined =>
  (Object.keys(TONES) as Known[]).find((each) => each === state);

/** The state of an account or an assignment. */
export function StateTag({ state }: { state: string }) {
  const known = knownOf(state);
  return (
    <Tag tone={known === undefined ? 'plain' : TONES[known]}>
      {known === undefined ? t('design.unknown') : t(`administrator.state.${known}`)}
    </Tag>
  );
}

const ROLES = ['patient', 'doctor', 'researcher', 'administrator', 'auditor'] as const;

export function roleText(role: string): string {
  const known = ROLES.find((each) => each === role);
  return known === undefined ? t('design.unknown') : t(`shell.role.${known}`);
}
