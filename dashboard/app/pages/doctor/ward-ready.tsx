import type { ComponentChildren } from 'preact';
import { Failure, Link, Notice } from '../../design/index.ts';
import type { CallState } from '../../state/use-call.ts';
import type { CallError } from '../../worker/call-error.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../patient/ready.tsx';

/** As `Ready`; who may not read this patient is told which ways there are, the one for an emergency among them. */
export function WardReady<T>(props: {
  state: CallState<T>;
  patient: string;
  children: (value: T) => ComponentChildren;
}) {
  const { state, patient, children } = props;
  if (state.kind === 'failed' && state.error.code === 'no-access')
    return <NotInCharge error={state.error} patient={patient} />;
  return <Ready state={state}>{children}</Ready>;
}

/** A record that is refused, and the doors beside it. */
export function NotInCharge({ error, patient }: { error: CallError; patient: string }) {
  return (
    <>
      <Failure error={error} />
      <Notice title={t('doctor.no-access.ways')}>
        <p>{t('doctor.no-access.text')}</p>
        <div class="actions">
          <Link to={`/doctor/requests/new?patient=${patient}`} kind="secondary">
            {t('doctor.no-access.ask')}
          </Link>
          <Link to={`/doctor/emergency?patient=${patient}`} kind="secondary">
            {t('doctor.no-access.emergency')}
          </Link>
        </div>
      </Notice>
    </>
  );
}
