import { useState } from 'preact/hooks';
import { t } from '../words/translate.ts';
import { Button } from './button.tsx';

/** A code in full, with a button that copies it. */
export function CopyCode({ code, label }: { code: string; label: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed'>();
  const copy = (): void => {
    navigator.clipboard.writeText(code).then(
      () => setOutcome('copied'),
      () => setOutcome('failed'),
    );
  };
  return (
    <div class="copy-code">
      <code translate={false} dir="ltr">
        {code}
      </code>
      <Button kind="secondary" onClick={copy} label={`${t('design.copy')}: ${label}`}>
        {t('design.copy')}
      </Button>
      <span role="status">
        {outcome === undefined ? '' : t(outcome === 'copied' ? 'design.copied' : 'design.copy.failed')}
      </span>
    </div>
  );
}
