import { useState } from 'preact/hooks';
import { Data, Failure, Loading, Notice, Page as Frame, Progress, Steps } from '../../design/index.ts';
import { navigate } from '../../router/location.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { RecoverySheet } from '../account/recovery-sheet.tsx';
import { emptyApplication, profileOf, roleOf, stepsFor } from './register-steps.tsx';
import type { Application } from './register-steps.tsx';

export type Kind = 'patient' | 'professional';
type Place = OutputOf<'account.place'>;

/** Applies for an account. Keys are made in this browser; the institution decides about the application. */
export function RegisterPage({ kind }: { kind: Kind }) {
  const place = useCall('account.place', undefined);
  if (place.kind === 'loading') return <Loading />;
  if (place.kind === 'failed') return <Failure error={place.error} onRetry={place.reload} />;
  return <Form kind={kind} place={place.value} />;
}

function Form({ kind, place }: { kind: Kind; place: Place }) {
  const register = useAction('account.register');
  const [made, setMade] = useState<OutputOf<'account.register'>>();
  const submit = async (values: Application): Promise<void> => {
    const { name, passphrase } = values;
    const profile = profileOf(values);
    setMade(await register.run({ role: roleOf(kind, values), home: place.node, profile, name, passphrase }));
  };
  if (made !== undefined) return <Registered made={made} />;
  return (
    <Frame title={t(`public.register.${kind}.title`)} lead={t(`public.register.${kind}.lead`)}>
      <Steps
        steps={stepsFor(kind)}
        initial={emptyApplication}
        submitLabel={t('public.register.action')}
        isBusy={register.isRunning}
        onSubmit={(values) => void submit(values)}
        onCancel={() => navigate('/')}
        beforeSubmit={() => (
          <Notice>
            <p>{t(`public.register.${kind}.who-sees`, { name: place.name })}</p>
          </Notice>
        )}
        outcome={
          <>
            {register.isRunning ? (
              <Progress step={register.step} label={t('public.register.working')} />
            ) : null}
            {register.error === undefined ? null : <Failure error={register.error} />}
          </>
        }
      />
      <p class="soft">
        {t('public.register.at')} <Data>{place.name}</Data>
      </p>
    </Frame>
  );
}

function Registered({ made }: { made: OutputOf<'account.register'> }) {
  return (
    <Frame title={t('public.registered.title')} lead={t('public.registered.lead')}>
      <RecoverySheet
        code={made.recoveryCode}
        person={made.person}
        onDone={() => navigate('/account/application', 'replace')}
      />
    </Frame>
  );
}
