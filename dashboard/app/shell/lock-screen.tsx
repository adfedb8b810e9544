import { useEffect, useRef } from 'preact/hooks';
import { Button, Data } from '../design/index.ts';
import { navigate, path } from '../router/location.ts';
import { session } from '../state/session.ts';
import { t } from '../words/translate.ts';

/** Lies over the blurred page; nothing behind it can be reached. */
export function LockScreen({ name }: { name: string }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => box.current?.showModal(), []);
  const unlock = (): void => {
    session.value = { kind: 'signed-out' };
    navigate(`/?next=${encodeURIComponent(path.value)}`);
  };
  return (
    <dialog
      class="dialog"
      ref={box}
      aria-labelledby="locked-title"
      onCancel={(event) => event.preventDefault()}
    >
      <h2 id="locked-title">{t('shell.locked.title')}</h2>
      {name === '' ? null : (
        <p>
          <Data>{name}</Data>
        </p>
      )}
      <p>{t('shell.locked.text')}</p>
      <Button onClick={unlock}>{t('shell.locked.action')}</Button>
    </dialog>
  );
}
