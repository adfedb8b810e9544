import '../patient/patient.css';
import './doctor.css';
import { useState } from 'preact/hooks';
import {
  Agreed,
  Button,
  Data,
  Dialog,
  Empty,
  Failure,
  Link,
  Page as Frame,
  Panel,
  Tag,
  Time,
} from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { Delegation } from '../../worker/doctor/delegations.ts';
import { categoryNames, purposeName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../patient/ready.tsx';
import { personText } from './names.ts';

/** What this doctor shares of her patients, and the way to end it. */
export function Page() {
  const state = useCall('doctor.delegations', undefined);
  const [ending, setEnding] = useState<Delegation>();
  const [height, setHeight] = useState<number>();
  return (
    <Frame
      title={t('doctor.delegations.title')}
      lead={t('doctor.delegations.lead')}
      isWide
      actions={
        <Link to="/doctor/delegations/new" kind="primary">
          {t('doctor.delegate.title')}
        </Link>
      }
    >
      <Agreed height={height} />
      <Ready state={state}>
        {(all) =>
          all.length === 0 ? (
            <Empty title={t('doctor.delegations.none')}>
              <p>{t('doctor.delegations.none.text')}</p>
            </Empty>
          ) : (
            <>
              <List
                title={t('doctor.delegations.running')}
                delegations={all.filter((one) => one.state === 'running')}
                onEnd={setEnding}
              />
              <List
                title={t('doctor.delegations.past')}
                delegations={all.filter((one) => one.state !== 'running')}
              />
            </>
          )
        }
      </Ready>
      <RevokeDialog
        delegation={ending}
        onClose={(done) => {
          setEnding(undefined);
          setHeight(done);
          if (done !== undefined) state.reload();
        }}
      />
    </Frame>
  );
}

function List(props: {
  title: string;
  delegations: readonly Delegation[];
  onEnd?: (delegation: Delegation) => void;
}) {
  return (
    <Panel title={props.title}>
      {props.delegations.length === 0 ? <p class="soft">{t('design.none')}</p> : null}
      <ul class="lines">
        {props.delegations.map((one) => (
          <Line key={one.id} one={one} onEnd={props.onEnd} />
        ))}
      </ul>
    </Panel>
  );
}

function Line({ one, onEnd }: { one: Delegation; onEnd: ((delegation: Delegation) => void) | undefined }) {
  return (
    <li>
      <span class="line-title">
        <Data>{personText(one.delegateName, one.delegate)}</Data>
      </span>
      <span class="line-end">
        <StateTag state={one.state} height={one.revokedHeight} />
      </span>
      <span class="line-facts">
        <span>
          {t('doctor.requests.about')} <Data>{personText(one.patientName, one.patient)}</Data>
        </span>
        <span>{one.purpose === '' ? t('design.unknown') : purposeName(one.purpose)}</span>
        <span>
          {t('doctor.granted.until')} <Time atMs={one.expiresAtMs} />
        </span>
      </span>
      <p class="soft small">
        {one.categories.length === 0 ? t('patient.sharing.what.unknown') : categoryNames(one.categories)}
      </p>
      {onEnd === undefined ? null : (
        <div class="actions">
          <Button
            kind="danger"
            label={`${t('patient.sharing.revoke')}: ${personText(one.delegateName, one.delegate)}`}
            onClick={() => onEnd(one)}
          >
            {t('patient.sharing.revoke')}
          </Button>
        </div>
      )}
    </li>
  );
}

export function StateTag({ state, height }: { state: Delegation['state']; height: number | null }) {
  if (state === 'running') return <Tag tone="good">{t('doctor.delegations.state.running')}</Tag>;
  return (
    <Tag>
      {state === 'over'
        ? t('patient.sharing.state.over')
        : t('patient.sharing.state.revoked', { height: height ?? 0 })}
    </Tag>
  );
}

function RevokeDialog(props: { delegation: Delegation | undefined; onClose: (height?: number) => void }) {
  const revoke = useAction('doctor.revoke');
  const { delegation } = props;
  const run = async (): Promise<void> => {
    if (delegation === undefined) return;
    const done = await revoke.run({ grant: delegation.id });
    if (done !== undefined) props.onClose(done.height);
  };
  return (
    <Dialog
      title={t('patient.sharing.revoke.title', {
        name: delegation === undefined ? '' : personText(delegation.delegateName, delegation.delegate),
      })}
      isOpen={delegation !== undefined}
      onClose={() => props.onClose()}
      closeLabel={t('design.cancel')}
    >
      <p>{t('patient.sharing.revoke.does')}</p>
      <p>{t('patient.sharing.revoke.not')}</p>
      {revoke.error === undefined ? null : <Failure error={revoke.error} />}
      <div class="actions">
        <Button kind="danger" isBusy={revoke.isRunning} onClick={() => void run()}>
          {t('patient.sharing.revoke')}
        </Button>
      </div>
    </Dialog>
  );
}
