import { connection, heardAtMs, status } from '../state/network.ts';
import { timeText } from '../words/dates.ts';
import { t } from '../words/translate.ts';

/** Says only what needs saying: nothing while the network works. Always in the page, so that a change is heard. */
export function NetworkBanner() {
  const text = textOf();
  return (
    <p
      id="connection"
      class={text === undefined ? 'network-banner' : 'network-banner is-shown'}
      role="status"
      aria-live="polite"
    >
      {text ?? ''}
    </p>
  );
}

function textOf(): string | undefined {
  if (connection.value === 'lost') {
    return heardAtMs.value === 0
      ? t('shell.network.lost')
      : t('shell.network.lost.since', { time: timeText(heardAtMs.value) });
  }
  if (status.value?.condition === 'stopped') return t('shell.network.stopped');
  if (status.value?.condition === 'syncing') return t('shell.network.syncing');
  return undefined;
}
