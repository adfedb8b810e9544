import './patient.css';
import { useState } from 'preact/hooks';
import {
  Agreed,
  Button,
  Data,
  Dialog,
  Empty,
  Failure,
  Page as Frame,
  Panel,
  Progress,
  Tag,
} from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { DeviceLine } from '../../worker/patient/devices.ts';
import { categoryNames } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { EnrolDevice } from './enrol-device.tsx';
import { Ready } from './ready.tsx';

export function Page() {
  const state = useCall('patient.devices', undefined);
  const [asked, setAsked] = useState<string>();
  const [revokedHeight, setRevokedHeight] = useState<number>();
  return (
    <Frame title={t('patient.devices.title')} lead={t('patient.devices.lead')}>
      <Agreed height={revokedHeight} />
      <Ready state={state}>
        {(devices) => (
          <Panel title={t('patient.devices.list')}>
            {devices.length === 0 ? (
              <Empty title={t('patient.devices.empty')}>
                <p>{t('patient.devices.empty.text')}</p>
              </Empty>
            ) : (
              <ul class="lines">
                {devices.map((device) => (
                  <Device key={device.id} device={device} onRevoke={() => setAsked(device.id)} />
                ))}
              </ul>
            )}
          </Panel>
        )}
      </Ready>
      <EnrolDevice onDone={state.reload} />
      <Revoke
        device={asked}
        onClose={() => setAsked(undefined)}
        onDone={(height) => {
          setAsked(undefined);
          setRevokedHeight(height);
          state.reload();
        }}
      />
    </Frame>
  );
}

function Device({ device, onRevoke }: { device: DeviceLine; onRevoke: () => void }) {
  const { id, status, categories, months, registeredHeight } = device;
  const [first, last] = months;
  const known = status === 'active' || status === 'revoked' ? status : undefined;
  return (
    <li>
      <span class="line-title">
        {t('patient.devices.one')} <Data isCode>{`${id.slice(0, 4)} ${id.slice(4, 8)}`}</Data>
      </span>
      <span class="line-facts">
        <Tag tone={status === 'active' ? 'good' : 'plain'}>
          {known === undefined ? status : t(`patient.devices.status.${known}`)}
        </Tag>
        <span>{t('patient.devices.since', { height: registeredHeight })}</span>
        {categories.length === 0 ? null : (
          <span>
            {t('patient.devices.writes')}: {categoryNames(categories)}
          </span>
        )}
        {first === undefined || last === undefined ? null : (
          <span>{t('patient.devices.months', { first, last })}</span>
        )}
      </span>
      {status === 'active' ? (
        <span class="actions">
          <Button
            kind="danger"
            onClick={onRevoke}
            label={`${t('patient.devices.revoke')}: ${id.slice(0, 16)}`}
          >
            {t('patient.devices.revoke')}
          </Button>
        </span>
      ) : null}
    </li>
  );
}

function Revoke({
  device,
  onClose,
  onDone,
}: {
  device: string | undefined;
  onClose: () => void;
  onDone: (height: number) => void;
}) {
  const revoke = useAction('patient.revoke-device');
  const act = async (): Promise<void> => {
    const done = device === undefined ? undefined : await revoke.run({ device });
    if (done !== undefined) onDone(done.height);
  };
  return (
    <Dialog
      title={t('patient.devices.revoke.title')}
      isOpen={device !== undefined}
      onClose={onClose}
      closeLabel={t('design.cancel')}
    >
      <p>{t('patient.devices.revoke.does')}</p>
      {revoke.isRunning ? <Progress step={revoke.step} label={t('design.commit.waiting')} /> : null}
      {revoke.error === undefined ? null : <Failure error={revoke.error} />}
      <Button kind="danger" isBusy={revoke.isRunning} onClick={() => void act()}>
        {t('patient.devices.revoke')}
      </Button>
    </Dialog>
  );
}
