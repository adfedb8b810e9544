import type { ComponentChildren } from 'preact';

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
    const { name, mediaType, bytes } = file;
    const blob = bytes instanceof Blob ? bytes : new Blob([bytes as BlobPart], { type: mediaType });
    const url = URL.createObjectURL(blob);
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    // The browser has its own hold on the bytes once the download began.
    window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };
  return (
    <Button kind={props.kind ?? 'secondary'} isBusy={props.isBusy ?? false} onClick={() => void save()}>
      {props.children}
    </Button>
  );
}
