import { useState } from 'preact/hooks';
import {
  Button,
  CommitLine,
  DraftNote,
  ErrorSummary,
  Failure,
  Link,
  Notice,
  Page as Frame,
  PatientBanner,
  Progress,
  TextArea,
  TextField,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { navigate } from '../../router/location.ts';
import type { PageProps } from '../../router/routes.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import { useDraft } from '../../state/use-draft.ts';
import type { NoteWritten } from '../../worker/doctor/notes.ts';
import { t } from '../../words/translate.ts';
import { WardReady } from './ward-ready.tsx';

/** A note into the record of a patient of this doctor. */
export function Page({ parameters }: PageProps) {
  const patient = parameters['patient'] ?? '';
  const state = useCall('doctor.patient', { patient });
  const [written, setWritten] = useState<NoteWritten>();
  const isRefused = state.kind === 'failed' && state.error.code === 'no-access';
  return (
    <Frame title={t('doctor.note.title')} lead={t('doctor.note.lead')}>
      <WardReady state={state} patient={patient}>
        {(view) => <PatientBanner patient={view.banner} />}
      </WardReady>
      {isRefused ? null : written === undefined ? (
        <NoteForm patient={patient} onWritten={setWritten} />
      ) : (
        <Notice tone="good" title={t('doctor.note.done')}>
          <CommitLine height={written.height} stored={written.holders} total={written.institutions} />
          <p>
            <Link to={`/doctor/patients/${patient}/records/${written.id}`}>{t('doctor.note.open')}</Link>
          </p>
        </Notice>
      )}
      <p>
        <Link to={`/doctor/patients/${patient}`}>{t('doctor.record.back')}</Link>
      </p>
    </Frame>
  );
}

function NoteForm({ patient, onWritten }: { patient: string; onWritten: (written?: NoteWritten) => void }) {
  const [title, setTitle] = useState('');
  const [text, setText] = useState('');
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const add = useAction('doctor.add-note');
  const restore = (typed: { title?: string; text?: string }): void => {
    setTitle(typed.title ?? '');
    setText(typed.text ?? '');
  };
  const draft = useDraft(`note:${patient}`, { title, text }, restore);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const found = [
      ...(title.trim() === '' ? [{ field: 'note-title', text: t('doctor.note.name.missing') }] : []),
      ...(text.trim() === '' ? [{ field: 'note-text', text: t('doctor.note.text.missing') }] : []),
    ];
    setProblems(found);
    if (found.length > 0) return;
    const written = await add.run({ patient, title, text });
    if (written === undefined) return;
    draft.drop();
    onWritten(written);
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <ErrorSummary problems={problems} />
      <DraftNote
        restoredAtMs={draft.restoredAtMs}
        onDiscard={() => {
          restore({});
          draft.drop();
        }}
      />
      <TextField
        name="note-title"
        label={t('doctor.note.name')}
        value={title}
        onInput={setTitle}
        problems={problems}
        lengthMax={120}
      />
      <TextArea
        name="note-text"
        label={t('doctor.note.text')}
        value={text}
        onInput={setText}
        rows={10}
        problems={problems}
        lengthMax={20_000}
      />
      {add.isRunning ? <Progress step={add.step} label={t('doctor.note.working')} /> : null}
      {add.error === undefined ? null : <Failure error={add.error} />}
      <div class="actions">
        <Button type="submit" isBusy={add.isRunning}>
          {t('doctor.note.action')}
        </Button>
        <Button kind="quiet" onClick={() => navigate(`/doctor/patients/${patient}`)}>
          {t('design.cancel')}
        </Button>
      </div>
    </form>
  );
}
