import { Button, Failure, Panel, Progress, saveFile, Summary } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { FileView } from '../../worker/record/file.ts';
import { sizeText } from '../../words/sizes.ts';
import { t } from '../../words/translate.ts';

type Picker = (init: { suggestedName: string }) => Promise<FileSystemFileHandle>;

/** A file that is too large to be shown: what it is, and a way to save it. */
export function StoredFile({ file }: { file: FileView }) {
  const save = useAction('patient.save-file');
  const name = nameOf(file);
  const start = async (): Promise<void> => {
    let target: FileSystemFileHandle | undefined;
    try {
      target = await pick(name);
    } catch {
      // The person closed the dialogue.
      return;
    }
    const bytes = await save.run({ ...file, target });
    if (bytes instanceof Blob) saveFile({ name, mediaType: 'application/octet-stream', bytes });
  };
  const { step } = save;
  const label =
    step === undefined
      ? t('patient.file.opening')
      : t('patient.upload.bytes', { done: sizeText(step.done), total: sizeText(step.total) });
  return (
    <Panel title={t('patient.file.title')}>
      <Summary
        rows={[
          { label: t('patient.record.size'), value: sizeText(file.bytes) },
          { label: t('patient.record.kind'), value: file.mediaType },
        ]}
      />
      <p class="soft">{t('patient.file.note')}</p>
      {save.isRunning ? <Progress step={step} label={label} /> : null}
      {save.error === undefined ? null : <Failure error={save.error} />}
      <div class="actions">
        <Button isBusy={save.isRunning} onClick={() => void start()}>
          {t('patient.file.save')}
        </Button>
        {save.isRunning ? (
          <Button kind="secondary" onClick={save.stop}>
            {t('design.cancel')}
          </Button>
        ) : null}
      </div>
    </Panel>
  );
}

/** Straight to the disk where the browser can; undefined: it cannot. Rejects when the person does not want to. */
async function pick(suggestedName: string): Promise<FileSystemFileHandle | undefined> {
  const { showSaveFilePicker } = globalThis as { showSaveFilePicker?: Picker };
  return await showSaveFilePicker?.call(globalThis, { suggestedName });
}

const SUFFIXES: Readonly<Record<string, string>> = {
  'application/dicom': 'dcm',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'text/plain': 'txt',
  'video/mp4': 'mp4',
};

/** The title as a name for a file; whoever wrote it decides nothing about where it goes. */
function nameOf({ title, mediaType }: FileView): string {
  const plain = title
    .replaceAll(/[^\p{L}\p{N} ._-]/gu, '_')
    .replace(/^[. ]+/u, '')
    .slice(0, 100);
  const suffix = SUFFIXES[mediaType] ?? 'bin';
  if (plain === '') return `document.${suffix}`;
  return /\.[a-z0-9]{1,8}$/i.test(plain) ? plain : `${plain}.${suffix}`;
}
