import { Link, Notice, Page as Frame, Panel } from '../../design/index.ts';
import { session } from '../../state/session.ts';
import { t } from '../../words/translate.ts';
import { arrive } from './arrival.ts';
import { Doors } from './doors.tsx';
import { UnlockForm } from './unlock-form.tsx';

const DOORS = [
  ['/register/patient', 'patient'],
  ['/register/professional', 'professional'],
  ['/application', 'application'],
  ['/recover', 'recover'],
  ['/verify', 'verify'],
  ['/about', 'about'],
] as const;

/** The door of the node. */
export function Page() {
  const now = session.value;
  return (
    <Frame title={t('public.start.title')} lead={t('public.start.lead')}>
      {now.kind === 'signed-in' ? (
        <Notice tone="good" title={t('public.start.inside', { name: now.person.name })}>
          <p>
            <Link to={`/${now.person.role}`}>{t('public.start.go')}</Link>
          </p>
        </Notice>
      ) : (
        <Panel title={t('public.sign-in.title')}>
          <UnlockForm onEntry={arrive} />
        </Panel>
      )}
      <Doors
        doors={DOORS.map(([to, name]) => ({
          to,
          label: t(`public.start.${name}`),
          about: t(`public.start.${name}.about`),
        }))}
      />
      <p>
        <Link to="/network">{t('public.start.network')}</Link>
      </p>
    </Frame>
  );
}
