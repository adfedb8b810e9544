import { Notice } from '../design/index.ts';
import { connection } from '../state/network.ts';
import { session } from '../state/session.ts';
import { t } from '../words/translate.ts';

/** The node is out of reach: what is safe, and what can be done meanwhile. */
export function Away() {
  if (connection.value !== 'lost') return null;
  return (
    <Notice tone="wait" title={t(navigator.onLine ? 'shell.away.title' : 'shell.away.offline')}>
      <p>{t('shell.away.safe')}</p>
      <p>{t(session.value.kind === 'signed-in' ? 'shell.away.drafts' : 'shell.away.signed-out')}</p>
    </Notice>
  );
}
