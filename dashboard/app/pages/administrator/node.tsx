import type { NodeStatus } from '#node/client';
import { CopyCode, Data, Link, Page as Frame, Panel, Summary, Table, Tag, Time } from '../../design/index.ts';
import type { SummaryRow } from '../../design/index.ts';
import { status } from '../../state/network.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { numberText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../parts/ready.tsx';

/** The administrator's own node, and what the members agreed on in the genesis. */
export function Page() {
  const settings = useCall('administrator.settings', undefined);
  const now = status.value;
  return (
    <Frame
      isWide
      title={t('administrator.node.title')}
      lead={t('administrator.node.lead')}
      actions={
        <Link kind="secondary" to="/network">
          {t('administrator.node.live')}
        </Link>
      }
    >
      <Panel title={t('administrator.node.now')}>
        {now === undefined ? (
          <p class="soft">{t('administrator.node.waiting')}</p>
        ) : (
          <Summary rows={rowsOf(now)} />
        )}
      </Panel>
      <Ready of={settings} what={t('administrator.reading')}>
        {(agreed) => <Agreement agreed={agreed} />}
      </Ready>
    </Frame>
  );
}

function rowsOf(now: NodeStatus): SummaryRow[] {
  return [
    { label: t('administrator.node.name'), value: <Data>{now.name}</Data> },
    { label: t('administrator.node.version'), value: <Data>{now.version}</Data> },
    { label: t('administrator.node.since'), value: <Time atMs={now.startedAtMs} /> },
    {
      label: t('administrator.node.condition'),
      value: (
        <Tag tone={now.condition === 'working' ? 'good' : now.condition === 'stopped' ? 'halt' : 'busy'}>
          {t(`administrator.node.condition.${now.condition}`)}
        </Tag>
      ),
    },
    { label: t('administrator.node.height'), value: <Data>{numberText(now.height)}</Data> },
    { label: t('administrator.node.mempool'), value: <Data>{numberText(now.mempool)}</Data> },
    {
      label: t('administrator.node.reach'),
      value: t('administrator.node.reach.text', {
        count: now.reachable,
        total: now.validators.length,
        quorum: now.quorum,
      }),
    },
    {
      label: t('administrator.node.chain'),
      value: <CopyCode code={now.chainId} label={t('administrator.node.chain')} />,
    },
  ];
}

function Agreement({ agreed }: { agreed: OutputOf<'administrator.settings'> }) {
  const { grantThresholdMin, accessWindowHeights, receiptsNeeded, institutions } = agreed;
  return (
    <>
      <Panel title={t('administrator.node.members')}>
        <Table
          caption={t('administrator.node.members')}
          isCaptionHidden
          rows={institutions}
          keyOf={({ id }) => id}
          columns={[
            {
              id: 'name',
              label: t('administrator.column.institution'),
              isHead: true,
              cell: ({ name }) => <Data>{name}</Data>,
            },
            {
              id: 'admins',
              label: t('administrator.count.administrator'),
              isNumber: true,
              cell: ({ administrators }) => <Data>{numberText(administrators)}</Data>,
            },
            {
              id: 'id',
              label: t('administrator.node.id'),
              cell: ({ id }) => <Data isCode>{id}</Data>,
            },
          ]}
        />
      </Panel>
      <Panel title={t('administrator.node.parameters')}>
        <p class="soft">{t('administrator.node.parameters.text')}</p>
        <Summary
          rows={[
            { label: t('administrator.node.threshold'), value: <Data>{grantThresholdMin}</Data> },
            { label: t('administrator.node.receipts'), value: <Data>{receiptsNeeded}</Data> },
            { label: t('administrator.node.window'), value: <Data>{accessWindowHeights}</Data> },
          ]}
        />
      </Panel>
    </>
  );
}
