import { useState } from 'preact/hooks';
import {
  Button,
  CommitLine,
  Empty,
  ErrorSummary,
  Failure,
  Link,
  Notice,
  Page as Frame,
  RadiosField,
  SelectField,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { PersonName, shortId } from '../parts/person-name.tsx';
import { Ready } from '../parts/ready.tsx';
import { CareTable } from './care-table.tsx';

type Doctor = OutputOf<'administrator.doctors'>[number];
type Detail = OutputOf<'administrator.person'>;

/** Proposes a doctor for a patient; the patient decides, and only then are keys handed over. */
export function Page({ parameters }: PageProps) {
  const id = parameters['id'] ?? '';
  const person = useCall('administrator.person', { id });
  const doctors = useCall('administrator.doctors', undefined);
  return (
    <Frame title={t('administrator.assign.title')} lead={t('administrator.assign.lead')}>
      <Ready of={person} what={t('administrator.reading')}>
        {(detail) => (
          <>
            <p>
              {t('administrator.assign.for')}{' '}
              <strong>
                <PersonName name={detail.name} id={detail.id} />
              </strong>
            </p>
            <Ready of={doctors} what={t('administrator.reading')}>
              {(all) => <Choice detail={detail} doctors={all} onAssigned={person.reload} />}
            </Ready>
            <h2>{t('administrator.assign.history')}</h2>
            <CareTable care={detail.care} of="patient" canEnd={detail.isOurs} onEnded={person.reload} />
          </>
        )}
      </Ready>
      <p>
        <Link to={`/administrator/people/${id}`}>{t('administrator.assign.back')}</Link>
      </p>
    </Frame>
  );
}

function Choice({
  detail,
  doctors,
  onAssigned,
}: {
  detail: Detail;
  doctors: readonly Doctor[];
  onAssigned: () => void;
}) {
  const [doctor, setDoctor] = useState<string>();
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [height, setHeight] = useState<number>();
  const act = useAction('administrator.assign');
  const busy = new Set(detail.care.filter(({ state }) => state !== 'ended').map((line) => line.doctor));
  const free = doctors.filter(({ id }) => !busy.has(id));
  if (free.length === 0) {
    return (
      <Empty title={t('administrator.assign.none')}>
        <p>{t('administrator.assign.none.text')}</p>
      </Empty>
    );
  }
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setProblems(doctor === undefined ? [{ field: 'doctor', text: t('administrator.assign.missing') }] : []);
    if (doctor === undefined) return;
    void act.run({ patient: detail.id, doctor }).then((done) => {
      if (done === undefined) return;
      setHeight(done.height);
      setDoctor(undefined);
      onAssigned();
    });
  };
  return (
    <form noValidate onSubmit={submit}>
      <ErrorSummary problems={problems} />
      {height === undefined ? null : (
        <Notice tone="good" title={t('administrator.assign.done')}>
          <p>{t('administrator.assign.done.text')}</p>
          <CommitLine height={height} />
        </Notice>
      )}
      <DoctorFields free={free} doctor={doctor} onChoose={setDoctor} problems={problems} />
      {act.error === undefined ? null : <Failure error={act.error} />}
      <p class="soft">{t('administrator.assign.consent')}</p>
      <div class="actions">
        <Button type="submit" isBusy={act.isRunning}>
          {t('administrator.assign.submit')}
        </Button>
      </div>
    </form>
  );
}

function DoctorFields(props: {
  free: readonly Doctor[];
  doctor: string | undefined;
  onChoose: (doctor: string) => void;
  problems: readonly Problem[];
}) {
  const { free, doctor, problems } = props;
  const [home, setHome] = useState('');
  const shown = free.filter((one) => home === '' || one.home === home);
  const homes = [...new Set(free.map((one) => one.home))].toSorted();
  return (
    <>
      <SelectField
        name="home"
        label={t('administrator.column.institution')}
        value={home}
        onChange={setHome}
        options={[
          { value: '', label: t('administrator.assign.everywhere') },
          ...homes.map((name) => ({ value: name, label: name })),
        ]}
      />
      <RadiosField
        name="doctor"
        label={t('shell.role.doctor')}
        value={doctor}
        onChange={props.onChoose}
        problems={problems}
        choices={shown.map(({ id, name, home: at, profile }) => ({
          value: id,
          label: name === '' ? shortId(id) : name,
          hint: [profile?.speciality ?? '', at, profile?.number ?? '']
            .filter((part) => part !== '')
            .join(' · '),
        }))}
      />
    </>
  );
}
