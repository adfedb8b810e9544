import { useState } from 'preact/hooks';
import {
  Agreed,
  Button,
  Data,
  Empty,
  Failure,
  Link,
  Notice,
  Page as Frame,
  Progress,
  Table,
  Tag,
} from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { PatientLine } from '../../worker/doctor/patients.ts';
import { dateText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../patient/ready.tsx';
import { patientText } from './names.ts';

/** Everybody this doctor is or was in charge of. */
export function Page() {
  const patients = useCall('doctor.patients', undefined);
  const [height, setHeight] = useState<number>();
  return (
    <Frame
      title={t('doctor.patients.title')}
      lead={t('doctor.patients.lead')}
      isWide
      actions={
        <Link to="/doctor/requests/new" kind="secondary">
          {t('doctor.patients.other')}
        </Link>
      }
    >
      <Agreed height={height} />
      <Ready state={patients}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={t('doctor.patients.none')}>
              <p>{t('doctor.patients.none.text')}</p>
            </Empty>
          ) : (
            <>
              {list
                .filter(({ isSealedOut }) => isSealedOut)
                .map((line) => (
                  <SealAgain
                    key={line.id}
                    line={line}
                    onDone={(at) => {
                      setHeight(at);
                      patients.reload();
                    }}
                  />
                ))}
              <List patients={list} />
            </>
          )
        }
      </Ready>
    </Frame>
  );
}

/** A patient who lost her keys got new ones: whoever is in charge seals her record to them. */
function SealAgain({ line, onDone }: { line: PatientLine; onDone: (height: number) => void }) {
  const seal = useAction('doctor.seal-again');
  const name = patientText(line.banner, line.id);
  const run = async (): Promise<void> => {
    const done = await seal.run({ patient: line.id });
    if (done !== undefined) onDone(done.height);
  };
  return (
    <Notice tone="wait" title={t('doctor.seal.title', { name })}>
      <p>{t('doctor.seal.text')}</p>
      {seal.isRunning ? <Progress step={seal.step} label={t('doctor.seal.working')} /> : null}
      {seal.error === undefined ? null : <Failure error={seal.error} />}
      <div class="actions">
        <Button isBusy={seal.isRunning} onClick={() => void run()}>
          {t('doctor.seal.action')}
        </Button>
      </div>
    </Notice>
  );
}

const bornText = (born: string | undefined): string =>
  born === undefined || Number.isNaN(Date.parse(born))
    ? t('design.unknown')
    : dateText(Date.parse(born), 'UTC');

function List({ patients }: { patients: readonly PatientLine[] }) {
  return (
    <Table
      caption={t('doctor.patients.title')}
      isCaptionHidden
      rows={patients}
      keyOf={({ id }) => id}
      columns={[
        {
          id: 'patient',
          label: t('doctor.column.patient'),
          isHead: true,
          sort: ({ banner, id }) => patientText(banner, id),
          cell: ({ banner, id, state }) =>
            state === 'in-charge' ? (
              <Link to={`/doctor/patients/${id}`}>
                <Data>{patientText(banner, id)}</Data>
              </Link>
            ) : (
              <Data>{patientText(banner, id)}</Data>
            ),
        },
        {
          id: 'born',
          label: t('design.banner.born'),
          sort: ({ banner }) => banner.born ?? '',
          cell: ({ banner }) => <Data>{bornText(banner.born)}</Data>,
        },
        { id: 'home', label: t('doctor.column.home'), cell: ({ home }) => <Data>{home}</Data> },
        {
          id: 'state',
          label: t('doctor.column.state'),
          cell: ({ state }) => (
            <Tag tone={state === 'in-charge' ? 'good' : state === 'ended' ? 'plain' : 'wait'}>
              {t(`doctor.patients.${state}`)}
            </Tag>
          ),
        },
      ]}
    />
  );
}
