import { useState } from 'preact/hooks';
import { DownloadButton, Failure, Page as Frame, Panel, Progress, TextField } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { InputOf, OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../parts/ready.tsx';
import { emptyForm, filterOf } from './filter.ts';
import type { FilterForm } from './filter.ts';
import { FilterFields } from './filter-fields.tsx';

type Made = OutputOf<'auditor.export'>;
type Wanted = InputOf<'auditor.export'>;

/** Files for an auditor to keep: tables of events, FHIR AuditEvents, and files that prove themselves. */
export function Page() {
  const [form, setForm] = useState<FilterForm>(emptyForm);
  const [patient, setPatient] = useState('');
  const events = useCall('auditor.events', { filter: filterOf(form), shown: 0 });
  const make = useAction('auditor.export');
  const [made, setMade] = useState<Made>();
  const file = async (input: Wanted): Promise<Made | undefined> => {
    setMade(undefined);
    const done = await make.run(input);
    setMade(done);
    return done;
  };
  const filter = filterOf(form);
  return (
    <Frame isWide title={t('auditor.export.title')} lead={t('auditor.export.lead')}>
      <Panel title={t('auditor.export.events')}>
        <FilterFields form={form} onChange={setForm} />
        <Ready of={events} what={t('auditor.replaying')}>
          {(page) => (
            <p role="status">{t('auditor.events.found', { count: page.found, total: page.total })}</p>
          )}
        </Ready>
        <div class="actions">
          <DownloadButton isBusy={make.isRunning} file={() => file({ format: 'csv', filter })}>
            {t('auditor.export.csv')}
          </DownloadButton>
          <DownloadButton isBusy={make.isRunning} file={() => file({ format: 'fhir', filter })}>
            {t('auditor.export.fhir')}
          </DownloadButton>
        </div>
        <p class="soft small">{t('auditor.export.events.text')}</p>
      </Panel>
      <Panel title={t('auditor.export.proofs')}>
        <p class="soft">{t('auditor.export.proofs.text')}</p>
        <TextField
          name="proof-patient"
          label={t('auditor.export.patient')}
          hint={t('auditor.export.patient.hint')}
          value={patient}
          onInput={setPatient}
        />
        <div class="actions">
          <DownloadButton
            isBusy={make.isRunning}
            file={() => file({ format: 'proof', patient: patient.trim().toLowerCase() })}
          >
            {t('auditor.export.proof')}
          </DownloadButton>
          <DownloadButton isBusy={make.isRunning} file={() => file({ format: 'blocks' })}>
            {t('auditor.export.blocks')}
          </DownloadButton>
        </div>
      </Panel>
      {make.isRunning ? <Progress step={make.step} label={t('auditor.export.making')} /> : null}
      {make.error === undefined ? null : <Failure error={make.error} />}
      {made === undefined ? null : (
        <p role="status">
          {t('auditor.export.made', { name: made.name, count: made.count, height: made.height })}
        </p>
      )}
    </Frame>
  );
}
