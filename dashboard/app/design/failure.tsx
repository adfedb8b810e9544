import { useEffect, useState } from 'preact/hooks';
import { language, loadWords, t } from '../words/translate.ts';
import type { CallError } from '../worker/call-error.ts';
import { Button } from './button.tsx';
import { Data } from './data.tsx';

/** What happened, what is safe, what to do, and the code under which it is documented. */
export function Failure({ error, onRetry }: { error: CallError; onRetry?: () => void }) {
  useErrorWords();
  return (
    <div class="failure" role="alert">
      <p class="failure-what">{error.what}</p>
      <dl>
        <dt>{t('design.failure.safe')}</dt>
        <dd>{error.safe}</dd>
        <dt>{t('design.failure.action')}</dt>
        <dd>{error.action}</dd>
        <dt>{t('design.failure.code')}</dt>
        <dd>
          <Data isCode>{error.refusal === undefined ? error.code : `${error.code}: ${error.refusal}`}</Data>
        </dd>
      </dl>
      {onRetry === undefined ? null : (
        <Button kind="secondary" onClick={onRetry}>
          {t('design.retry')}
        </Button>
      )}
    </div>
  );
}

/** The words for refusals come with the first of them; until then, or without the node, those that are always here. */
function useErrorWords(): void {
  const chosen = language.value;
  const [, setLoaded] = useState<string>();
  useEffect(() => {
    void loadWords(['errors']).then(
      () => setLoaded(chosen),
      () => undefined,
    );
  }, [chosen]);
}
