import './patient.css';
import { useMemo, useState } from 'preact/hooks';
import {
  CommitLine,
  Empty,
  Failure,
  Link,
  Notice,
  Page as Frame,
  Progress,
  Steps,
} from '../../design/index.ts';
import { navigate, query } from '../../router/location.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { Recipient } from '../../worker/patient/sharing.ts';
import { dateText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { Ready } from './ready.tsx';
import { defaultShare } from './share-range.ts';
import type { ShareValues } from './share-range.ts';
import { recipientText, shareInputOf, shareSteps } from './share-steps.tsx';

/** Who, what, why and until when; then all answers to check; then the signature. */
export function Page() {
  const recipients = useCall('patient.recipients', undefined);
  return (
    <Frame title={t('patient.share.title')}>
      <Ready state={recipients}>
        {(list) =>
          list.length === 0 ? <Empty title={t('patient.share.who.wrong')} /> : <Wizard recipients={list} />
        }
      </Ready>
    </Frame>
  );
}

function Wizard({ recipients }: { recipients: readonly Recipient[] }) {
  const share = useAction('patient.share');
  const [done, setDone] = useState<{ height: number; isOnRecord: boolean }>();
  const nowMs = useMemo(() => Date.now(), []);
  const asked = new URLSearchParams(query.value);
  const request = asked.get('request') ?? undefined;
  const initial = { ...defaultShare(nowMs), delegate: asked.get('to') ?? '' };
  const submit = async (values: ShareValues): Promise<void> => {
    const signed = await share.run(shareInputOf(values, request));
    if (signed !== undefined) setDone(signed);
  };
  if (done !== undefined) return <Shared {...done} />;
  return (
    <Steps
      steps={shareSteps(recipients, nowMs)}
      initial={initial}
      submitLabel={t('patient.share.sign')}
      onSubmit={(values) => void submit(values)}
      isBusy={share.isRunning}
      onCancel={() => navigate('/patient/sharing')}
      beforeSubmit={(values) => <Before values={values} recipients={recipients} />}
      outcome={
        <>
          {share.isRunning ? <Progress step={share.step} label={t('design.commit.waiting')} /> : null}
          {share.error === undefined ? null : <Failure error={share.error} />}
        </>
      }
    />
  );
}

function Before({ values, recipients }: { values: ShareValues; recipients: readonly Recipient[] }) {
  const found = recipients.find(({ id }) => id === values.delegate);
  const name = found === undefined ? '' : recipientText(found);
  const date = dateText(Date.parse(`${values.until}T00:00:00Z`), 'UTC');
  return (
    <Notice title={t('patient.share.before')}>
      <p>{t('patient.share.before.does', { name, date })}</p>
      <p>{t('patient.share.before.revoke')}</p>
      <p>
        <strong>{t('patient.share.before.not')}</strong>
      </p>
    </Notice>
  );
}

function Shared({ height, isOnRecord }: { height: number; isOnRecord: boolean }) {
  return (
    <div role="status" class="stack">
      <Notice tone="good" title={t('patient.share.done')}>
        <CommitLine height={height} isSaved={false} />
        {isOnRecord ? null : <p>{t('patient.share.done.copy')}</p>}
      </Notice>
      <Link to="/patient/sharing">{t('patient.share.done.list')}</Link>
    </div>
  );
}
