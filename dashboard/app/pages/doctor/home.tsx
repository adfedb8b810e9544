import '../public/doors.css';
import { Data, Empty, Link, Page as Frame, Panel, ProofLine, Table, Tag, Time } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import type { DoctorHome } from '../../worker/doctor/home.ts';
import type { WorkLine } from '../../worker/doctor/patients.ts';
import { categoryNames } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../patient/ready.tsx';
import { patientText } from './names.ts';

/** What needs the doctor today. */
export function Page() {
  const home = useCall('doctor.home', undefined);
  return (
    <Frame title={t('doctor.home.hello')} lead={t('doctor.home.lead')} isWide>
      <Ready state={home}>
        {(view) => (
          <>
            <Waiting view={view} />
            <WorkList work={view.work} />
            <p class="soft">{t('doctor.home.unopened')}</p>
            <ProofLine {...view.proof} />
          </>
        )}
      </Ready>
    </Frame>
  );
}

function Waiting({ view }: { view: DoctorHome }) {
  const { requests, shared, emergencies } = view;
  const sealed = view.work.filter(({ isSealedOut }) => isSealedOut).length;
  return (
    <Panel title={t('doctor.home.waiting')}>
      {requests + shared + emergencies + sealed === 0 ? (
        <p class="soft">{t('doctor.home.waiting.none')}</p>
      ) : null}
      <ul class="numbered">
        {sealed === 0 ? null : (
          <li>
            <Link to="/doctor/patients">{t('doctor.home.sealed', { count: sealed })}</Link>
          </li>
        )}
        {requests === 0 ? null : (
          <li>
            <Link to="/doctor/requests">{t('doctor.home.requests', { count: requests })}</Link>
          </li>
        )}
        {shared === 0 ? null : (
          <li>
            <Link to="/doctor/shared">{t('doctor.home.shared', { count: shared })}</Link>
          </li>
        )}
        {emergencies === 0 ? null : (
          <li>
            <Link to="/doctor/emergency">{t('doctor.home.emergencies', { count: emergencies })}</Link>
          </li>
        )}
      </ul>
    </Panel>
  );
}

function WorkList({ work }: { work: readonly WorkLine[] }) {
  if (work.length === 0) {
    return (
      <Empty title={t('doctor.patients.none')}>
        <p>{t('doctor.patients.none.text')}</p>
      </Empty>
    );
  }
  return (
    <Table
      caption={t('doctor.home.work')}
      rows={work}
      keyOf={({ id }) => id}
      columns={[
        {
          id: 'patient',
          label: t('doctor.column.patient'),
          isHead: true,
          sort: ({ banner, id }) => patientText(banner, id),
          cell: ({ banner, id }) => (
            <Link to={`/doctor/patients/${id}`}>
              <Data>{patientText(banner, id)}</Data>
            </Link>
          ),
        },
        {
          id: 'abnormal',
          label: t('doctor.column.abnormal'),
          sort: ({ abnormal }) => abnormal,
          cell: ({ abnormal }) =>
            abnormal === 0 ? (
              t('design.none')
            ) : (
              <Tag tone="halt">{t('doctor.home.abnormal', { count: abnormal })}</Tag>
            ),
        },
        {
          id: 'fresh',
          label: t('doctor.column.fresh'),
          sort: ({ fresh }) => fresh,
          cell: ({ fresh, categories }) =>
            fresh === 0 ? (
              t('design.none')
            ) : (
              <>
                {t('doctor.home.fresh', { count: fresh })}
                <span class="soft small"> {categoryNames(categories)}</span>
              </>
            ),
        },
        {
          id: 'newest',
          label: t('doctor.column.newest'),
          sort: ({ newestMs }) => newestMs ?? 0,
          cell: ({ newestMs }) => (newestMs === null ? t('design.unknown') : <Time atMs={newestMs} />),
        },
      ]}
    />
  );
}
