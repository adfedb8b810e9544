import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Button, Data } from '../design/index.ts';
import { UnlockForm } from '../pages/public/unlock-form.tsx';
import { arrive } from '../pages/public/arrival.ts';
import { navigate } from '../router/location.ts';
import { session } from '../state/session.ts';
import { call } from '../worker/call.ts';
import type { LockReason } from '../worker/messages.ts';
import { loadWords, t } from '../words/translate.ts';

/**
 * Lies over the blurred page; nothing behind it can be reached. Who unlocks goes on where she was; somebody else
 * begins at the home of her own role, and nothing of the page behind stays.
 */
export function LockScreen({ name, reason }: { name: string; reason: LockReason }) {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [isReady, setReady] = useState(false);
  // Never on the way out: who comes back and types at once, without looking, would sign out with the first space.
  useLayoutEffect(() => {
    box.current?.showModal();
    heading.current?.focus();
  }, []);
  useLayoutEffect(() => {
    if (isReady && document.activeElement === heading.current) box.current?.querySelector('input')?.focus();
  }, [isReady]);
  useEffect(() => {
    void loadWords(['public-start']).then(() => setReady(true));
  }, []);
  const leave = (): void => {
    void call('account.sign-out', undefined).catch(() => undefined);
    session.value = { kind: 'signed-out' };
    navigate('/', 'replace');
  };
  return (
    <dialog
      class="dialog"
      ref={box}
      aria-labelledby="locked-title"
      onCancel={(event) => event.preventDefault()}
    >
      <h2 id="locked-title" ref={heading} tabIndex={-1}>
        {t('shell.locked.title')}
      </h2>
      {name === '' ? null : (
        <p>
          <Data>{name}</Data>
        </p>
      )}
      <p>{t(`shell.locked.${reason}`)}</p>
      {isReady ? (
        <UnlockForm
          submitLabel={t('shell.locked.action')}
          onEntry={(entry) => {
            if (entry.kind === 'in' && entry.person.name !== name) arrive(entry);
          }}
        />
      ) : null}
      <Button kind="quiet" onClick={leave}>
        {t('shell.sign-out')}
      </Button>
    </dialog>
  );
}
