import type { ComponentChildren } from 'preact';
import { Link, Notice } from '../../design/index.ts';
import type { CallState } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { Ready } from './ready.tsx';

/** As `Ready`; who does not act for this person now is told so. */
export function WardReady<T>(props: { state: CallState<T>; children: (value: T) => ComponentChildren }) {
  const { state, children } = props;
  if (state.kind !== 'failed' || state.error.facts['what'] !== 'not the guardian')
    return <Ready state={state}>{children}</Ready>;
  return (
    <Notice tone="halt" title={t('ties.guardian.ward.not')}>
      <p>{t('ties.guardian.ward.not.text')}</p>
      <Link to="/patient/guardians">{t('ties.guardian.ward.all')}</Link>
    </Notice>
  );
}
