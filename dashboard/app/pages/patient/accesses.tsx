import './patient.css';
import { useState } from 'preact/hooks';
import {
  Button,
  Empty,
  Failure,
  Notice,
  Page as Frame,
  Panel,
  ProofLine,
  RadiosField,
  Tag,
  Time,
} from '../../design/index.ts';
import { saveFile } from '../../design/save-file.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { AccessLine, RefusalLine } from '../../worker/patient/audit.ts';
import { minuteText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { actText, hasSeen, whoText } from './acts.ts';
import { Ready } from './ready.tsx';

type Filter = 'seen' | 'others' | 'all';

const SHOWN_FIRST = 50;

export function Page() {
  const state = useCall('patient.audit', undefined);
  const [filter, setFilter] = useState<Filter>('others');
  return (
    <Frame title={t('patient.accesses.title')} lead={t('patient.accesses.lead')} isWide>
      <RadiosField<Filter>
        name="filter"
        label={t('patient.accesses.filter')}
        value={filter}
        onChange={setFilter}
        choices={[
          { value: 'others', label: t('patient.accesses.others') },
          { value: 'seen', label: t('patient.accesses.seen') },
          { value: 'all', label: t('patient.accesses.all') },
        ]}
      />
      <Ready state={state}>
        {(view) => (
          <>
            <Lines lines={view.lines.filter((line) => isShown(line, filter))} />
            <ProofLine {...view.proof} />
            <Refused refusals={view.refusals} />
            <Keep />
            <Notice title={t('patient.accesses.certainty.title')}>
              <p>{t('patient.accesses.certainty.text')}</p>
            </Notice>
          </>
        )}
      </Ready>
    </Frame>
  );
}

const isShown = (line: AccessLine, filter: Filter): boolean =>
  filter === 'all' || (!line.isOwn && (filter === 'others' || hasSeen(line)));

function Lines({ lines }: { lines: readonly AccessLine[] }) {
  const [shown, setShown] = useState(SHOWN_FIRST);
  if (lines.length === 0) {
    return (
      <Empty title={t('patient.accesses.empty')}>
        <p>{t('patient.accesses.empty.text')}</p>
      </Empty>
    );
  }
  return (
    <section class="panel" aria-label={t('patient.accesses.list')}>
      <ul class="lines">
        {lines.slice(0, shown).map((line) => (
          <li key={line.position}>
            <a class="line-title" href={`/patient/accesses/${line.position}`}>
              {actText(line)}
            </a>
            <span class="line-facts">
              <Time atMs={line.timeMs} />
              <Tag tone={line.certainty === 'word' ? 'busy' : 'plain'}>
                {t(`patient.accesses.certainty.${line.certainty}`)}
              </Tag>
            </span>
          </li>
        ))}
      </ul>
      {lines.length > shown ? (
        <Button kind="secondary" onClick={() => setShown(shown + SHOWN_FIRST)}>
          {t('design.table.more', { count: lines.length - shown })}
        </Button>
      ) : null}
    </section>
  );
}

function Refused({ refusals }: { refusals: readonly RefusalLine[] }) {
  if (refusals.length === 0) return null;
  return (
    <Panel title={t('patient.accesses.refused')}>
      <p class="soft">{t('patient.accesses.refused.text')}</p>
      <ul class="lines">
        {refusals.map(({ delegate, delegateName, code, count, lastMs }) => (
          <li key={`${delegate}/${code}/${lastMs}`}>
            {t('patient.accesses.refused.line', {
              name: whoText(delegateName, delegate, false),
              count,
              time: minuteText(lastMs),
              code,
            })}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Keep() {
  const file = useAction('patient.audit-file');
  const save = async (format: 'proof' | 'csv' | 'fhir'): Promise<void> => {
    const made = await file.run({ format });
    if (made !== undefined) saveFile(made);
  };
  return (
    <Panel title={t('patient.accesses.save')}>
      <p class="soft">{t('patient.accesses.save.text')}</p>
      <div class="actions">
        {(['proof', 'csv', 'fhir'] as const).map((format) => (
          <Button key={format} kind="secondary" isBusy={file.isRunning} onClick={() => void save(format)}>
            {t(`patient.accesses.save.${format}`)}
          </Button>
        ))}
      </div>
      {file.error === undefined ? null : <Failure error={file.error} />}
    </Panel>
  );
}
