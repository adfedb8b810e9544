import { useState } from 'preact/hooks';
import {
  Button,
  CommitLine,
  DateField,
  ErrorSummary,
  Failure,
  FileField,
  Link,
  Notice,
  Progress,
  TextField,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { Written } from '../../worker/patient/writing.ts';
import { t } from '../../words/translate.ts';
import { localNow } from './reading-check.ts';

const TYPES = ['application/pdf', 'image/png', 'image/jpeg', 'text/plain'];
const BYTES_MAX = 8_000_000;

export function AddDocument() {
  const add = useAction('patient.add-document');
  const [file, setFile] = useState<File>();
  const [title, setTitle] = useState('');
  const [date, setDate] = useState(() => localNow(Date.now()).slice(0, 10));
  const [problems, setProblems] = useState<Problem[]>([]);
  const [written, setWritten] = useState<Written>();
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const isFile = file !== undefined && TYPES.includes(file.type) && file.size <= BYTES_MAX;
    const found = [
      ...(isFile ? [] : [{ field: 'file', text: t('patient.document.wrong.file') }]),
      ...(title.trim() === '' ? [{ field: 'title', text: t('patient.document.wrong.name') }] : []),
      ...(date === '' ? [{ field: 'date', text: t('patient.document.wrong.date') }] : []),
    ];
    setProblems(found);
    setWritten(undefined);
    if (found.length > 0 || file === undefined) return;
    setWritten(await add.run({ file, title: title.trim(), date: `${date}T12:00:00Z` }));
  };
  return (
    <form noValidate onSubmit={(event) => void send(event)}>
      <ErrorSummary problems={problems} />
      <FileField
        name="file"
        label={t('patient.document.file')}
        hint={t('patient.document.file.hint')}
        accept={TYPES.join(',')}
        problems={problems}
        onChoose={(files) => setFile(files[0])}
      />
      <TextField
        name="title"
        label={t('patient.document.name')}
        hint={t('patient.document.name.hint')}
        value={title}
        onInput={setTitle}
        problems={problems}
        lengthMax={120}
      />
      <DateField
        name="date"
        label={t('patient.document.date')}
        value={date}
        onInput={setDate}
        problems={problems}
      />
      {add.isRunning ? <Progress step={add.step} label={t('design.commit.waiting')} /> : null}
      {add.error === undefined ? null : <Failure error={add.error} />}
      <div class="actions">
        <Button type="submit" isBusy={add.isRunning}>
          {t('patient.document.add')}
        </Button>
      </div>
      <div role="status">
        {written === undefined ? null : (
          <Notice tone="good" title={t('patient.document.added')}>
            <CommitLine height={written.height} stored={written.holders} total={written.institutions} />
            <Link to={`/patient/records/${written.id}`}>{t('patient.document.open')}</Link>
          </Notice>
        )}
      </div>
    </form>
  );
}
