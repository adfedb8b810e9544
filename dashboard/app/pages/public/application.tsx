import { Page as Frame, Panel } from '../../design/index.ts';
import { navigate } from '../../router/location.ts';
import { t } from '../../words/translate.ts';
import { UnlockForm } from './unlock-form.tsx';

/** How far an application has come: whoever made it signs in, an account that is closed says so here. */
export function Page() {
  return (
    <Frame title={t('public.application.title')} lead={t('public.application.lead')}>
      <Panel title={t('public.sign-in.title')}>
        <UnlockForm
          submitLabel={t('public.application.action')}
          onEntry={(entry) => {
            if (entry.kind === 'in') navigate('/account/application');
          }}
        />
      </Panel>
    </Frame>
  );
}
