import './slip.css';
import { Button, Data, Notice, Page as Frame, QrCode } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import { status } from '../../state/network.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { dateText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../parts/ready.tsx';
import { roleText } from './states.tsx';

const STEPS = ['open', 'sign-in', 'check', 'recovery'] as const;

/** A sheet to hand out: that the account is active, where to sign in, and what to do first. Nothing secret is on it. */
export function Page({ parameters }: PageProps) {
  const id = parameters['id'] ?? '';
  const person = useCall('administrator.person', { id });
  return (
    <Frame
      title={t('administrator.slip.title')}
      lead={t('administrator.slip.lead')}
      actions={<Button onClick={() => window.print()}>{t('design.print')}</Button>}
    >
      <Ready of={person} what={t('administrator.reading')}>
        {(detail) =>
          detail.state === 'active' ? (
            <Slip detail={detail} />
          ) : (
            <Notice tone="halt" title={t('administrator.slip.not-active')}>
              <p>{t('administrator.slip.not-active.text')}</p>
            </Notice>
          )
        }
      </Ready>
    </Frame>
  );
}

function Slip({ detail }: { detail: OutputOf<'administrator.person'> }) {
  const { profile, role, home, id } = detail;
  const address = location.origin;
  const name = profile === null ? '' : `${profile.family.toUpperCase()}, ${profile.given}`;
  const network = status.value?.network;
  return (
    <section class="slip" aria-label={t('administrator.slip.title')}>
      <div class="slip-head">
        <p>
          <Data>{home}</Data>
          {network === undefined ? null : (
            <>
              {' · '}
              <Data>{network}</Data>
            </>
          )}
        </p>
        <p>
          {t('administrator.slip.made')} <Data>{dateText(Date.now())}</Data>
        </p>
      </div>
      <p class="slip-name">{name === '' ? t('design.unknown') : <Data>{name}</Data>}</p>
      <p>{t('administrator.slip.active', { role: roleText(role) })}</p>
      <div class="slip-body">
        <ol>
          {STEPS.map((step) => (
            <li key={step}>{t(`administrator.slip.step.${step}`)}</li>
          ))}
        </ol>
        <div class="stack">
          <QrCode text={address} />
          <p>
            <Data isCode>{address}</Data>
          </p>
        </div>
      </div>
      <p class="small">
        {t('administrator.profile.id')}: <Data isCode>{id}</Data>
      </p>
      <p class="small soft">{t('administrator.slip.secret')}</p>
    </section>
  );
}
