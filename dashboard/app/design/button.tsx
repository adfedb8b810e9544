import type { ComponentChildren } from 'preact';
import { saveFile } from './save-file.ts';

export type ButtonKind = 'primary' | 'secondary' | 'danger' | 'quiet';

interface ButtonProps {
  children: ComponentChildren;
  kind?: ButtonKind;
  type?: 'button' | 'submit';
  /** Does nothing while busy, and says so to a screen reader. */
  isBusy?: boolean;
  disabled?: boolean;
  onClick?: () => void;
  /** When the words alone do not say which of several it is. */
  label?: string;
}

export function Button({
  children,
  kind = 'primary',
  type = 'button',
  isBusy,
  disabled,
  onClick,
  label,
}: ButtonProps) {
  return (
    <button
      type={type}
      class={`button is-${kind}`}
      aria-busy={isBusy === true}
      aria-disabled={isBusy === true}
      disabled={disabled}
      aria-label={label}
      onClick={() => {
        if (isBusy !== true) onClick?.();
      }}
    >
      {children}
    </button>
  );
}

/** A link within the app; `kind` makes it look like a button. */
export function Link({
  to,
  children,
  kind,
  label,
}: {
  to: string;
  children: ComponentChildren;
  kind?: ButtonKind;
  label?: string;
}) {
  return (
    <a href={to} class={kind === undefined ? undefined : `button is-${kind}`} aria-label={label}>
      {children}
    </a>
  );
}

/** Hands bytes to the person as a file; they are never stored by the page. */
export function DownloadButton(props: {
  children: ComponentChildren;
  kind?: ButtonKind;
  /** Made when asked for. */
  file: () => Promise<{ name: string; mediaType: string; bytes: Uint8Array | Blob } | undefined>;
  isBusy?: boolean;
}) {
  const save = async (): Promise<void> => {
    const file = await props.file();
    if (file === undefined) return;
    saveFile(file);
  };
  return (
    <Button kind={props.kind ?? 'secondary'} isBusy={props.isBusy ?? false} onClick={() => void save()}>
      {props.children}
    </Button>
  );
}
