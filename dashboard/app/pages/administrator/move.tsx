import '../parts/parts.css';
import { useState } from 'preact/hooks';
import {
  Button,
  CommitLine,
  Failure,
  Link,
  Notice,
  Page as Frame,
  Panel,
  Summary,
  Time,
} from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../parts/ready.tsx';
import { OtherRegistrations } from './other-registrations.tsx';
import { profileRows } from './profile-rows.tsx';

type Detail = OutputOf<'administrator.move'>;

/** One patient who asks to come: what she says, whether she is registered twice, and the signature. */
export function MovePage({ id }: { id: string }) {
  const [height, setHeight] = useState<number>();
  return (
    <Frame title={t('administrator.move.title')} lead={t('administrator.move.lead')}>
      {height === undefined ? <Wish id={id} onReceived={setHeight} /> : <Received id={id} height={height} />}
      <p>
        <Link to="/administrator/moves">{t('administrator.move.back')}</Link>
      </p>
    </Frame>
  );
}

function Received({ id, height }: { id: string; height: number }) {
  return (
    <Notice tone="good" title={t('administrator.move.done')}>
      <CommitLine height={height} />
      <div class="actions">
        <Link kind="secondary" to={`/administrator/people/${id}`}>
          {t('administrator.move.done.person')}
        </Link>
      </div>
    </Notice>
  );
}

function Wish({ id, onReceived }: { id: string; onReceived: (height: number) => void }) {
  const wish = useCall('administrator.move', { id });
  return (
    <Ready of={wish} what={t('administrator.reading')}>
      {(detail) => (
        <>
          {detail.profile === null ? (
            <Notice title={t('administrator.move.unread')}>
              <p>{t('administrator.move.unread.text')}</p>
            </Notice>
          ) : null}
          <Summary rows={profileRows(detail)} />
          <Signature detail={detail} onReceived={onReceived} />
        </>
      )}
    </Ready>
  );
}

/** Whether somebody else with her identity is there, and the signature as soon as it counts. */
function Signature({ detail, onReceived }: { detail: Detail; onReceived: (height: number) => void }) {
  const act = useAction('administrator.receive');
  /** What the institutions said; none when they could not be asked and the administrator goes on without. */
  const [identifiers, setIdentifiers] = useState<Uint8Array[]>();
  const { id, isStopped, isDue, receiveFromMs } = detail;
  if (isStopped) {
    return (
      <Notice tone="halt" title={t('administrator.move.stopped')}>
        <p>{t('administrator.move.stopped.text')}</p>
      </Notice>
    );
  }
  const sign = async (): Promise<void> => {
    if (identifiers === undefined) return;
    const done = await act.run({ id, identifiers });
    if (done !== undefined) onReceived(done.height);
  };
  return (
    <>
      <OtherRegistrations detail={detail} before="move" onKnown={setIdentifiers} />
      <Panel title={t('administrator.move.does')}>
        <p>{t('administrator.move.does.text')}</p>
        <p class="soft">{t('administrator.move.refuse')}</p>
        {act.error === undefined ? null : <Failure error={act.error} />}
        {isDue ? (
          <div class="actions">
            <Button disabled={identifiers === undefined} isBusy={act.isRunning} onClick={() => void sign()}>
              {t('administrator.move.submit')}
            </Button>
          </div>
        ) : (
          <Notice tone="wait" title={t('administrator.move.early')}>
            <p>
              {t('administrator.move.early.text')} <Time atMs={receiveFromMs} />
            </p>
          </Notice>
        )}
      </Panel>
    </>
  );
}
