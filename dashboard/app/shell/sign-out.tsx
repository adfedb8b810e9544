import { useState } from 'preact/hooks';
import { Button, Dialog } from '../design/index.ts';
import { navigate } from '../router/location.ts';
import { session } from '../state/session.ts';
import { call } from '../worker/call.ts';
import { t } from '../words/translate.ts';

/** The way out. Drafts that were not sent stay, sealed, or go: as the person says. */
export function SignOut() {
  const [drafts, setDrafts] = useState(0);
  const leave = async (dropsDrafts: boolean): Promise<void> => {
    setDrafts(0);
    if (dropsDrafts) await call('draft.drop-all', undefined).catch(() => undefined);
    await call('account.sign-out', undefined).catch(() => undefined);
    session.value = { kind: 'signed-out' };
    navigate('/');
  };
  const ask = async (): Promise<void> => {
    const count = await call('draft.count', undefined).catch(() => 0);
    if (count === 0) await leave(false);
    else setDrafts(count);
  };
  return (
    <>
      <button type="button" class="button is-quiet" onClick={() => void ask()}>
        {t('shell.sign-out')}
      </button>
      <Dialog
        title={t('shell.drafts.title', { count: drafts })}
        isOpen={drafts > 0}
        onClose={() => setDrafts(0)}
        closeLabel={t('design.cancel')}
      >
        <p>{t('shell.drafts.text')}</p>
        <div class="actions">
          <Button onClick={() => void leave(false)}>{t('shell.drafts.keep')}</Button>
          <Button kind="secondary" onClick={() => void leave(true)}>
            {t('shell.drafts.drop')}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
