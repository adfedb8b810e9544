import './patient.css';
import { useEffect, useState } from 'preact/hooks';
import {
  CommitLine,
  Data,
  DownloadButton,
  Link,
  Notice,
  Page as Frame,
  Panel,
  PatientBanner,
  ProofLine,
  Summary,
  Time,
} from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import type { RecordView } from '../../worker/patient/document.ts';
import { numberText } from '../../words/dates.ts';
import { categoryName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { whoText } from './acts.ts';
import { Ready } from './ready.tsx';
import { StoredFile } from './stored-file.tsx';

export function Page({ parameters }: PageProps) {
  const id = parameters['id'] ?? '';
  const state = useCall('patient.record', { id });
  const title = state.kind === 'ready' ? state.value.description?.title : undefined;
  return (
    <Frame title={title === undefined || title === '' ? t('patient.record.title') : title} isWide>
      <Ready state={state}>{(record) => <Opened record={record} />}</Ready>
    </Frame>
  );
}

/** `base`: where the pages of this record are. */
export function Opened({ record, base = '/patient' }: { record: RecordView; base?: string }) {
  return (
    <>
      <PatientBanner patient={record.banner} />
      {record.amendedBy === '' ? null : (
        <Notice tone="halt">
          <p>{t('patient.record.newer')}</p>
          <Link to={`${base}/records/${record.amendedBy}`}>{t('patient.record.newer.open')}</Link>
        </Notice>
      )}
      <Panel>
        <Summary rows={rowsOf(record)} />
        <CommitLine isSaved={false} height={record.height} />
        <ProofLine {...record.proof} />
        <p>
          <Link to={`${base}/records/${record.id}/node`}>{t('patient.record.node')}</Link>
        </p>
      </Panel>
      {record.attachment === null ? null : <Attachment attachment={record.attachment} />}
      {record.file === null ? null : <StoredFile file={record.file} />}
      <Source record={record} />
    </>
  );
}

function rowsOf(record: RecordView) {
  const { description, isOwn, writer, writerName, category, period, bytes } = record;
  const value = description?.value ?? '';
  return [
    ...(value === '' ? [] : [{ label: t('patient.record.finding'), value: <Data>{value}</Data> }]),
    {
      label: t('patient.record.when'),
      value: description?.timeMs == null ? t('design.unknown') : <Time atMs={description.timeMs} />,
    },
    {
      label: t('patient.record.written'),
      value: (
        <>
          {whoText(writerName, writer, isOwn)}, <Time atMs={record.anchoredMs} />
        </>
      ),
    },
    { label: t('patient.record.category'), value: categoryName(category) },
    {
      label: t('patient.record.month'),
      value: period === 'all' ? t('clinical.period.all') : <Data>{period}</Data>,
    },
    { label: t('patient.record.kind'), value: <Data>{description?.type ?? record.mediaType}</Data> },
    { label: t('patient.record.size'), value: t('patient.record.bytes', { count: numberText(bytes) }) },
  ];
}

/** Shown from memory (`blob:`), with a type from our own list: a picture, text, or a PDF in a frame without rights. */
function Attachment({ attachment }: { attachment: NonNullable<RecordView['attachment']> }) {
  const { mediaType, title, bytes } = attachment;
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes as BlobPart], { type: mediaType }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, mediaType]);
  const name = title === '' ? t('patient.record.file') : title;
  const suffix = mediaType.split('/')[1] ?? 'bin';
  return (
    <Panel title={name}>
      {url === undefined ? null : mediaType.startsWith('image/') ? (
        <img class="document-picture" src={url} alt={name} />
      ) : mediaType === 'text/plain' ? (
        <pre class="source" tabIndex={0} translate={false}>
          {new TextDecoder().decode(bytes)}
        </pre>
      ) : (
        <Pdf url={url} name={name} />
      )}
      <div class="actions">
        <DownloadButton
          file={() =>
            Promise.resolve({ name: `${name}.${suffix === 'plain' ? 'txt' : suffix}`, mediaType, bytes })
          }
        >
          {t('patient.record.save')}
        </DownloadButton>
      </div>
    </Panel>
  );
}

/** The browser's own viewer has a process without rights of its own; one that has no viewer gets the file. */
function Pdf({ url, name }: { url: string; name: string }) {
  return navigator.pdfViewerEnabled ? (
    <iframe class="document-frame" src={url} title={name} />
  ) : (
    <p class="soft">{t('patient.record.pdf')}</p>
  );
}

function Source({ record }: { record: RecordView }) {
  if (record.json === null) return record.attachment === null ? <p>{t('patient.record.unshown')}</p> : null;
  return (
    <details class="panel">
      <summary>{t('patient.record.source.show')}</summary>
      <p class="soft small">{t('patient.record.source.note')}</p>
      <pre class="source" dir="ltr" tabIndex={0} translate={false}>
        {record.json}
      </pre>
    </details>
  );
}
