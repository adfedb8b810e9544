import { Data, Empty, Link, Page as Frame, Panel, Summary } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../parts/ready.tsx';

type Study = OutputOf<'researcher.studies'>[number];

/** Studies, out of the purposes of what was shared. */
export function Page() {
  const studies = useCall('researcher.studies', undefined);
  return (
    <Frame
      isWide
      title={t('researcher.studies.title')}
      lead={t('researcher.studies.lead')}
      actions={
        <Link kind="primary" to="/researcher/ask">
          {t('researcher.ask.menu')}
        </Link>
      }
    >
      <Ready of={studies} what={t('researcher.reading')}>
        {(all) =>
          all.length === 0 ? (
            <Empty title={t('researcher.studies.empty')}>
              <p>{t('researcher.studies.empty.text')}</p>
            </Empty>
          ) : (
            <div class="grid">
              {all.map((study) => (
                <One key={`${study.code}/${study.protocol}`} study={study} />
              ))}
            </div>
          )
        }
      </Ready>
    </Frame>
  );
}

function One({ study }: { study: Study }) {
  const { protocol, title, code, shared } = study;
  const live = shared.filter(({ state }) => state === 'live');
  const patients = new Set(live.map(({ patient }) => patient)).size;
  return (
    <Panel>
      <h2>
        {protocol === '' ? (
          t('researcher.study.without')
        ) : (
          <Link to={`/researcher/studies/${encodeURIComponent(protocol)}`}>
            {title === '' ? <Data>{protocol}</Data> : <Data>{title}</Data>}
          </Link>
        )}
      </h2>
      <Summary
        rows={[
          {
            label: t('researcher.study.protocol'),
            value: protocol === '' ? t('design.unknown') : <Data isCode>{protocol}</Data>,
          },
          { label: t('researcher.study.purpose'), value: purposeText(code) },
          {
            label: t('researcher.study.patients'),
            value: t('researcher.study.patients.text', { count: patients }),
          },
          { label: t('researcher.study.over'), value: <Data>{shared.length - live.length}</Data> },
        ]}
      />
    </Panel>
  );
}

/** v3-ActReason in words. */
export function purposeText(code: string) {
  if (code === 'HRESCH') return t('researcher.purpose.HRESCH');
  return code === '' ? t('design.unknown') : <Data isCode>{code}</Data>;
}
