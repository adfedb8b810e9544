import './patient.css';
import { Data, Link, Notice, Page as Frame, Panel, Summary, Time } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import type { AccessLine } from '../../worker/patient/audit.ts';
import { t } from '../../words/translate.ts';
import { actorText, actText, whoText } from './acts.ts';
import { Ready } from './ready.tsx';

interface LineView {
  line: AccessLine;
  signers: string[];
  blockHash: string;
}

const RECORDS_SHOWN_MAX = 64;

export function Page({ parameters }: PageProps) {
  const state = useCall('patient.line', { position: Number(parameters['position']) });
  return (
    <Frame title={t('patient.line.title')}>
      <Ready state={state}>{(view) => <Line {...view} />}</Ready>
      <p>
        <Link to="/patient/accesses">{t('design.back')}</Link>
      </p>
    </Frame>
  );
}

function Line({ line, signers, blockHash }: LineView) {
  return (
    <>
      <Panel title={actText(line)}>
        <Summary
          rows={[
            { label: t('patient.line.who'), value: <Data>{actorText(line)}</Data> },
            ...(line.subject === ''
              ? []
              : [{ label: t('patient.line.whom'), value: whoText(line.subjectName, line.subject, false) }]),
            { label: t('patient.line.when'), value: <Time atMs={line.timeMs} withSeconds /> },
            { label: t('patient.line.sure'), value: t(`patient.accesses.certainty.${line.certainty}`) },
            ...(line.records.length === 0
              ? []
              : [{ label: t('patient.line.records'), value: <Records ids={line.records} /> }]),
            {
              label: t('patient.line.block'),
              value: (
                <>
                  <Data>{line.height}</Data> <Data isCode>{blockHash}</Data>
                </>
              ),
            },
            { label: t('patient.line.transaction'), value: <Data isCode>{line.transaction}</Data> },
            { label: t('patient.line.signed'), value: <Data>{signers.join(', ')}</Data> },
          ]}
        />
      </Panel>
      {line.isOwn ? null : (
        <Notice title={t('patient.line.unknown')}>
          <p>{t('patient.line.unknown.text')}</p>
          <Link to="/patient/sharing">{t('patient.line.unknown.revoke')}</Link>
        </Notice>
      )}
    </>
  );
}

function Records({ ids }: { ids: readonly string[] }) {
  return (
    <ul class="lines">
      {ids.slice(0, RECORDS_SHOWN_MAX).map((id) => (
        <li key={id}>
          <a href={`/patient/records/${id}`}>
            <Data isCode>{id.slice(0, 16)}</Data>
          </a>
        </li>
      ))}
    </ul>
  );
}
