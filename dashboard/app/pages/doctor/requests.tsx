import '../patient/patient.css';
import './doctor.css';
import { useState } from 'preact/hooks';
import {
  Agreed,
  Button,
  Data,
  Dialog,
  Empty,
  Failure,
  Link,
  Page as Frame,
  Panel,
  Tag,
  TextArea,
  Time,
} from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { DoctorRequest } from '../../worker/doctor/requests.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../patient/ready.tsx';
import { statusText } from '../patient/request-status.ts';
import { personText } from './names.ts';

/** What others ask of this doctor, and what she asked of others. */
export function Page() {
  const state = useCall('doctor.requests', undefined);
  const [refusing, setRefusing] = useState<DoctorRequest>();
  const [height, setHeight] = useState<number>();
  return (
    <Frame
      title={t('doctor.requests.title')}
      lead={t('doctor.requests.lead')}
      isWide
      actions={
        <Link to="/doctor/requests/new" kind="primary">
          {t('doctor.request.title')}
        </Link>
      }
    >
      <Agreed height={height} />
      <Ready state={state}>
        {(requests) => (
          <>
            <List
              title={t('doctor.requests.to-me')}
              empty={t('doctor.requests.to-me.none')}
              requests={requests.filter(({ direction }) => direction === 'to-me')}
              onRefuse={setRefusing}
            />
            <List
              title={t('doctor.requests.from-me')}
              empty={t('doctor.requests.from-me.none')}
              requests={requests.filter(({ direction }) => direction === 'from-me')}
            />
          </>
        )}
      </Ready>
      <Refuse
        request={refusing}
        onClose={(done) => {
          setRefusing(undefined);
          setHeight(done);
          if (done !== undefined) state.reload();
        }}
      />
    </Frame>
  );
}

function List(props: {
  title: string;
  empty: string;
  requests: readonly DoctorRequest[];
  onRefuse?: (request: DoctorRequest) => void;
}) {
  return (
    <Panel title={props.title}>
      {props.requests.length === 0 ? (
        <Empty title={props.empty} />
      ) : (
        <ul class="lines">
          {props.requests.map((request) => (
            <Line key={request.id} request={request} onRefuse={props.onRefuse} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

const TONES = { open: 'wait', granted: 'good', refused: 'halt' } as const;

function Line({
  request,
  onRefuse,
}: {
  request: DoctorRequest;
  onRefuse: ((request: DoctorRequest) => void) | undefined;
}) {
  const { other, otherName, otherHome, patient, patientName, status, timeMs, message, reason, grant } =
    request;
  const tone = Object.hasOwn(TONES, status) ? TONES[status as keyof typeof TONES] : 'plain';
  return (
    <li>
      <span class="line-title">
        <Data>{personText(otherName, other)}</Data>
        {otherHome === '' ? null : <span class="soft">, {<Data>{otherHome}</Data>}</span>}
      </span>
      <span class="line-end">
        <Tag tone={tone}>{statusText(status)}</Tag>
      </span>
      <span class="line-facts">
        {patient === other ? (
          <span>{t('doctor.requests.own')}</span>
        ) : (
          <span>
            {t('doctor.requests.about')} <Data>{personText(patientName, patient)}</Data>
          </span>
        )}
        <Time atMs={timeMs} />
      </span>
      {message === '' ? null : (
        <p>
          <Data>{message}</Data>
        </p>
      )}
      {reason === '' ? null : (
        <p>
          {t('doctor.requests.reason')} <Data>{reason}</Data>
        </p>
      )}
      {status === 'granted' && onRefuse === undefined && grant !== '' ? (
        <p>
          <Link to={`/doctor/shared/${grant}`}>{t('doctor.requests.open')}</Link>
        </p>
      ) : null}
      {status === 'open' && onRefuse !== undefined ? (
        <div class="actions">
          <Link
            kind="primary"
            to={`/doctor/delegations/new?patient=${patient}&request=${request.id}&to=${other}`}
          >
            {t('patient.request.approve')}
          </Link>
          <Button kind="secondary" onClick={() => onRefuse(request)}>
            {t('patient.request.refuse')}
          </Button>
        </div>
      ) : null}
    </li>
  );
}

function Refuse(props: { request: DoctorRequest | undefined; onClose: (height?: number) => void }) {
  const [reason, setReason] = useState('');
  const [isMissing, setMissing] = useState(false);
  const refuse = useAction('doctor.refuse-request');
  const run = async (): Promise<void> => {
    setMissing(reason.trim() === '');
    if (reason.trim() === '' || props.request === undefined) return;
    const done = await refuse.run({ id: props.request.id, reason });
    if (done === undefined) return;
    setReason('');
    props.onClose(done.height);
  };
  return (
    <Dialog
      title={t('doctor.requests.refuse.title')}
      isOpen={props.request !== undefined}
      onClose={() => props.onClose()}
      closeLabel={t('design.cancel')}
    >
      <TextArea
        name="reason"
        label={t('patient.request.reason')}
        hint={t('patient.request.reason.hint')}
        value={reason}
        onInput={setReason}
        lengthMax={1000}
        problems={isMissing ? [{ field: 'reason', text: t('patient.request.reason.wrong') }] : []}
      />
      {refuse.error === undefined ? null : <Failure error={refuse.error} />}
      <div class="actions">
        <Button kind="danger" isBusy={refuse.isRunning} onClick={() => void run()}>
          {t('patient.request.refuse')}
        </Button>
      </div>
    </Dialog>
  );
}
