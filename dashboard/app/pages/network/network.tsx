import './network.css';
import { useEffect, useState } from 'preact/hooks';
import type { NodeStatus } from '#node/client';
import { Data } from '../../design/index.ts';
import { blocks, connection, status } from '../../state/network.ts';
import { agoText, timeText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { Blocks } from './blocks.tsx';
import { conditionOf, phaseText, silenceAfter } from './condition.ts';
import type { Condition } from './condition.ts';
import { Institutions } from './institutions.tsx';

/** The network as this node sees it, live. */
export function Page() {
  const now = status.value;
  const isLost = connection.value === 'lost';
  const condition = isLost
    ? silenceAfter(now)
    : now === undefined
      ? ({ tone: 'waiting', headline: t('network.asking'), detail: t('network.asking.detail') } as const)
      : conditionOf(now);
  useEffect(() => {
    document.title = `${condition.headline} · ${now?.name ?? t('network.this')} · ${t('shell.name')}`;
  }, [condition.headline, now?.name]);
  return (
    <div class="network-page">
      <header class="network-head">
        <p class="eyebrow">{t('network.eyebrow')}</p>
        <h1 id="name" tabIndex={-1}>
          {now === undefined ? t('network.this') : <Data>{now.name}</Data>}
        </h1>
        <p class="network-name">{now === undefined ? null : <Data>{now.network}</Data>}</p>
      </header>
      <ConditionPanel condition={condition} status={now} />
      <Figures status={now} />
      <div class="columns">
        <Institutions status={now} />
        <Blocks blocks={blocks.value} status={now} />
      </div>
      <Promises />
      <Identity status={now} />
    </div>
  );
}

function ConditionPanel({
  condition,
  status: now,
}: {
  condition: Condition;
  status: NodeStatus | undefined;
}) {
  const inReach = (now?.validators ?? [])
    .map(({ self, connected }) => self || connected)
    .toSorted((a, b) => Number(b) - Number(a));
  return (
    <section class="condition" id="condition" data-tone={condition.tone} aria-labelledby="condition-title">
      <h2 id="condition-title" class="hidden">
        {t('network.condition')}
      </h2>
      <div role="status" aria-live="polite">
        <p id="headline" class="headline">
          {condition.headline}
        </p>
        <p id="detail" class="detail">
          {condition.detail}
        </p>
      </div>
      <div class="quorum" aria-hidden="true">
        <ol id="segments" class="segments">
          {inReach.map((isIn, i) => (
            <li key={i} class={`${isIn ? 'is-in' : 'is-out'}${i + 1 === now?.quorum ? ' is-quorum' : ''}`} />
          ))}
        </ol>
        <p id="quorum" class="quorum-text">
          {now === undefined ? '' : t('network.quorum', { quorum: now.quorum, total: now.validators.length })}
        </p>
      </div>
    </section>
  );
}

function Figures({ status: now }: { status: NodeStatus | undefined }) {
  const figure = (id: string, label: string, value: number | undefined, note: string) => (
    <div>
      <dt>{label}</dt>
      <dd>
        <span id={id} class="figure" translate={false}>
          {value ?? '–'}
        </span>
        <span class="note">{note}</span>
      </dd>
    </div>
  );
  return (
    <section class="facts" aria-labelledby="facts-title">
      <h2 id="facts-title" class="hidden">
        {t('network.figures')}
      </h2>
      <dl>
        {figure('height', t('network.height'), now?.height, t('network.height.note'))}
        {figure(
          'round',
          t('network.round'),
          now?.round,
          now === undefined ? t('network.phase.none') : phaseText(now.phase),
        )}
        <div>
          <dt>{t('network.last')}</dt>
          <dd>
            <LastBlock status={now} />
          </dd>
        </div>
        {figure('waiting', t('network.waiting'), now?.mempool, t('network.waiting.note'))}
      </dl>
    </section>
  );
}

/** The one figure that moves by itself. */
function LastBlock({ status: now }: { status: NodeStatus | undefined }) {
  const [, setSecond] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => setSecond((n) => n + 1), 1000);
    return () => window.clearInterval(timer);
  }, []);
  if (now === undefined || now.height === 0) {
    return (
      <>
        <span id="ago" class="figure">
          {t('network.last.none')}
        </span>
        <span class="note">{t('network.last.first')}</span>
      </>
    );
  }
  return (
    <>
      <span id="ago" class="figure">
        {agoText(Date.now() - now.timeMs)}
      </span>
      <time class="note" translate={false} dateTime={new Date(now.timeMs).toISOString()}>
        {timeText(now.timeMs)}
      </time>
    </>
  );
}

function Promises() {
  return (
    <section class="promises" aria-labelledby="promises-title">
      <h2 id="promises-title" class="hidden">
        {t('network.promises')}
      </h2>
      {(['stores', 'keys', 'about'] as const).map((each) => (
        <div key={each} class="panel">
          <h3>{t(`network.${each}`)}</h3>
          <p>{t(`network.${each}.text`)}</p>
        </div>
      ))}
    </section>
  );
}

function Identity({ status: now }: { status: NodeStatus | undefined }) {
  const rows = [
    ['version', now?.version],
    ['since', now === undefined ? undefined : timeText(now.startedAtMs)],
    ['node', now?.node],
    ['chain', now?.chainId],
    ['state', now?.stateRoot],
  ] as const;
  return (
    <dl class="identity">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{t(`network.${name}`)}</dt>
          <dd id={name}>
            <Data isCode={name !== 'version' && name !== 'since'}>{value ?? '–'}</Data>
          </dd>
        </div>
      ))}
    </dl>
  );
}
