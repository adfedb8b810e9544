import { useState } from 'preact/hooks';
import { Button, Dialog, Failure, TextArea } from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';

/** Suspending takes effect within a block; reinstating a doctor takes two voices. */
export function StandingDialog(props: {
  detail: OutputOf<'administrator.person'>;
  asked: 'suspend' | 'reinstate' | undefined;
  onClose: () => void;
  onDone: (height: number) => void;
}) {
  const { detail, asked, onClose, onDone } = props;
  const [reason, setReason] = useState('');
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const act = useAction('administrator.decide');
  if (asked === undefined) return null;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const found =
      asked === 'suspend' && reason.trim() === ''
        ? [{ field: 'standing-reason', text: t('administrator.decide.reason.missing') }]
        : [];
    setProblems(found);
    if (found.length > 0) return;
    void act.run({ id: detail.id, decision: asked, reason }).then((done) => {
      if (done !== undefined) onDone(done.height);
    });
  };
  const isDual = asked === 'reinstate' && detail.needed > 1;
  return (
    <Dialog
      isOpen
      title={t(`administrator.standing.${asked}.title`)}
      onClose={onClose}
      closeLabel={t('design.cancel')}
    >
      <p>{t(`administrator.standing.${asked}.text`)}</p>
      {isDual ? <p>{t('administrator.standing.reinstate.dual')}</p> : null}
      <form noValidate onSubmit={submit}>
        <TextArea
          name="standing-reason"
          label={t('administrator.decide.reason')}
          hint={t('administrator.decide.reason.hint')}
          isOptional={asked === 'reinstate'}
          value={reason}
          onInput={setReason}
          problems={problems}
          lengthMax={1000}
        />
        {act.error === undefined ? null : <Failure error={act.error} />}
        <div class="actions">
          <Button type="submit" kind={asked === 'suspend' ? 'danger' : 'primary'} isBusy={act.isRunning}>
            {t(`administrator.standing.${asked}`)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
