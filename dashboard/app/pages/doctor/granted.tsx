import '../patient/patient.css';
import { useState } from 'preact/hooks';
import {
  Button,
  Data,
  Empty,
  Failure,
  Page as Frame,
  Panel,
  PatientBanner,
  Progress,
  ProofLine,
  Summary,
  TextField,
  Time,
} from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { session } from '../../state/session.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { SharedFound, SharedGrant, SharedOpened } from '../../worker/doctor/shared.ts';
import { categoryName, categoryNames, purposeName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../patient/ready.tsx';
import { personText } from './names.ts';
import { OpenedShare } from './opened-share.tsx';

/** Records of somebody else's patient: found by proof, opened through the institutions, each opening with a receipt. */
export function Page({ parameters }: PageProps) {
  const grant = parameters['grant'] ?? '';
  const state = useCall('doctor.shared-grant', { grant });
  return (
    <Frame title={t('doctor.granted.title')} lead={t('doctor.granted.lead')} isWide>
      <Ready state={state}>
        {(terms) => (
          <>
            <PatientBanner patient={{ number: terms.patient.slice(0, 16) }} />
            <Terms terms={terms} />
            {terms.state === 'running' ? (
              <Reading terms={terms} />
            ) : (
              <Empty title={t('doctor.granted.over')}>
                <p>{t('doctor.granted.over.text')}</p>
              </Empty>
            )}
          </>
        )}
      </Ready>
    </Frame>
  );
}

function Terms({ terms }: { terms: SharedGrant }) {
  const { months } = terms;
  const dated = months.filter((month) => month !== 'all');
  const span = dated.length === 0 ? '' : `${dated[0]} – ${dated.at(-1)}`;
  return (
    <Summary
      rows={[
        {
          label: t('doctor.granted.from'),
          value: (
            <>
              <Data>{personText(terms.issuerName, terms.issuer)}</Data>, <Data>{terms.home}</Data>
            </>
          ),
        },
        {
          label: t('patient.record.category'),
          value: categoryNames(terms.categories) || t('design.unknown'),
        },
        {
          label: t('patient.share.months'),
          value: (
            <>
              <Data>{span}</Data>
              {months.includes('all') ? ` ${t('clinical.period.all')}` : ''}
            </>
          ),
        },
        { label: t('patient.share.purpose'), value: purposeName(terms.purpose) },
        { label: t('patient.share.until'), value: <Time atMs={terms.expiresAtMs} /> },
      ]}
    />
  );
}

function Reading({ terms }: { terms: SharedGrant }) {
  const [words, setWords] = useState('');
  const [found, setFound] = useState<SharedFound>();
  const [opened, setOpened] = useState<SharedOpened>();
  const search = useAction('doctor.shared-search');
  const open = useAction('doctor.shared-open');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setOpened(undefined);
    setFound(await search.run({ grant: terms.id, words, categories: [] }));
  };
  const openSome = async (records: string[]): Promise<void> =>
    setOpened(await open.run({ grant: terms.id, records }));
  return (
    <>
      <form class="filter no-print" role="search" noValidate onSubmit={(event) => void submit(event)}>
        <TextField
          name="words"
          label={t('doctor.search.words')}
          hint={t('doctor.granted.search.hint')}
          type="search"
          value={words}
          onInput={setWords}
        />
        <Button type="submit" isBusy={search.isRunning}>
          {t('doctor.granted.search')}
        </Button>
      </form>
      {search.isRunning ? <Progress step={search.step} label={t('doctor.search.working')} /> : null}
      {search.error === undefined ? null : <Failure error={search.error} />}
      {open.isRunning ? <Progress step={open.step} label={t('doctor.granted.opening')} /> : null}
      {open.error === undefined ? null : <Failure error={open.error} />}
      {opened === undefined ? null : (
        <OpenedShare opened={opened} threshold={terms.threshold} sheet={<Sheet terms={terms} />} />
      )}
      {found === undefined ? null : (
        <FoundPanel found={found} isBusy={open.isRunning} onOpen={(records) => void openSome(records)} />
      )}
    </>
  );
}

/** On paper only: under whose delegation this was read, by whom, and when it was printed. */
function Sheet({ terms }: { terms: SharedGrant }) {
  const reader = session.value.kind === 'signed-in' ? session.value.person : undefined;
  return (
    <p>
      {t('doctor.granted.sheet')} <Data>{personText(terms.issuerName, terms.issuer)}</Data>,{' '}
      <Data>{terms.home}</Data> · {t('doctor.granted.sheet.reader')}{' '}
      <Data>{personText(reader?.name ?? '', reader?.id ?? '')}</Data> · {t('doctor.granted.sheet.printed')}{' '}
      <Time atMs={Date.now()} />. {t('doctor.granted.sheet.limit')}
    </p>
  );
}

const OPEN_MAX = 16;
const SHOWN_FIRST = 25;

function FoundPanel(props: { found: SharedFound; isBusy: boolean; onOpen: (records: string[]) => void }) {
  const { hits, proof, isComplete } = props.found;
  const [shown, setShown] = useState(SHOWN_FIRST);
  return (
    <div class="no-print">
      <Panel title={t('doctor.granted.found', { count: hits.length })}>
        {isComplete ? <ProofLine {...proof} /> : <p>{t('patient.records.incomplete')}</p>}
        {hits.length === 0 ? (
          <p class="soft">{t('doctor.granted.none')}</p>
        ) : (
          <>
            <div class="actions">
              <Button
                isBusy={props.isBusy}
                onClick={() => props.onOpen(hits.slice(0, OPEN_MAX).map(({ id }) => id))}
              >
                {t('doctor.granted.open', { count: Math.min(OPEN_MAX, hits.length) })}
              </Button>
            </div>
            <p class="soft small">{t('doctor.granted.line')}</p>
            <ul class="lines">
              {hits.slice(0, shown).map((hit) => (
                <li key={hit.id}>
                  <span class="line-title">{categoryName(hit.category)}</span>
                  <span class="line-end">
                    <Button
                      kind="quiet"
                      isBusy={props.isBusy}
                      label={`${t('doctor.granted.open-one')}: ${categoryName(hit.category)} ${hit.id.slice(0, 8)}`}
                      onClick={() => props.onOpen([hit.id])}
                    >
                      {t('doctor.granted.open-one')}
                    </Button>
                  </span>
                  <span class="line-facts">
                    <Time atMs={hit.anchoredMs} />
                    <span>{hit.period === 'all' ? t('clinical.period.all') : <Data>{hit.period}</Data>}</span>
                  </span>
                </li>
              ))}
            </ul>
            {hits.length > shown ? (
              <div class="actions">
                <Button kind="secondary" onClick={() => setShown(shown + SHOWN_FIRST)}>
                  {t('design.table.more', { count: hits.length - shown })}
                </Button>
              </div>
            ) : null}
          </>
        )}
      </Panel>
    </div>
  );
}
