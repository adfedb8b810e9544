import { useState } from 'preact/hooks';
import {
  Button,
  ErrorSummary,
  Failure,
  Loading,
  Notice,
  Page as Frame,
  TextField,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { navigate } from '../../router/location.ts';
import { useAction } from '../../state/use-action.ts';
import { t } from '../../words/translate.ts';
import { NewPassphrase } from '../account/passphrase.tsx';
import { arrive } from './arrival.ts';
import type { Entry } from './unlock-form.tsx';

/** Back in with the recovery code alone; then a new passphrase. */
export function Page() {
  const [entry, setEntry] = useState<Entry>();
  if (entry?.kind === 'in') {
    return (
      <Frame title={t('public.recover.inside')} lead={t('public.recover.inside.lead')}>
        <NewPassphrase name="" onDone={() => arrive(entry)} />
        <p>
          <Button kind="quiet" onClick={() => arrive(entry)}>
            {t('public.recover.later')}
          </Button>
        </p>
      </Frame>
    );
  }
  return (
    <Frame title={t('public.recover.code')} lead={t('public.recover.code.lead')}>
      <CodeForm entry={entry} onEntry={setEntry} />
    </Frame>
  );
}

function CodeForm({ entry, onEntry }: { entry: Entry | undefined; onEntry: (entry?: Entry) => void }) {
  const [code, setCode] = useState('');
  const [person, setPerson] = useState('');
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const unlock = useAction('account.unlock');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const number = person.replaceAll(/\s/g, '').toLowerCase();
    const found = [
      ...(code.trim() === '' ? [{ field: 'recovery-code', text: t('public.recover.code.missing') }] : []),
      ...(number !== '' && !/^[0-9a-f]{64}$/.test(number)
        ? [{ field: 'number', text: t('public.recover.number.wrong') }]
        : []),
    ];
    setProblems(found);
    if (found.length > 0) return;
    onEntry(await unlock.run({ kind: 'recovery-code', code, person: number }));
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <ErrorSummary problems={problems} />
      <TextField
        name="recovery-code"
        label={t('public.recover.code.label')}
        hint={t('public.recover.code.hint')}
        value={code}
        onInput={setCode}
        problems={problems}
        lengthMax={120}
      />
      <TextField
        name="number"
        label={t('public.recover.number')}
        hint={t('public.recover.number.hint')}
        value={person}
        onInput={setPerson}
        isOptional
        problems={problems}
        lengthMax={100}
      />
      {unlock.isRunning ? <Loading what={t('public.sign-in.unlocking')} /> : null}
      {unlock.error === undefined ? null : <Failure error={unlock.error} />}
      {entry === undefined || entry.kind === 'in' ? null : (
        <Notice tone="halt" title={t('public.recover.unknown')}>
          <p>{t(entry.kind === 'closed' ? 'public.recover.closed.text' : 'public.recover.unknown.text')}</p>
        </Notice>
      )}
      <div class="actions">
        <Button type="submit" isBusy={unlock.isRunning}>
          {t('public.recover.action')}
        </Button>
        <Button kind="quiet" onClick={() => navigate('/recover')}>
          {t('design.cancel')}
        </Button>
      </div>
    </form>
  );
}
