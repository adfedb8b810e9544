import type { ComponentChildren } from 'preact';
import type { BlockEvent, NodeStatus } from '#node/client';
import { Data } from '../../design/index.ts';
import { clockText, timeText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { shortHash } from './condition.ts';

const BLOCKS_SHOWN_MAX = 8;
const COLUMNS = ['block', 'time', 'transactions', 'proposer', 'signers', 'hash'] as const;

export function Blocks({
  blocks,
  status,
}: {
  blocks: readonly BlockEvent[];
  status: NodeStatus | undefined;
}) {
  return (
    <section class="panel" aria-labelledby="blocks-title">
      <h2 id="blocks-title">{t('network.blocks')}</h2>
      {/* Roles are said because the table changes its display on a phone, which takes them away. */}
      <table
        id="blocks"
        class="blocks"
        role="table"
        aria-labelledby="blocks-title"
        hidden={blocks.length === 0}
      >
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map((column) => (
              <th
                key={column}
                role="columnheader"
                scope="col"
                class={column === 'transactions' || column === 'signers' ? 'number' : undefined}
              >
                {t(`network.column.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody id="rows" role="rowgroup">
          {blocks.slice(0, BLOCKS_SHOWN_MAX).map((block) => (
            <Row key={block.height} block={block} status={status} />
          ))}
        </tbody>
      </table>
      <p id="blocks-empty" class="empty" hidden={blocks.length > 0}>
        {t('network.blocks.empty')}
      </p>
    </section>
  );
}

function Row({ block, status }: { block: BlockEvent; status: NodeStatus | undefined }) {
  const { height, timeMs, transactions, proposer, round, signers, hash } = block;
  const name = status?.validators.find(({ id }) => id === proposer)?.name ?? shortHash(proposer);
  return (
    <tr role="row" id={`block-${height}`}>
      <th role="rowheader" scope="row" data-label={t('network.column.block')}>
        <Data>{height}</Data>
      </th>
      <Cell column="time" className="aside">
        <time dateTime={new Date(timeMs).toISOString()} title={timeText(timeMs)} translate={false}>
          {clockText(timeMs)}
        </time>
      </Cell>
      <Cell column="transactions" className="number">
        <Data>{transactions}</Data>
      </Cell>
      <Cell column="proposer" className="wide">
        {round === 0 ? <Data>{name}</Data> : t('network.proposer.round', { name, round })}
      </Cell>
      <Cell column="signers" className="number aside">
        {t('network.signers', { signers, total: status?.validators.length ?? 0 })}
      </Cell>
      <Cell column="hash" className="code">
        <span title={hash} translate={false}>
          {shortHash(hash)}
        </span>
      </Cell>
    </tr>
  );
}

function Cell(props: { column: (typeof COLUMNS)[number]; className: string; children: ComponentChildren }) {
  return (
    <td role="cell" class={props.className} data-label={t(`network.column.${props.column}`)}>
      {props.children}
    </td>
  );
}
