import { useRef, useState } from 'preact/hooks';
import { Button, DateField, ErrorSummary, FileField, TextField } from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { startUpload } from '../../state/uploads.ts';
import { t } from '../../words/translate.ts';
import { localNow } from './reading-check.ts';
import { UploadList } from './upload-list.tsx';

/** What FHIR can name. */
const BYTES_MAX = 2 ** 31 - 1;
const FILES_MAX = 32;
const TITLE_LENGTH_MAX = 120;

const dayOf = (timeMs: number): string => localNow(timeMs).slice(0, 10);
const titleOf = ({ name }: File): string => name.slice(0, TITLE_LENGTH_MAX);

export function AddDocument() {
  const form = useRef<HTMLFormElement>(null);
  const [files, setFiles] = useState<File[]>([]);
  const [title, setTitle] = useState('');
  const [date, setDate] = useState(() => dayOf(Date.now()));
  const [problems, setProblems] = useState<Problem[]>([]);
  const [only] = files;
  const isOne = files.length <= 1;
  const choose = (chosen: File[]): void => {
    setFiles(chosen);
    // The same each time that the file is chosen: an upload that was broken off is found again in its month.
    if (chosen[0] !== undefined) setDate(dayOf(chosen[0].lastModified));
  };
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const isGood =
      only !== undefined &&
      files.length <= FILES_MAX &&
      files.every(({ size }) => size > 0 && size <= BYTES_MAX);
    const found = [
      ...(isGood ? [] : [{ field: 'file', text: t('patient.document.wrong.file') }]),
      ...(isOne && title.trim() === '' ? [{ field: 'title', text: t('patient.document.wrong.name') }] : []),
      ...(date === '' ? [{ field: 'date', text: t('patient.document.wrong.date') }] : []),
    ];
    setProblems(found);
    if (found.length > 0) return;
    for (const file of files)
      startUpload({ file, title: isOne ? title.trim() : titleOf(file), date: `${date}T12:00:00Z` });
    form.current?.reset();
    setFiles([]);
    setTitle('');
  };
  return (
    <form noValidate ref={form} onSubmit={send}>
      <ErrorSummary problems={problems} />
      <FileField
        name="file"
        label={t('patient.document.file')}
        hint={t('patient.document.file.hint')}
        isMultiple
        problems={problems}
        onChoose={choose}
      />
      {isOne ? (
        <TextField
          name="title"
          label={t('patient.document.name')}
          hint={t('patient.document.name.hint')}
          value={title}
          onInput={setTitle}
          problems={problems}
          lengthMax={TITLE_LENGTH_MAX}
        />
      ) : (
        <p class="soft">{t('patient.document.names')}</p>
      )}
      <DateField
        name="date"
        label={t('patient.document.date')}
        value={date}
        onInput={setDate}
        problems={problems}
      />
      <div class="actions">
        <Button type="submit">{t('patient.document.add')}</Button>
      </div>
      <UploadList />
    </form>
  );
}
