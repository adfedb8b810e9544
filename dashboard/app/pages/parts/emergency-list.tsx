import './parts.css';
import { useState } from 'preact/hooks';
import {
  Agreed,
  Button,
  Data,
  Dialog,
  Empty,
  Failure,
  Panel,
  Summary,
  Tag,
  Time,
} from '../../design/index.ts';
import type { SummaryRow, Tone } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from './person-name.tsx';

type Line = OutputOf<'administrator.emergencies'>[number];
type Act = 'countersign' | 'end' | 'justified' | 'not-justified';

const PHASES = { waiting: 'busy', open: 'halt', lapsed: 'plain', over: 'plain' } as const satisfies Record<
  string,
  Tone
>;
const REASONS = ['ETREAT', 'BTG', 'DISASTER'] as const;
const HOUR_MS = 3_600_000;

/** Emergency accesses, newest first, with what the reader may do about each. Words: section `administrator`. */
export function EmergencyList(props: {
  lines: readonly Line[];
  action: 'administrator.emergency-act' | 'auditor.review';
  onDone: () => void;
}) {
  const { lines, onDone } = props;
  const [asked, setAsked] = useState<{ line: Line; act: Act }>();
  const [height, setHeight] = useState<number>();
  const act = useAction(props.action);
  if (lines.length === 0) {
    return (
      <Empty title={t('administrator.emergencies.empty')}>
        <p>{t('administrator.emergencies.empty.text')}</p>
      </Empty>
    );
  }
  const run = ({ line, act: what }: { line: Line; act: Act }): void => {
    void act.run({ id: line.id, act: what }).then((done) => {
      if (done === undefined) return;
      setAsked(undefined);
      setHeight(done.height);
      onDone();
    });
  };
  return (
    <>
      <Agreed height={height} />
      <div class="stack">
        {lines.map((line) => (
          <One key={line.id} line={line} onAsk={(what) => setAsked({ line, act: what })} />
        ))}
      </div>
      {asked === undefined ? null : (
        <Dialog
          isOpen
          title={t(`administrator.emergency.${asked.act}.title`)}
          onClose={() => setAsked(undefined)}
          closeLabel={t('design.cancel')}
        >
          <p>{t(`administrator.emergency.${asked.act}.text`)}</p>
          {act.error === undefined ? null : <Failure error={act.error} />}
          <div class="actions">
            <Button
              kind={asked.act === 'end' || asked.act === 'not-justified' ? 'danger' : 'primary'}
              isBusy={act.isRunning}
              onClick={() => run(asked)}
            >
              {t(`administrator.emergency.${asked.act}`)}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function One({ line, onAsk }: { line: Line; onAsk: (act: Act) => void }) {
  const { may, phase } = line;
  const known = (Object.keys(PHASES) as (keyof typeof PHASES)[]).find((each) => each === phase) ?? 'over';
  return (
    <Panel>
      <div class="panel-head">
        <h2>
          <PersonName name={line.doctorName} id={line.doctor} /> <span class="arrow" aria-hidden="true" />
          <span class="hidden">{t('administrator.emergency.for')}</span>{' '}
          <PersonName name={line.patientName} id={line.patient} />
        </h2>
        <Tag tone={PHASES[known]}>{t(`administrator.emergency.phase.${known}`)}</Tag>
      </div>
      <Summary rows={rowsOf(line)} />
      <Acts may={may} onAsk={onAsk} />
    </Panel>
  );
}

function Acts({ may, onAsk }: { may: Line['may']; onAsk: (act: Act) => void }) {
  if (!may.countersign && !may.end && !may.review) return null;
  return (
    <div class="actions">
      {may.countersign ? (
        <Button onClick={() => onAsk('countersign')}>{t('administrator.emergency.countersign')}</Button>
      ) : null}
      {may.end ? (
        <Button kind="danger" onClick={() => onAsk('end')}>
          {t('administrator.emergency.end')}
        </Button>
      ) : null}
      {may.review ? (
        <>
          <Button onClick={() => onAsk('justified')}>{t('administrator.emergency.justified')}</Button>
          <Button kind="danger" onClick={() => onAsk('not-justified')}>
            {t('administrator.emergency.not-justified')}
          </Button>
        </>
      ) : null}
    </div>
  );
}

function rowsOf(line: Line): SummaryRow[] {
  const reason = REASONS.find((each) => each === line.reason);
  const isJudged = line.verdict !== null;
  return [
    {
      label: t('administrator.emergency.reason'),
      value: reason === undefined ? line.reason : t(`administrator.emergency.reason.${reason}`),
    },
    {
      label: t('administrator.emergency.text'),
      value: line.text === null ? t('administrator.emergency.text.sealed') : <Data>{line.text}</Data>,
    },
    {
      label: t('administrator.emergency.requested'),
      value: (
        <>
          <Time atMs={line.requestedAtMs} /> · {t('administrator.in-block', { height: line.requestedHeight })}
        </>
      ),
    },
    {
      label: t('administrator.emergency.homes'),
      value: t('administrator.emergency.homes.text', {
        doctor: line.doctorHome,
        patient: line.patientHome,
      }),
    },
    {
      label: t('administrator.emergency.countersigned'),
      value:
        line.countersignedBy === '' ? (
          t('administrator.emergency.nobody')
        ) : (
          <bdi translate={false}>{line.countersignedBy}</bdi>
        ),
    },
    {
      label: t('administrator.emergency.until'),
      value:
        line.expiresAtMs === null ? (
          t('administrator.emergency.hours', { count: Math.round(line.lifetimeMs / HOUR_MS) })
        ) : (
          <Time atMs={line.expiresAtMs} />
        ),
    },
    ...(line.endedHeight === null
      ? []
      : [
          {
            label: t('administrator.emergency.ended'),
            value: t('administrator.in-block', { height: line.endedHeight }),
          },
        ]),
    {
      label: t('administrator.emergency.verdict'),
      value: isJudged
        ? t(
            `administrator.emergency.verdict.${line.verdict === 'justified' ? 'justified' : 'not-justified'}`,
            {
              name: line.reviewedBy,
            },
          )
        : t('administrator.emergency.verdict.none'),
    },
  ];
}
