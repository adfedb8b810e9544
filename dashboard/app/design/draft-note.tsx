import { minuteText } from '../words/dates.ts';
import { t } from '../words/translate.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

/** Says that what stands in a form was typed before, and lets it go. */
export function DraftNote({
  restoredAtMs,
  onDiscard,
}: {
  restoredAtMs: number | undefined;
  onDiscard: () => void;
}) {
  return (
    <div role="status">
      {restoredAtMs === undefined ? null : (
        <Notice title={t('design.draft.restored', { time: minuteText(restoredAtMs) })}>
          <p>{t('design.draft.where')}</p>
          <Button kind="quiet" onClick={onDiscard}>
            {t('design.draft.discard')}
          </Button>
        </Notice>
      )}
    </div>
  );
}
