import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Button } from './button.tsx';

/**
 * Asks for one decision over the page; Escape and the second button leave everything as it was. The focus begins on the
 * question: the key that opened it, held a moment too long, must not press what can not be undone.
 */
export function Dialog(props: {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  closeLabel: string;
  children: ComponentChildren;
}) {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    const dialog = box.current;
    if (dialog === null) return;
    if (props.isOpen && !dialog.open) {
      dialog.showModal();
      heading.current?.focus();
    }
    if (!props.isOpen && dialog.open) dialog.close();
  }, [props.isOpen]);
  return (
    <dialog class="dialog" ref={box} aria-labelledby="dialog-title" onClose={props.onClose}>
      {props.isOpen ? (
        <>
          <h2 id="dialog-title" ref={heading} tabIndex={-1}>
            {props.title}
          </h2>
          {props.children}
          <Button kind="quiet" onClick={props.onClose}>
            {props.closeLabel}
          </Button>
        </>
      ) : null}
    </dialog>
  );
}
