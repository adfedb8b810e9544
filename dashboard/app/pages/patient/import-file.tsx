import { useState } from 'preact/hooks';
import {
  Button,
  CommitLine,
  ErrorSummary,
  Failure,
  FileField,
  Notice,
  Progress,
  RadiosField,
  Summary,
  Table,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { ImportReport } from '../../worker/patient/import.ts';
import { formatOfName } from './import-format.ts';
import type { ImportFormatName as Format } from './import-format.ts';
import { numberText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { words } from './words/en.ts';

const FORMATS: readonly Format[] = ['bundle', 'ndjson', 'apple-health', 'csv'];

export function ImportFile() {
  const take = useAction('patient.import');
  const [file, setFile] = useState<File>();
  const [format, setFormat] = useState<Format>('bundle');
  const [report, setReport] = useState<ImportReport>();
  const [problems, setProblems] = useState<Problem[]>([]);
  const choose = (chosen: File | undefined): void => {
    setFile(chosen);
    setReport(undefined);
    if (chosen !== undefined) setFormat(formatOfName(chosen.name));
  };
  const start = async (): Promise<void> => {
    setProblems(file === undefined ? [{ field: 'import', text: t('patient.import.wrong.file') }] : []);
    if (file === undefined) return;
    const resume = report === undefined || report.isDone ? {} : { resume: report };
    const next = await take.run({ file, format, ...resume });
    if (next !== undefined) setReport(next);
  };
  const isPaused = report !== undefined && !report.isDone;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <ErrorSummary problems={problems} />
      <FileField
        name="import"
        label={t('patient.import.file')}
        hint={t('patient.import.file.hint')}
        problems={problems}
        accept=".json,.ndjson,.xml,.csv,.tsv,.txt"
        onChoose={(files) => choose(files[0])}
      />
      <RadiosField
        name="format"
        label={t('patient.import.format')}
        value={format}
        onChange={setFormat}
        choices={FORMATS.map((value) => ({ value, label: t(`patient.import.format.${value}`) }))}
      />
      {take.isRunning ? <Running step={take.step} /> : null}
      {take.error === undefined ? null : <Failure error={take.error} />}
      <div class="actions">
        <Button type="submit" isBusy={take.isRunning}>
          {t(isPaused ? 'patient.import.resume' : 'patient.import.start')}
        </Button>
        {take.isRunning ? (
          <Button kind="secondary" onClick={take.stop}>
            {t('patient.import.pause')}
          </Button>
        ) : null}
      </div>
      <div role="status">{report === undefined || take.isRunning ? null : <Report report={report} />}</div>
    </form>
  );
}

function Running({ step }: { step: ReturnType<typeof useAction<'patient.import'>>['step'] }) {
  const label =
    step === undefined
      ? t('patient.import.running')
      : t('patient.import.progress', { done: numberText(step.done), total: numberText(step.total) });
  return <Progress step={step} label={label} />;
}

function Report({ report }: { report: ImportReport }) {
  return (
    <div class="stack">
      <Notice tone={report.isDone ? 'good' : 'busy'} title={titleOf(report)}>
        {report.taken === 0 ? null : (
          <CommitLine height={report.height} stored={report.holders} total={report.institutions} />
        )}
      </Notice>
      <Summary
        rows={[
          { label: t('patient.import.taken'), value: numberText(report.taken) },
          ...(report.known === 0
            ? []
            : [{ label: t('patient.import.known'), value: numberText(report.known) }]),
          { label: t('patient.import.duplicates'), value: numberText(report.duplicates) },
          { label: t('patient.import.rejected'), value: numberText(report.rejected) },
        ]}
      />
      {report.rejects.length === 0 ? null : (
        <Table
          caption={t('patient.import.rejects')}
          rows={report.rejects.map((reject, i) => ({ ...reject, i }))}
          keyOf={({ i }) => String(i)}
          columns={[
            {
              id: 'line',
              label: t('patient.import.line', { line: '' }).trim(),
              isHead: true,
              cell: ({ line }) => t('patient.import.line', { line }),
            },
            { id: 'reason', label: t('patient.import.reason'), cell: ({ code }) => reasonText(code) },
          ]}
        />
      )}
    </div>
  );
}

function titleOf({ isDone, rejected }: ImportReport): string {
  if (!isDone) return t('patient.import.paused');
  return t(rejected === 0 ? 'patient.import.done' : 'patient.import.done.partly');
}

type RejectKey = Extract<keyof typeof words, `patient.import.reject.${string}`>;

function reasonText(code: string): string {
  const key = `patient.import.reject.${code}`;
  return Object.hasOwn(words, key) ? t(key as RejectKey) : code;
}
