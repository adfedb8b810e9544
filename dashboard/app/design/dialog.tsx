import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from './button.tsx';

/** Asks for one decision over the page; Escape and the second button leave everything as it was. */
export function Dialog(props: {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  closeLabel: string;
  children: ComponentChildren;
}) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    if (dialog === null) return;
    if (props.isOpen && !dialog.open) dialog.showModal();
    if (!props.isOpen && dialog.open) dialog.close();
  }, [props.isOpen]);
  return (
    <dialog class="dialog" ref={box} aria-labelledby="dialog-title" onClose={props.onClose}>
      {props.isOpen ? (
        <>
          <h2 id="dialog-title">{props.title}</h2>
          {props.children}
          <Button kind="quiet" onClick={props.onClose}>
            {props.closeLabel}
          </Button>
        </>
      ) : null}
    </dialog>
  );
}
