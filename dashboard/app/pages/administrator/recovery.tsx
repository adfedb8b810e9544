import { useState } from 'preact/hooks';
import {
  Button,
  CommitLine,
  Data,
  Failure,
  FileField,
  Notice,
  Page as Frame,
  Panel,
  Summary,
} from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from '../parts/person-name.tsx';
import { Ready } from '../parts/ready.tsx';
import { Recoveries } from './recoveries.tsx';

const FILE_BYTES_MAX = 64 * 1024;

/** New keys for somebody who lost everything: two administrators, and seven days in which it can be stopped. */
export function Page() {
  const open = useCall('administrator.recoveries', undefined);
  return (
    <Frame title={t('administrator.recovery.title')} lead={t('administrator.recovery.lead')}>
      <Start onStarted={open.reload} />
      <Panel title={t('administrator.recovery.open')}>
        <Ready of={open} what={t('administrator.reading')}>
          {(lines) => <Recoveries lines={lines} onDone={open.reload} />}
        </Ready>
      </Panel>
      <Notice title={t('administrator.recovery.limit')}>
        <p>{t('administrator.recovery.limit.text')}</p>
      </Notice>
    </Frame>
  );
}

function Start({ onStarted }: { onStarted: () => void }) {
  const [text, setText] = useState('');
  const [isTooLarge, setTooLarge] = useState(false);
  const [height, setHeight] = useState<number>();
  const read = useAction('administrator.read-recovery');
  const act = useAction('administrator.recovery-act');
  const [file, setFile] = useState<{ person: string; name: string; fingerprint: string }>();
  const choose = async ([chosen]: File[]): Promise<void> => {
    setFile(undefined);
    setHeight(undefined);
    setTooLarge(chosen !== undefined && chosen.size > FILE_BYTES_MAX);
    if (chosen === undefined || chosen.size > FILE_BYTES_MAX) return;
    const content = await chosen.text();
    setText(content);
    setFile(await read.run({ text: content }));
  };
  return (
    <Panel title={t('administrator.recovery.start')}>
      <FileField
        name="recovery-file"
        label={t('administrator.recovery.file')}
        hint={t('administrator.recovery.file.hint')}
        accept=".json,application/json"
        problems={
          isTooLarge ? [{ field: 'recovery-file', text: t('administrator.recovery.file.large') }] : []
        }
        onChoose={(files) => void choose(files)}
      />
      {read.error === undefined ? null : <Failure error={read.error} />}
      {file === undefined ? null : (
        <>
          <Summary
            rows={[
              {
                label: t('administrator.column.name'),
                value: <PersonName name={file.name} id={file.person} />,
              },
              { label: t('administrator.profile.id'), value: <Data isCode>{file.person}</Data> },
              {
                label: t('administrator.recovery.fingerprint'),
                value: <Data isCode>{file.fingerprint}</Data>,
              },
            ]}
          />
          <p>{t('administrator.recovery.compare')}</p>
          {height === undefined ? (
            <Button
              isBusy={act.isRunning}
              onClick={() =>
                void act.run({ act: 'start', text }).then((done) => {
                  if (done === undefined) return;
                  setHeight(done.height);
                  onStarted();
                })
              }
            >
              {t('administrator.recovery.submit')}
            </Button>
          ) : (
            <CommitLine height={height} />
          )}
          {act.error === undefined ? null : <Failure error={act.error} />}
        </>
      )}
    </Panel>
  );
}
