import { useState } from 'preact/hooks';
import { Button, Failure, Loading, Notice, Page as Frame, Panel, TextField } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { useWraps } from './account-name.ts';
import { Confirm } from './confirm.tsx';
import { RecoverySheet } from './recovery-sheet.tsx';

/** The recovery code on paper, and the practice that shows that the paper is good. */
export function Page() {
  const { name } = useWraps();
  const [shown, setShown] = useState<OutputOf<'account.recovery-code'>>();
  const show = useAction('account.recovery-code');
  const reveal = async (): Promise<void> => setShown(await show.run(undefined));
  return (
    <Frame title={t('account.recovery.title')} lead={t('account.recovery.lead')}>
      {shown === undefined ? (
        <>
          <Practice />
          <Panel title={t('account.recovery.show')}>
            <Confirm name={name} why={t('account.recovery.show.why')} onConfirmed={() => void reveal()} />
            {show.isRunning ? <Loading /> : null}
            {show.error === undefined ? null : <Failure error={show.error} />}
          </Panel>
        </>
      ) : (
        <RecoverySheet {...shown} onDone={() => setShown(undefined)} doneLabel={t('account.recovery.hide')} />
      )}
    </Frame>
  );
}

function Practice() {
  const [code, setCode] = useState('');
  const [outcome, setOutcome] = useState<boolean>();
  const practise = useAction('account.practise');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setOutcome(await practise.run({ code }));
    setCode('');
  };
  return (
    <Panel title={t('account.recovery.practise')}>
      <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
        <p>{t('account.recovery.practise.text')}</p>
        <TextField
          name="practice-code"
          label={t('account.recovery.code')}
          hint={t('account.recovery.code.hint')}
          value={code}
          onInput={setCode}
          lengthMax={120}
        />
        {practise.isRunning ? <Loading /> : null}
        {practise.error === undefined ? null : <Failure error={practise.error} />}
        <div role="status">
          {outcome === undefined ? null : (
            <Notice
              tone={outcome ? 'good' : 'wait'}
              title={t(outcome ? 'account.recovery.good' : 'account.recovery.bad')}
            >
              <p>{t(outcome ? 'account.recovery.good.text' : 'account.recovery.bad.text')}</p>
            </Notice>
          )}
        </div>
        <div class="actions">
          <Button type="submit" kind="secondary" isBusy={practise.isRunning}>
            {t('account.recovery.practise.action')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
