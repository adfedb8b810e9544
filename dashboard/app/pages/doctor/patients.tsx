import { Data, Empty, Link, Page as Frame, Table, Tag } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import type { PatientLine } from '../../worker/doctor/patients.ts';
import { dateText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../patient/ready.tsx';
import { patientText } from './names.ts';

/** Everybody this doctor is or was in charge of. */
export function Page() {
  const patients = useCall('doctor.patients', undefined);
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
      <Ready state={patients}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={t('doctor.patients.none')}>
              <p>{t('doctor.patients.none.text')}</p>
            </Empty>
          ) : (
            <List patients={list} />
          )
        }
      </Ready>
    </Frame>
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
