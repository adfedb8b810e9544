import '../parts/parts.css';
import { useState } from 'preact/hooks';
import {
  Button,
  CommitLine,
  ErrorSummary,
  Failure,
  Link,
  Notice,
  Page as Frame,
  Panel,
  RadiosField,
  Summary,
  TextArea,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../parts/ready.tsx';
import { OtherRegistrations } from './other-registrations.tsx';
import { profileRows } from './profile-rows.tsx';

type Detail = OutputOf<'administrator.person'>;
type Decided = OutputOf<'administrator.decide'>;
type Choice = 'approve' | 'refuse';

const REASON_LENGTH_MAX = 1000;

/** One application: what the person says, and the administrator's voice. */
export function Page({ parameters }: PageProps) {
  const id = parameters['id'] ?? '';
  const person = useCall('administrator.person', { id });
  const [decided, setDecided] = useState<Decided & { choice: Choice }>();
  return (
    <Frame title={t('administrator.decide.title')} lead={t('administrator.decide.lead')}>
      <Ready of={person} what={t('administrator.reading')}>
        {(detail) => (
          <>
            {decided === undefined ? null : <Outcome id={id} decided={decided} role={detail.role} />}
            <Summary rows={profileRows(detail)} />
            {decided === undefined ? (
              <Application
                detail={detail}
                onDecided={(next) => {
                  setDecided(next);
                  person.reload();
                }}
              />
            ) : null}
          </>
        )}
      </Ready>
      <p>
        <Link to="/administrator/approvals">{t('administrator.decide.back')}</Link>
      </p>
    </Frame>
  );
}

function Outcome({ id, decided, role }: { id: string; decided: Decided & { choice: Choice }; role: string }) {
  const { choice, remaining, height } = decided;
  const key =
    choice === 'refuse' ? ('refused' as const) : remaining > 0 ? ('half' as const) : ('approved' as const);
  return (
    <Notice
      tone={key === 'refused' ? 'plain' : 'good'}
      title={t(`administrator.decided.${key}`, { count: remaining })}
    >
      <p>{t(`administrator.decided.${key}.text`)}</p>
      <CommitLine height={height} />
      {key === 'approved' ? (
        <div class="actions">
          <Link kind="secondary" to={`/administrator/people/${id}/slip`}>
            {t('administrator.slip.make')}
          </Link>
          {role === 'patient' ? (
            <Link kind="secondary" to={`/administrator/people/${id}/assign`}>
              {t('administrator.assign.title')}
            </Link>
          ) : null}
        </div>
      ) : null}
    </Notice>
  );
}

interface VoiceProps {
  detail: Detail;
  onDecided: (decided: Decided & { choice: Choice }) => void;
}

/** A patient's application comes with the question whether she is registered already. */
function Application(props: VoiceProps) {
  const [identifiers, setIdentifiers] = useState<Uint8Array[]>();
  const { detail } = props;
  return (
    <>
      {detail.role === 'patient' && detail.state === 'pending' ? (
        <OtherRegistrations detail={detail} before="approval" onKnown={setIdentifiers} />
      ) : null}
      <Voice {...props} identifiers={identifiers} />
    </>
  );
}

function Voice({ detail, identifiers, onDecided }: VoiceProps & { identifiers: Uint8Array[] | undefined }) {
  const [choice, setChoice] = useState<Choice>();
  const [reason, setReason] = useState('');
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const act = useAction('administrator.decide');
  if (detail.state !== 'pending') {
    return <Notice title={t('administrator.decide.over')}>{t('administrator.decide.over.text')}</Notice>;
  }
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const found: Problem[] = [
      ...(choice === undefined ? [{ field: 'choice', text: t('administrator.decide.choice.missing') }] : []),
      ...(choice === 'refuse' && reason.trim() === ''
        ? [{ field: 'reason', text: t('administrator.decide.reason.missing') }]
        : []),
    ];
    setProblems(found);
    if (found.length > 0 || choice === undefined) return;
    const known = identifiers === undefined ? {} : { identifiers };
    void act.run({ id: detail.id, decision: choice, reason, ...known }).then((done) => {
      if (done !== undefined) onDecided({ ...done, choice });
    });
  };
  const { approvals, needed, isDecidedByMe } = detail;
  return (
    <Panel title={t('administrator.decide.voice')}>
      <p class="soft">{t(needed > 1 ? 'administrator.decide.dual' : 'administrator.decide.single')}</p>
      <p>
        {t('administrator.voices', { count: approvals, needed })}{' '}
        {isDecidedByMe ? t('administrator.decide.given') : null}
      </p>
      <form class="decision" noValidate onSubmit={submit}>
        <ErrorSummary problems={problems} />
        <Fields
          choice={choice}
          onChoose={setChoice}
          reason={reason}
          onReason={setReason}
          problems={problems}
          isDecidedByMe={isDecidedByMe}
        />
        {act.error === undefined ? null : <Failure error={act.error} />}
        <div class="actions">
          <Button type="submit" kind={choice === 'refuse' ? 'danger' : 'primary'} isBusy={act.isRunning}>
            {t('administrator.decide.submit')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Fields(props: {
  choice: Choice | undefined;
  onChoose: (choice: Choice) => void;
  reason: string;
  onReason: (reason: string) => void;
  problems: readonly Problem[];
  isDecidedByMe: boolean;
}) {
  const { choice, reason, problems } = props;
  return (
    <>
      <RadiosField
        name="choice"
        label={t('administrator.decide.choice')}
        value={choice}
        onChange={props.onChoose}
        problems={problems}
        choices={[
          {
            value: 'approve',
            label: t('administrator.decide.approve'),
            hint: t('administrator.decide.approve.hint'),
            disabled: props.isDecidedByMe,
          },
          {
            value: 'refuse',
            label: t('administrator.decide.refuse'),
            hint: t('administrator.decide.refuse.hint'),
          },
        ]}
      />
      {choice === 'refuse' ? (
        <TextArea
          name="reason"
          label={t('administrator.decide.reason')}
          hint={t('administrator.decide.reason.hint')}
          value={reason}
          onInput={props.onReason}
          problems={problems}
          lengthMax={REASON_LENGTH_MAX}
        />
      ) : null}
    </>
  );
}
