import { Button, Failure, Table } from '../../design/index.ts';
import type { Column } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from '../parts/person-name.tsx';
import { StateTag } from './states.tsx';

type Line = OutputOf<'administrator.person'>['care'][number];

interface CareProps {
  care: readonly Line[];
  /** Whose list it is; the others are shown. */
  of: 'patient' | 'doctor';
  canEnd: boolean;
  onEnded: (height: number) => void;
}

/** Who treats whom, past ones too: the newest change first. */
export function CareTable(props: CareProps) {
  const { care, onEnded } = props;
  const end = useAction('administrator.end-assignment');
  if (care.length === 0) {
    return (
      <p class="soft">
        {t(props.of === 'patient' ? 'administrator.care.none.patient' : 'administrator.care.none.doctor')}
      </p>
    );
  }
  return (
    <>
      <Table
        caption={t('administrator.care.caption')}
        isCaptionHidden
        rows={care}
        keyOf={({ patient, doctor }) => `${patient}/${doctor}`}
        columns={columnsOf(
          props,
          end.isRunning,
          (line) =>
            void end
              .run({ patient: line.patient, doctor: line.doctor })
              .then((done) => (done === undefined ? undefined : onEnded(done.height))),
        )}
      />
      {end.error === undefined ? null : <Failure error={end.error} />}
    </>
  );
}

function columnsOf({ of, canEnd }: CareProps, isBusy: boolean, end: (line: Line) => void): Column<Line>[] {
  const shown = (line: Line) =>
    of === 'patient'
      ? { name: line.doctorName, id: line.doctor }
      : { name: line.patientName, id: line.patient };
  return [
    {
      id: 'name',
      label: t(of === 'patient' ? 'shell.role.doctor' : 'shell.role.patient'),
      isHead: true,
      cell: (line) => <PersonName {...shown(line)} />,
    },
    {
      id: 'state',
      label: t('administrator.column.state'),
      cell: ({ state }) => <StateTag state={state} />,
    },
    {
      id: 'created',
      label: t('administrator.care.assigned'),
      cell: ({ createdHeight }) => t('administrator.in-block', { height: createdHeight }),
    },
    {
      id: 'changed',
      label: t('administrator.care.changed'),
      cell: ({ changedHeight }) => t('administrator.in-block', { height: changedHeight }),
    },
    {
      id: 'end',
      label: t('administrator.column.action'),
      cell: (line) =>
        canEnd && line.state !== 'ended' ? (
          <Button
            kind="quiet"
            isBusy={isBusy}
            label={`${t('administrator.care.end')}: ${shown(line).name}`}
            onClick={() => end(line)}
          >
            {t('administrator.care.end')}
          </Button>
        ) : null,
    },
  ];
}
