import './patient.css';
import { Data, Link, Page as Frame, Panel, ProofLine, Summary } from '../../design/index.ts';
import type { PageProps } from '../../router/routes.ts';
import { useCall } from '../../state/use-call.ts';
import type { NodeView } from '../../worker/patient/document.ts';
import { numberText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { Ready } from './ready.tsx';

/** The encrypted medical record: what lies at the institutions, beside what the patient reads. */
export function Page({ parameters }: PageProps) {
  const id = parameters['id'] ?? '';
  const state = useCall('patient.node-view', { id });
  return (
    <Frame title={t('patient.node.title')} lead={t('patient.node.lead')} isWide>
      <Ready state={state}>{(view) => <Sealed view={view} />}</Ready>
      <p>
        <Link to={`/patient/records/${id}`}>{t('design.back')}</Link>
      </p>
    </Frame>
  );
}

export function Sealed({ view }: { view: NodeView }) {
  const code = (text: string) => <Data isCode>{text}</Data>;
  return (
    <>
      <Panel title={t('patient.node.stored')}>
        <Summary
          rows={[
            { label: t('patient.node.header'), value: code(view.header) },
            { label: t('patient.node.body'), value: code(view.body) },
            {
              label: t('patient.record.size'),
              value: t('patient.node.size', { header: view.headerBytes, body: numberText(view.bodyBytes) }),
            },
            { label: t('patient.node.slots'), value: t('patient.node.slots.text', { count: view.slots }) },
          ]}
        />
        <h3>{t('patient.node.cipher')}</h3>
        <pre class="source" dir="ltr" tabIndex={0} translate={false}>
          {rowsOfHex(view.cipherHex)}
        </pre>
      </Panel>
      <Panel title={t('patient.node.ledger')}>
        <Summary
          rows={[
            { label: t('patient.node.account'), value: code(view.patient) },
            { label: t('patient.node.writer'), value: code(view.writer) },
            { label: t('patient.node.sequence'), value: <Data>{view.sequence}</Data> },
            { label: t('patient.node.block'), value: <Data>{view.anchoredHeight}</Data> },
            { label: t('patient.node.hash'), value: code(view.blockHash) },
            { label: t('patient.node.root'), value: code(view.stateRoot) },
            { label: t('patient.node.signers'), value: <Data>{view.signers.join(', ')}</Data> },
          ]}
        />
        <ProofLine {...view.proof} />
      </Panel>
      <Panel title={t('patient.node.hidden')}>
        <p>{t('patient.node.hidden.text')}</p>
      </Panel>
    </>
  );
}

/** 32 bytes a row, in groups of four. */
function rowsOfHex(hex: string): string {
  const groups = hex.match(/.{1,8}/g) ?? [];
  return groups.map((group, i) => `${group}${i % 8 === 7 ? '\n' : ' '}`).join('');
}
