import '../parts/parts.css';
import { useState } from 'preact/hooks';
import {
  Button,
  CopyCode,
  Data,
  Failure,
  Notice,
  Page as Frame,
  Panel,
  Progress,
  Summary,
  Table,
  Tag,
  Time,
} from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { numberText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';

type Report = OutputOf<'auditor.verify'>;

/** Executes the ledger anew from the genesis, and compares what the institutions signed. */
export function Page() {
  const verify = useAction('auditor.verify');
  const [report, setReport] = useState<Report>();
  const start = (): void => {
    setReport(undefined);
    void verify.run(undefined).then(setReport);
  };
  return (
    <Frame isWide title={t('auditor.chain.title')} lead={t('auditor.chain.lead')}>
      <div class="actions">
        <Button isBusy={verify.isRunning} onClick={start}>
          {t('auditor.chain.start')}
        </Button>
        {verify.isRunning ? (
          <Button kind="quiet" onClick={verify.stop}>
            {t('design.cancel')}
          </Button>
        ) : null}
      </div>
      {verify.isRunning ? <Progress step={verify.step} label={t('auditor.replaying')} /> : null}
      {verify.error === undefined ? null : <Failure error={verify.error} onRetry={start} />}
      {report === undefined ? null : <Verified report={report} />}
      <Panel title={t('auditor.chain.what')}>
        <ul class="bullets">
          {(['certificates', 'links', 'signatures', 'rules', 'roots'] as const).map((each) => (
            <li key={each}>{t(`auditor.chain.what.${each}`)}</li>
          ))}
        </ul>
        <p class="soft">{t('auditor.chain.limit')}</p>
      </Panel>
    </Frame>
  );
}

function Verified({ report }: { report: Report }) {
  const { blocks, transactions, signersMin, signersMax, validators, quorum, tookMs } = report;
  return (
    <>
      <Notice tone="good" title={t('auditor.chain.holds')}>
        <p>{t('auditor.chain.holds.text', { blocks, transactions })}</p>
        <p class="small">{t('auditor.chain.took', { seconds: numberText(tookMs / 1000, 1) })}</p>
      </Notice>
      <Summary
        rows={[
          {
            label: t('auditor.chain.signers'),
            value: t(
              signersMin === signersMax ? 'auditor.chain.signers.same' : 'auditor.chain.signers.text',
              {
                least: signersMin,
                most: signersMax,
                total: validators,
                quorum,
              },
            ),
          },
          { label: t('auditor.chain.rounds'), value: <Data>{numberText(report.laterRounds)}</Data> },
          { label: t('auditor.chain.newest'), value: <Time atMs={report.timeMs} withSeconds /> },
          {
            label: t('auditor.chain.hash'),
            value: <CopyCode code={report.hash} label={t('auditor.chain.hash')} />,
          },
          {
            label: t('auditor.chain.root'),
            value: <CopyCode code={report.stateRoot} label={t('auditor.chain.root')} />,
          },
        ]}
      />
      <Panel title={t('auditor.nodes.title')}>
        <p class="soft">{t('auditor.nodes.text')}</p>
        <Nodes report={report} />
      </Panel>
    </>
  );
}

function Nodes({ report }: { report: Report }) {
  return (
    <Table
      caption={t('auditor.nodes.title')}
      isCaptionHidden
      rows={report.nodes}
      keyOf={({ id }) => id}
      columns={[
        {
          id: 'name',
          label: t('auditor.nodes.name'),
          isHead: true,
          cell: ({ name, isSelf }) => (
            <>
              <Data>{name}</Data> {isSelf ? <Tag>{t('auditor.nodes.self')}</Tag> : null}
            </>
          ),
        },
        {
          id: 'signed',
          label: t('auditor.nodes.signed'),
          isNumber: true,
          sort: ({ signed }) => signed,
          cell: ({ signed }) => <Data>{numberText(signed)}</Data>,
        },
        {
          id: 'last',
          label: t('auditor.nodes.last'),
          isNumber: true,
          cell: ({ lastSigned }) => <Data>{numberText(lastSigned)}</Data>,
        },
        {
          id: 'proposed',
          label: t('auditor.nodes.proposed'),
          isNumber: true,
          cell: ({ proposed }) => <Data>{numberText(proposed)}</Data>,
        },
        {
          id: 'heard',
          label: t('auditor.nodes.heard'),
          cell: ({ heard, isConnected, isSelf }) => (
            <Standing heard={heard} isIn={isConnected || isSelf} height={report.height} />
          ),
        },
      ]}
    />
  );
}

/** What the node says now, beside what it signed: behind is no fault, silence is told as silence. */
function Standing({ heard, isIn, height }: { heard: number | null; isIn: boolean; height: number }) {
  if (!isIn || heard === null) return <Tag tone="halt">{t('auditor.nodes.silent')}</Tag>;
  return heard >= height ? (
    <Tag tone="good">{t('auditor.nodes.level', { height: heard })}</Tag>
  ) : (
    <Tag tone="busy">{t('auditor.nodes.behind', { count: height - heard })}</Tag>
  );
}
