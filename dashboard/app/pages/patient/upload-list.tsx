import { useEffect, useState } from 'preact/hooks';
import {
  Button,
  CommitLine,
  Data,
  Dialog,
  Failure,
  FileField,
  Link,
  Notice,
  Panel,
} from '../../design/index.ts';
import {
  continueUpload,
  discardUpload,
  pauseUpload,
  recallUploads,
  resumeUpload,
  uploads,
} from '../../state/uploads.ts';
import type { Upload } from '../../state/uploads.ts';
import type { Step } from '../../worker/messages.ts';
import { sizeText } from '../../words/sizes.ts';
import { t } from '../../words/translate.ts';

/** Every document that is on its way, was begun in an earlier visit or has arrived, each with its own progress. */
export function UploadList() {
  useEffect(() => void recallUploads(), []);
  return (
    <div class="stack">
      {uploads.value.map((upload) => (
        <UploadLine key={upload.id} upload={upload} />
      ))}
    </div>
  );
}

function UploadLine({ upload }: { upload: Upload }) {
  const { state, title, step, error, written, erasedHeight } = upload;
  if (state === 'done' && written !== undefined) {
    return (
      <div role="status">
        <Notice tone="good" title={t('patient.document.added')}>
          <p>
            <Data>{title}</Data>
          </p>
          <CommitLine height={written.height} stored={written.holders} total={written.institutions} />
          <Link to={`/patient/records/${written.id}`}>{t('patient.document.open')}</Link>
        </Notice>
      </div>
    );
  }
  if (state === 'discarded') {
    return (
      <div role="status">
        <Notice tone="good" title={t('patient.upload.discarded')}>
          <p>
            <Data>{title}</Data>
          </p>
          <CommitLine isSaved={false} height={erasedHeight} />
        </Notice>
      </div>
    );
  }
  return (
    <Panel title={title}>
      <Line step={step} label={title} />
      <p role="status">{stateText(upload)}</p>
      {step?.holders === undefined || step.institutions === undefined ? null : (
        <p class="soft">{t('design.commit.stored', { stored: step.holders, total: step.institutions })}</p>
      )}
      {error === undefined ? null : <Failure error={error} />}
      {state === 'left' ? <ChooseAgain upload={upload} /> : null}
      <Acts upload={upload} />
    </Panel>
  );
}

function Line({ step, label }: { step: Step | undefined; label: string }) {
  return (
    <div class="progress">
      {step === undefined || step.total === 0 ? (
        <progress aria-label={label} />
      ) : (
        <progress aria-label={label} value={step.done} max={step.total} />
      )}
      {step === undefined ? null : (
        <p class="soft">
          {t('patient.upload.bytes', { done: sizeText(step.done), total: sizeText(step.total) })}
        </p>
      )}
    </div>
  );
}

/** A browser gives a page no file that was not chosen in this visit. */
function ChooseAgain({ upload: { id, name, size } }: { upload: Upload }) {
  const [isOther, setOther] = useState(false);
  const field = `again-${id}`;
  return (
    <FileField
      name={field}
      label={t('patient.upload.again')}
      hint={t('patient.upload.again.hint', { name, size: sizeText(size) })}
      problems={isOther ? [{ field, text: t('patient.upload.again.other', { size: sizeText(size) }) }] : []}
      onChoose={([file]) => {
        if (file !== undefined) setOther(!continueUpload(id, file));
      }}
    />
  );
}

function stateText({ state, step, error }: Upload): string {
  if (state === 'paused') return t('patient.upload.paused');
  if (state === 'left') return t('patient.upload.left');
  if (state === 'discarding') return t('patient.upload.discarding');
  if (state === 'stopped') return t(error === undefined ? 'patient.upload.locked' : 'patient.upload.stopped');
  switch (step?.what) {
    case undefined:
    case 'file-reading':
      return t('patient.upload.reading');
    case 'file-waiting':
      return t('patient.upload.waiting');
    default:
      return t('patient.upload.storing');
  }
}

function Acts({ upload: { id, state, title, step } }: { upload: Upload }) {
  const [isAsked, setAsked] = useState(false);
  if (state === 'discarding') return null;
  return (
    <div class="actions">
      {state === 'running' ? (
        <Button
          kind="secondary"
          label={`${t('patient.upload.pause')}: ${title}`}
          onClick={() => pauseUpload(id)}
        >
          {t('patient.upload.pause')}
        </Button>
      ) : state === 'left' ? null : (
        <Button label={`${t('patient.upload.resume')}: ${title}`} onClick={() => resumeUpload(id)}>
          {t('patient.upload.resume')}
        </Button>
      )}
      <Button kind="quiet" label={`${t('patient.upload.discard')}: ${title}`} onClick={() => setAsked(true)}>
        {t('patient.upload.discard')}
      </Button>
      <Dialog
        isOpen={isAsked}
        title={t('patient.upload.discard.title')}
        onClose={() => setAsked(false)}
        closeLabel={t('design.cancel')}
      >
        <p>{t('patient.upload.discard.text', { stored: sizeText(step?.done ?? 0) })}</p>
        <Button
          kind="danger"
          onClick={() => {
            setAsked(false);
            void discardUpload(id);
          }}
        >
          {t('patient.upload.discard')}
        </Button>
      </Dialog>
    </div>
  );
}
