import { useState } from 'preact/hooks';
import { Agreed, Button, Dialog, Failure, Page as Frame, Panel, Table } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { dateText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { GuardianshipTag } from '../parts/guardianship.tsx';
import { PersonName, shortId } from '../parts/person-name.tsx';
import { Ready } from '../parts/ready.tsx';
import { ProposeGuardian } from './propose-guardian.tsx';

type Line = OutputOf<'administrator.guardianships'>['lines'][number];
interface Asked {
  act: 'confirm' | 'end';
  line: Line;
}

/** Who acts for the institution's patients: proposed by one administrator, confirmed by another. */
export function Page() {
  const view = useCall('administrator.guardianships', undefined);
  const [asked, setAsked] = useState<Asked>();
  const [height, setHeight] = useState<number>();
  const done = (at: number): void => {
    setAsked(undefined);
    setHeight(at);
    view.reload();
  };
  return (
    <Frame isWide title={t('ties.guardian.office.title')} lead={t('ties.guardian.office.lead')}>
      <Agreed height={height} />
      <Ready of={view} what={t('administrator.reading')}>
        {({ lines, patients }) => (
          <>
            <Panel title={t('ties.guardian.office.list')}>
              <Guardianships lines={lines} onAsk={setAsked} />
            </Panel>
            <ProposeGuardian patients={patients} onDone={done} />
          </>
        )}
      </Ready>
      <Confirm asked={asked} onClose={() => setAsked(undefined)} onDone={done} />
    </Frame>
  );
}

function Guardianships({ lines, onAsk }: { lines: readonly Line[]; onAsk: (asked: Asked) => void }) {
  if (lines.length === 0) return <p class="soft">{t('ties.guardian.office.none')}</p>;
  return (
    <Table
      caption={t('ties.guardian.office.list')}
      isCaptionHidden
      rows={lines}
      keyOf={({ patient, guardian }) => `${patient}/${guardian}`}
      columns={[
        {
          id: 'patient',
          label: t('ties.guardian.office.patient'),
          isHead: true,
          cell: ({ patient, patientName }) => <PersonName name={patientName} id={patient} />,
        },
        {
          id: 'guardian',
          label: t('ties.guardian.office.guardian'),
          cell: ({ guardian, guardianName }) => <PersonName name={guardianName} id={guardian} />,
        },
        {
          id: 'state',
          label: t('ties.guardian.office.state'),
          cell: ({ state }) => <GuardianshipTag state={state} />,
        },
        {
          id: 'until',
          label: t('ties.guardian.office.until'),
          sort: ({ untilMs }) => untilMs,
          cell: ({ untilMs }) => <span translate={false}>{dateText(untilMs)}</span>,
        },
        {
          id: 'changed',
          label: t('ties.guardian.office.changed'),
          sort: ({ changedHeight }) => changedHeight,
          cell: ({ changedHeight }) => t('ties.guardian.office.block', { height: changedHeight }),
        },
        {
          id: 'act',
          label: t('ties.guardian.office.action'),
          cell: (line) => <Acts line={line} onAsk={onAsk} />,
        },
      ]}
    />
  );
}

const called = (name: string, id: string): string => (name === '' ? shortId(id) : name);

function Acts({ line, onAsk }: { line: Line; onAsk: (asked: Asked) => void }) {
  const { state, isProposedByMe } = line;
  if (state === 'ended' || state === 'over') return null;
  const who = called(line.patientName, line.patient);
  return (
    <>
      {state === 'proposed' && !isProposedByMe ? (
        <Button
          kind="secondary"
          label={`${t('ties.guardian.office.confirm')}: ${who}`}
          onClick={() => onAsk({ act: 'confirm', line })}
        >
          {t('ties.guardian.office.confirm')}
        </Button>
      ) : null}
      <Button
        kind="quiet"
        label={`${t('ties.guardian.office.end')}: ${who}`}
        onClick={() => onAsk({ act: 'end', line })}
      >
        {t('ties.guardian.office.end')}
      </Button>
    </>
  );
}

function Confirm(props: { asked: Asked | undefined; onClose: () => void; onDone: (height: number) => void }) {
  const { asked } = props;
  const action = useAction('administrator.guardian-act');
  if (asked === undefined) return null;
  const { act, line } = asked;
  const facts = {
    guardian: called(line.guardianName, line.guardian),
    patient: called(line.patientName, line.patient),
  };
  const sign = async (): Promise<void> => {
    const done = await action.run({ act, patient: line.patient, guardian: line.guardian });
    if (done !== undefined) props.onDone(done.height);
  };
  return (
    <Dialog
      isOpen
      title={t(`ties.guardian.office.${act}.title`)}
      onClose={props.onClose}
      closeLabel={t('design.cancel')}
    >
      <p>{t(`ties.guardian.office.${act}.text`, facts)}</p>
      {action.error === undefined ? null : <Failure error={action.error} />}
      <Button
        kind={act === 'end' ? 'danger' : 'primary'}
        isBusy={action.isRunning}
        onClick={() => void sign()}
      >
        {t('ties.guardian.office.sign')}
      </Button>
    </Dialog>
  );
}
