import { useEffect, useState } from 'preact/hooks';
import { Notice } from '../design/index.ts';
import { status } from '../state/network.ts';
import { call } from '../worker/call.ts';
import { t } from '../words/translate.ts';

const LOOK_EVERY_MS = 2_000;

/**
 * What a doctor opened while the network was stopped: her signed lines wait in this window, and are sent when the
 * institutions agree again. Said all the time, because closing the window loses them.
 */
export function PendingLines() {
  const isWorking = status.value?.condition === 'working';
  const [waiting, setWaiting] = useState(0);
  useEffect(() => {
    if (isWorking && waiting === 0) return;
    const name = isWorking ? 'doctor.send-lines' : 'doctor.waiting-lines';
    const look = (): void => void call(name, undefined).then(setWaiting, () => undefined);
    look();
    const timer = window.setInterval(look, LOOK_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [isWorking, waiting === 0]);
  return (
    <div role="status">
      {waiting === 0 ? null : (
        <Notice tone="wait" title={t('doctor.pending.title', { count: waiting })}>
          <p>{t('doctor.pending.text')}</p>
        </Notice>
      )}
    </div>
  );
}
