import './doors.css';
import { useState } from 'preact/hooks';
import {
  Button,
  Data,
  DownloadButton,
  ErrorSummary,
  Failure,
  Heading,
  Loading,
  Page as Frame,
  Summary,
  TextField,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { navigate } from '../../router/location.ts';
import { useAction } from '../../state/use-action.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { RecoverySheet } from '../account/recovery-sheet.tsx';

type NewKeys = OutputOf<'account.request-recovery'>;

/** New keys for who lost everything. The institution sees the person, two administrators act, seven days pass. */
export function Page() {
  const [made, setMade] = useState<NewKeys>();
  return (
    <Frame title={t('public.recover.clinic')} lead={t('public.recover.clinic.lead')}>
      <ol class="numbered">
        {(['one', 'two', 'three', 'four'] as const).map((step) => (
          <li key={step}>{t(`public.recover.clinic.${step}`)}</li>
        ))}
      </ol>
      {made === undefined ? <NumberForm onMade={setMade} /> : <Made made={made} />}
    </Frame>
  );
}

function NumberForm({ onMade }: { onMade: (made?: NewKeys) => void }) {
  const [person, setPerson] = useState('');
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const request = useAction('account.request-recovery');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const number = person.replaceAll(/\s/g, '').toLowerCase();
    const isWrong = !/^[0-9a-f]{64}$/.test(number);
    setProblems(isWrong ? [{ field: 'number', text: t('public.recover.number.wrong') }] : []);
    if (!isWrong) onMade(await request.run({ person: number }));
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <ErrorSummary problems={problems} />
      <TextField
        name="number"
        label={t('public.recover.number')}
        hint={t('public.recover.clinic.number')}
        value={person}
        onInput={setPerson}
        problems={problems}
        lengthMax={100}
      />
      {request.isRunning ? <Loading /> : null}
      {request.error === undefined ? null : <Failure error={request.error} />}
      <div class="actions">
        <Button type="submit" isBusy={request.isRunning}>
          {t('public.recover.clinic.action')}
        </Button>
      </div>
    </form>
  );
}

function Made({ made }: { made: NewKeys }) {
  const file = async () => ({
    name: 'recovery-request.json',
    mediaType: 'application/json',
    bytes: new TextEncoder().encode(`${JSON.stringify(made.request, null, 2)}\n`),
  });
  return (
    <>
      <Heading>{t('public.recover.clinic.file')}</Heading>
      <p>{t('public.recover.clinic.file.text')}</p>
      <Summary
        rows={[
          {
            label: t('public.recover.clinic.fingerprint'),
            value: <Data isCode>{made.fingerprint}</Data>,
          },
        ]}
      />
      <div class="actions">
        <DownloadButton kind="primary" file={file}>
          {t('public.recover.clinic.save')}
        </DownloadButton>
      </div>
      <RecoverySheet
        code={made.recoveryCode}
        person={made.request.person}
        onDone={() => navigate('/')}
        doneLabel={t('public.recover.clinic.done')}
      />
    </>
  );
}
