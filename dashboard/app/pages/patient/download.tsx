import {
  Button,
  DownloadButton,
  Failure,
  Notice,
  Page as Frame,
  Panel,
  Progress,
} from '../../design/index.ts';
import { useState } from 'preact/hooks';
import { useAction } from '../../state/use-action.ts';
import type { Downloaded } from '../../worker/patient/download.ts';
import { t } from '../../words/translate.ts';

export function Page() {
  const download = useAction('patient.download');
  const [made, setMade] = useState<Downloaded>();
  const start = async (): Promise<void> => setMade(await download.run());
  const { step } = download;
  const label =
    step?.what === 'years'
      ? t('patient.download.years', { done: step.done, total: step.total })
      : t('patient.download.running');
  return (
    <Frame title={t('patient.download.title')} lead={t('patient.download.lead')}>
      <Notice tone="halt">
        <p>{t('patient.download.warning')}</p>
      </Notice>
      <Panel>
        {download.isRunning ? <Progress step={undefined} label={label} /> : null}
        {download.error === undefined ? null : (
          <Failure error={download.error} onRetry={() => void start()} />
        )}
        {made === undefined ? (
          <div class="actions">
            <Button isBusy={download.isRunning} onClick={() => void start()}>
              {t('patient.download.start')}
            </Button>
            {download.isRunning ? (
              <Button kind="secondary" onClick={download.stop}>
                {t('design.cancel')}
              </Button>
            ) : null}
          </div>
        ) : (
          <Ready made={made} />
        )}
      </Panel>
    </Frame>
  );
}

function Ready({ made }: { made: Downloaded }) {
  const { name, mediaType, file: bytes } = made;
  return (
    <div class="stack" role="status">
      <p>{t('patient.download.ready', { count: made.records })}</p>
      {made.files === 0 ? null : <p>{t('patient.download.files', { count: made.files })}</p>}
      {made.filesLeft === 0 ? null : <p>{t('patient.download.left', { count: made.filesLeft })}</p>}
      {made.isComplete ? null : <p>{t('patient.download.incomplete')}</p>}
      <DownloadButton kind="primary" file={() => Promise.resolve({ name, mediaType, bytes })}>
        {t('patient.download.save')}
      </DownloadButton>
    </div>
  );
}
