import type { ComponentChildren } from 'preact';
import { Button, Data, DownloadButton, Notice, Panel, Time } from '../../design/index.ts';
import type { SharedOpened, SharedRecord } from '../../worker/doctor/shared.ts';
import { categoryName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { StoredFile } from '../patient/stored-file.tsx';

/** What was opened through the institutions, and the receipt that proves how. `sheet`: the head of a print. */
export function OpenedShare(props: { opened: SharedOpened; threshold: number; sheet?: ComponentChildren }) {
  const { opened, threshold, sheet } = props;
  const { records, receipts, liars, refusals, height } = opened;
  return (
    <>
      {sheet === undefined ? null : <div class="print-only">{sheet}</div>}
      <Notice tone="good" title={t('doctor.opened.title', { count: records.length })}>
        <p>{t('doctor.opened.line', { height, threshold })}</p>
        {refusals.length === 0 ? null : (
          <p>
            {t('doctor.opened.refusals')} <Data>{refusals.map(({ node }) => node).join(', ')}</Data>
          </p>
        )}
        {liars.length === 0 ? null : (
          <p>
            {t('doctor.opened.liars')} <Data>{liars.join(', ')}</Data>
          </p>
        )}
        <div class="actions">
          {sheet === undefined ? null : <Button onClick={() => window.print()}>{t('design.print')}</Button>}
          {receipts.map(({ name, bytes }) => (
            <DownloadButton
              key={name}
              kind="secondary"
              file={() => Promise.resolve({ name, mediaType: 'application/json', bytes })}
            >
              {t('doctor.opened.receipt')}
            </DownloadButton>
          ))}
        </div>
      </Notice>
      {records.map((record) => (
        <OpenedRecord key={record.id} record={record} />
      ))}
    </>
  );
}

function OpenedRecord({ record }: { record: SharedRecord }) {
  const { title, type, value, timeMs, category, json, samples, file } = record;
  return (
    <Panel title={title === '' ? (type === '' ? t('clinical.untitled') : type) : title}>
      {value === '' ? null : (
        <p class="vital-value">
          <Data>{value}</Data>
        </p>
      )}
      <p class="soft">
        {categoryName(category)}, <Time atMs={timeMs} />
        {samples === 0 ? null : <span>, {t('clinical.samples', { count: samples })}</span>}
      </p>
      {file === null ? null : <StoredFile file={file} />}
      {json === '' ? null : (
        <details>
          <summary>{t('patient.record.source.show')}</summary>
          <pre class="source" dir="ltr" tabIndex={0} translate={false}>
            {json}
          </pre>
        </details>
      )}
    </Panel>
  );
}
