import { useEffect, useState } from 'preact/hooks';
import { Button, Failure, Notice, Time } from '../design/index.ts';
import { useAction } from '../state/use-action.ts';
import { useCall } from '../state/use-call.ts';
import { language, loadWords, t } from '../words/translate.ts';

/** Somebody is getting this account for new keys: whoever is signed in with the old ones is told, and can stop it. */
export function RecoveryWarning() {
  const state = useCall('account.recovery-now', undefined);
  const stop = useAction('account.stop-recovery');
  const [height, setHeight] = useState<number>();
  const [hasWords, setHasWords] = useState(false);
  const chosen = language.value;
  const isWarned = state.kind === 'ready' && state.value !== null;
  useEffect(() => {
    // Few are ever warned: its words come with the warning.
    if (isWarned) void loadWords(['account']).then(() => setHasWords(true));
  }, [isWarned, chosen]);
  if (height !== undefined) {
    return (
      <Notice tone="good" title={t('account.taken.stopped')}>
        <p>{t('account.taken.stopped.text', { height })}</p>
      </Notice>
    );
  }
  if (state.kind !== 'ready' || state.value === null || !hasWords) return null;
  const run = async (): Promise<void> => {
    const done = await stop.run(undefined);
    if (done !== undefined) setHeight(done.height);
  };
  return (
    <Notice tone="halt" title={t('account.taken.title')}>
      <p>
        {t('account.taken.text')} <Time atMs={state.value.finishFromMs} />
      </p>
      {stop.error === undefined ? null : <Failure error={stop.error} />}
      <div class="actions">
        <Button kind="danger" isBusy={stop.isRunning} onClick={() => void run()}>
          {t('account.taken.stop')}
        </Button>
      </div>
    </Notice>
  );
}
