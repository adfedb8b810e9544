import './patient.css';
import { useState } from 'preact/hooks';
import {
  Button,
  Data,
  DraftNote,
  ErrorSummary,
  Failure,
  Link,
  Notice,
  Page as Frame,
  Panel,
  Progress,
  Summary,
  TextArea,
  Time,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import { useDraft } from '../../state/use-draft.ts';
import type { RequestLine } from '../../worker/patient/sharing.ts';
import { t } from '../../words/translate.ts';
import { whoText } from './acts.ts';
import { Ready } from './ready.tsx';
import { statusText } from './request-status.ts';

type RequestView = RequestLine & { message: string; speciality: string };

export function Page({ parameters }: PageProps) {
  const state = useCall('patient.request', { id: parameters['id'] ?? '' });
  const [height, setHeight] = useState<number>();
  const refused = (at: number): void => {
    setHeight(at);
    state.reload();
  };
  return (
    <Frame title={t('patient.request.title')}>
      <div role="status">
        {height === undefined ? null : (
          <Notice tone="good">{t('patient.request.refused', { height })}</Notice>
        )}
      </div>
      <Ready state={state}>
        {(request) => (
          <>
            <Facts request={request} />
            {request.status === 'open' && height === undefined ? (
              <Answer request={request} onRefused={refused} />
            ) : null}
          </>
        )}
      </Ready>
      <p>
        <Link to="/patient/requests">{t('design.back')}</Link>
      </p>
    </Frame>
  );
}

function Facts({ request }: { request: RequestView }) {
  const { fromName, from, speciality, home, message, status, timeMs } = request;
  return (
    <Panel>
      <Summary
        rows={[
          {
            label: t('patient.request.from'),
            value: (
              <Data>
                {[whoText(fromName, from, false), speciality, home].filter((part) => part !== '').join(', ')}
              </Data>
            ),
          },
          { label: t('patient.request.when'), value: <Time atMs={timeMs} /> },
          {
            label: t('patient.request.message'),
            value: message === '' ? t('patient.request.message.none') : <Data>{message}</Data>,
          },
          { label: t('patient.request.status'), value: statusText(status) },
        ]}
      />
    </Panel>
  );
}

function Answer({ request, onRefused }: { request: RequestView; onRefused: (height: number) => void }) {
  const refuse = useAction('patient.refuse');
  const [reason, setReason] = useState('');
  const [problems, setProblems] = useState<Problem[]>([]);
  const draft = useDraft(`refusal:${request.id}`, { reason }, (typed) => setReason(typed.reason ?? ''));
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const found = reason.trim() === '' ? [{ field: 'reason', text: t('patient.request.reason.wrong') }] : [];
    setProblems(found);
    if (found.length > 0) return;
    const done = await refuse.run({ id: request.id, reason });
    if (done === undefined) return;
    draft.drop();
    onRefused(done.height);
  };
  return (
    <>
      <div class="actions">
        <Link kind="primary" to={`/patient/sharing/new?request=${request.id}&to=${request.from}`}>
          {t('patient.request.approve')}
        </Link>
      </div>
      <Panel title={t('patient.request.refuse')}>
        <form noValidate onSubmit={(event) => void send(event)}>
          <ErrorSummary problems={problems} />
          <DraftNote
            restoredAtMs={draft.restoredAtMs}
            onDiscard={() => {
              setReason('');
              draft.drop();
            }}
          />
          <TextArea
            name="reason"
            label={t('patient.request.reason')}
            hint={t('patient.request.reason.hint')}
            problems={problems}
            value={reason}
            onInput={setReason}
            lengthMax={1000}
          />
          {refuse.isRunning ? <Progress step={refuse.step} label={t('design.commit.waiting')} /> : null}
          {refuse.error === undefined ? null : <Failure error={refuse.error} />}
          <div class="actions">
            <Button type="submit" kind="danger" isBusy={refuse.isRunning}>
              {t('patient.request.refuse')}
            </Button>
          </div>
        </form>
      </Panel>
    </>
  );
}
