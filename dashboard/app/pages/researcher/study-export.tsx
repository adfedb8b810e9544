import { useState } from 'preact/hooks';
import { Button, DownloadButton, Failure, Notice, Panel, Progress, Summary } from '../../design/index.ts';
import type { SummaryRow } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { numberText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';

type Exported = OutputOf<'researcher.export'>;
type Shared = OutputOf<'researcher.studies'>[number]['shared'][number];

/** Opens what is shared through the institutions, takes away what Safe Harbor names, and counts k. */
export function StudyExport({ protocol, live }: { protocol: string; live: readonly Shared[] }) {
  const run = useAction('researcher.export');
  const [made, setMade] = useState<Exported>();
  const start = (): void => {
    setMade(undefined);
    void run.run({ protocol }).then(setMade);
  };
  return (
    <Panel title={t('researcher.export.title')}>
      <p>{t('researcher.export.text')}</p>
      <p class="soft">{t('researcher.export.seen')}</p>
      {live.length === 0 ? (
        <Notice title={t('researcher.export.nothing')}>
          <p>{t('researcher.export.nothing.text')}</p>
        </Notice>
      ) : (
        <div class="actions">
          <Button isBusy={run.isRunning} onClick={start}>
            {t('researcher.export.start', { count: live.length })}
          </Button>
          {run.isRunning ? (
            <Button kind="quiet" onClick={run.stop}>
              {t('design.cancel')}
            </Button>
          ) : null}
        </div>
      )}
      {run.isRunning ? <Progress step={run.step} label={t('researcher.export.running')} /> : null}
      {run.error === undefined ? null : <Failure error={run.error} onRetry={start} />}
      {made === undefined ? null : <Made made={made} />}
    </Panel>
  );
}

function Made({ made }: { made: Exported }) {
  const { k, persons } = made;
  const judgement = persons === 0 ? 'none' : k < 2 ? 'alone' : 'group';
  return (
    <div class="stack">
      <Notice tone={judgement === 'group' ? 'good' : 'busy'} title={t(`researcher.k.${judgement}`, { k })}>
        <p>{t(`researcher.k.${judgement}.text`, { count: persons, others: Math.max(0, k - 1) })}</p>
        <p>{t('researcher.k.limit')}</p>
      </Notice>
      <Summary rows={rowsOf(made)} />
      <div class="actions">
        <DownloadButton
          kind="primary"
          file={() =>
            Promise.resolve({ name: made.name, mediaType: 'application/fhir+ndjson', bytes: made.bytes })
          }
        >
          {t('researcher.export.download')}
        </DownloadButton>
      </div>
    </div>
  );
}

function rowsOf(made: Exported): SummaryRow[] {
  const number = (value: number) => <span translate={false}>{numberText(value)}</span>;
  return [
    { label: t('researcher.made.patients'), value: number(made.patients) },
    { label: t('researcher.made.opened'), value: number(made.opened) },
    { label: t('researcher.made.written'), value: number(made.written) },
    {
      label: t('researcher.made.left'),
      value:
        made.leftOut.length === 0
          ? t('design.none')
          : made.leftOut.map(({ type, count }) => `${type}: ${numberText(count)}`).join(', '),
    },
    { label: t('researcher.made.refused'), value: number(made.refused + made.notFhir) },
    { label: t('researcher.made.accesses'), value: number(made.accesses) },
    ...(made.withoutNodes.length === 0
      ? []
      : [
          {
            label: t('researcher.made.without'),
            value: <bdi translate={false}>{made.withoutNodes.join(', ')}</bdi>,
          },
        ]),
  ];
}
