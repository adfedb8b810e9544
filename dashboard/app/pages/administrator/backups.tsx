import { CopyCode, Data, Empty, Notice, Page as Frame, Panel, Table, Tag, Time } from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import type { BackupsView } from '../../worker/administrator/calls.ts';
import { agoText, numberText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../parts/ready.tsx';

type Backup = BackupsView['backups'][number];

/** A backup that is older is worth a word. */
const OLD_MS = 7 * 86_400_000;
const KIB = 1024;

/** What was copied of this node, whether it was proven whole, and what its pages were declared to be. */
export function Page() {
  const state = useCall('administrator.backups', undefined);
  return (
    <Frame isWide title={t('administrator.backups.title')} lead={t('administrator.backups.lead')}>
      <Ready of={state} what={t('administrator.reading')}>
        {(view) => (
          <>
            <Backups backups={view.backups} />
            <Panel title={t('administrator.backups.pages')}>
              <p class="soft">{t('administrator.backups.pages.text')}</p>
              {view.declared === '' ? (
                <p>{t('administrator.backups.pages.none')}</p>
              ) : (
                <>
                  <CopyCode code={view.declared} label={t('administrator.backups.pages.hash')} />
                  <p>{t('administrator.backups.pages.since', { height: view.declaredHeight })}</p>
                </>
              )}
            </Panel>
          </>
        )}
      </Ready>
    </Frame>
  );
}

function Backups({ backups }: { backups: readonly Backup[] }) {
  const [newest] = backups;
  if (newest === undefined) {
    return (
      <Empty title={t('administrator.backups.none')}>
        <p>{t('administrator.backups.none.text')}</p>
        <p>
          <Data isCode>{'phr backup create --config <file> --backup <directory>'}</Data>
        </p>
      </Empty>
    );
  }
  const ageMs = Date.now() - newest.createdAtMs;
  return (
    <>
      {ageMs > OLD_MS ? (
        <Notice tone="wait" title={t('administrator.backups.old', { ago: agoText(ageMs) })} />
      ) : null}
      <Panel title={t('administrator.backups.list')}>
        <Table
          caption={t('administrator.backups.list')}
          isCaptionHidden
          rows={backups}
          keyOf={({ createdAtMs }) => String(createdAtMs)}
          columns={[
            {
              id: 'made',
              label: t('administrator.backups.made'),
              isHead: true,
              cell: ({ createdAtMs }) => <Time atMs={createdAtMs} />,
              sort: ({ createdAtMs }) => createdAtMs,
            },
            {
              id: 'height',
              label: t('administrator.node.height'),
              isNumber: true,
              cell: ({ height }) => <Data>{numberText(height)}</Data>,
            },
            {
              id: 'bytes',
              label: t('administrator.backups.size'),
              isNumber: true,
              cell: ({ bytes }) => <Data>{sizeText(bytes)}</Data>,
            },
            {
              id: 'checked',
              label: t('administrator.backups.verified'),
              cell: (one) => <Verified one={one} />,
            },
          ]}
        />
        <p class="soft">{t('administrator.backups.word')}</p>
      </Panel>
    </>
  );
}

function Verified({ one }: { one: Backup }) {
  const { verifiedAtMs, isWhole } = one;
  if (verifiedAtMs === null) return <Tag tone="wait">{t('administrator.backups.unverified')}</Tag>;
  return (
    <>
      <Tag tone={isWhole === true ? 'good' : 'halt'}>
        {t(isWhole === true ? 'administrator.backups.whole' : 'administrator.backups.damaged')}
      </Tag>{' '}
      <Time atMs={verifiedAtMs} />
    </>
  );
}

const sizeText = (bytes: number): string =>
  bytes < KIB * KIB ? `${numberText(bytes / KIB, 1)} KiB` : `${numberText(bytes / KIB / KIB, 1)} MiB`;
