import './patient.css';
import {
  Data,
  Empty,
  Link,
  Notice,
  Page as Frame,
  Panel,
  PatientBanner,
  ProofLine,
  Time,
} from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import type { HomeView } from '../../worker/patient/home.ts';
import type { VitalView } from '../../worker/patient/reading.ts';
import { agoText, minuteText, numberText } from '../../words/dates.ts';
import { hasUsual, signName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { actText } from './acts.ts';
import { Ready } from './ready.tsx';
import { SparkLine } from './spark-line.tsx';

/** A device's clock may be so far ahead without being wrong. */
const CLOCK_SKEW_MS = 120_000;

export function Page() {
  const home = useCall('patient.home', undefined);
  const measured = useCall('patient.vitals', undefined);
  const actions = (
    <>
      <Link to="/patient/add" kind="secondary">
        {t('patient.home.add')}
      </Link>
      <Link to="/patient/records" kind="primary">
        {t('patient.home.records')}
      </Link>
    </>
  );
  return (
    <Frame title={t('patient.home.hello')} isWide actions={actions}>
      <Ready state={home}>
        {(view) => (
          <>
            <PatientBanner patient={view.banner} />
            {view.emergencies === 0 ? null : (
              <Notice tone="halt" title={t('patient.home.emergency', { count: view.emergencies })}>
                <p>{t('patient.home.emergency.text')}</p>
                <p>
                  <Link to="/patient/emergency">{t('patient.home.emergency.look')}</Link>
                </p>
              </Notice>
            )}
            <Waiting view={view} />
            <Ready state={measured}>
              {({ vitals, proof }) => (
                <>
                  <Vitals vitals={vitals} />
                  <ProofLine {...proof} />
                </>
              )}
            </Ready>
            <Accesses view={view} />
            <ProofLine {...view.proof} />
          </>
        )}
      </Ready>
    </Frame>
  );
}

function Waiting({ view }: { view: HomeView }) {
  const { requests, assignments } = view;
  return (
    <Panel title={t('patient.home.waiting')}>
      {requests + assignments === 0 ? <p class="soft">{t('patient.home.waiting.none')}</p> : null}
      {requests === 0 ? null : (
        <p>
          <a href="/patient/requests">{t('patient.home.waiting.requests', { count: requests })}</a>
        </p>
      )}
      {assignments === 0 ? null : (
        <p>
          <a href="/patient/doctors">{t('patient.home.waiting.doctors', { count: assignments })}</a>
        </p>
      )}
    </Panel>
  );
}

/** `base`: where the series are. */
export function Vitals({ vitals, base = '/patient' }: { vitals: readonly VitalView[]; base?: string }) {
  return (
    <section aria-labelledby="vitals-title" class="stack">
      <h2 id="vitals-title">{t('patient.home.vitals')}</h2>
      {vitals.length === 0 ? (
        <Empty title={t('patient.home.vitals.empty')}>
          <p>{t('patient.home.vitals.empty.text')}</p>
          {base === '/patient' ? <Link to="/patient/add">{t('patient.home.add')}</Link> : null}
        </Empty>
      ) : (
        <div class="vitals">
          {vitals.map((vital) => (
            <Vital key={vital.code} vital={vital} base={base} />
          ))}
        </div>
      )}
      {vitals.length < 2 ? null : (
        <p>
          <a href={`${base}/series/all`}>{t('patient.series.all.link')}</a>
        </p>
      )}
    </section>
  );
}

function Vital({ vital, base }: { vital: VitalView; base: string }) {
  const { code, value, unit, timeMs, isOutside, recent, usual, origin } = vital;
  return (
    <a class="vital" href={`${base}/series/${code}`}>
      <span>{signName(code)}</span>
      <span class="vital-value">
        <Data>{numberText(value)}</Data> <span class="vital-unit">{<Data>{unit}</Data>}</span>
      </span>
      {isOutside ? <span class="is-outside small">{t('clinical.outside')}</span> : null}
      <SparkLine timesMs={recent.timesMs} values={recent.values} usual={hasUsual(code) ? usual : undefined} />
      <span class="soft small">
        {timeMs > Date.now() + CLOCK_SKEW_MS ? minuteText(timeMs) : agoText(Date.now() - timeMs)}
        {t('design.comma')}
        {t(`clinical.origin.${origin}`)}
      </span>
    </a>
  );
}

function Accesses({ view }: { view: HomeView }) {
  return (
    <Panel title={t('patient.home.accesses')}>
      {view.accesses.length === 0 ? (
        <p class="soft">{t('patient.home.accesses.none')}</p>
      ) : (
        <ul class="lines">
          {view.accesses.map((line) => (
            <li key={line.position}>
              <a href={`/patient/accesses/${line.position}`}>{actText(line)}</a>
              <span class="soft small">
                <Time atMs={line.timeMs} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <p>
        <a href="/patient/accesses">{t('patient.home.accesses.all', { count: view.accessCount })}</a>
      </p>
    </Panel>
  );
}
