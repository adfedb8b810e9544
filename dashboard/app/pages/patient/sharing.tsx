import './patient.css';
import { useState } from 'preact/hooks';
import {
  Button,
  Dialog,
  Empty,
  Failure,
  Link,
  Notice,
  Page as Frame,
  Panel,
  Progress,
  Summary,
  Tag,
} from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { GrantLine } from '../../worker/patient/sharing.ts';
import { dateText } from '../../words/dates.ts';
import { categoryNames, purposeName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { whoText } from './acts.ts';
import { Ready } from './ready.tsx';

export function Page() {
  const state = useCall('patient.grants', undefined);
  const [asked, setAsked] = useState<GrantLine>();
  const [height, setHeight] = useState<number>();
  const actions = (
    <Link to="/patient/sharing/new" kind="primary">
      {t('patient.sharing.new')}
    </Link>
  );
  const done = (at: number): void => {
    setAsked(undefined);
    setHeight(at);
    state.reload();
  };
  return (
    <Frame title={t('patient.sharing.title')} lead={t('patient.sharing.lead')} isWide actions={actions}>
      <div role="status">
        {height === undefined ? null : (
          <Notice tone="good">{t('patient.sharing.revoked', { height })}</Notice>
        )}
      </div>
      <Ready state={state}>
        {(grants) => (
          <>
            <Group
              title={t('patient.sharing.running')}
              grants={grants.filter(({ state: is }) => is === 'running')}
              onRevoke={setAsked}
              isFirst
            />
            <Group
              title={t('patient.sharing.former')}
              grants={grants.filter(({ state: is }) => is !== 'running')}
            />
          </>
        )}
      </Ready>
      <Revoke grant={asked} onClose={() => setAsked(undefined)} onDone={done} />
    </Frame>
  );
}

function Group(props: {
  title: string;
  grants: readonly GrantLine[];
  onRevoke?: (grant: GrantLine) => void;
  isFirst?: boolean;
}) {
  if (props.grants.length === 0) {
    return props.isFirst === true ? (
      <Empty title={t('patient.sharing.empty')}>
        <p>{t('patient.sharing.empty.text')}</p>
      </Empty>
    ) : null;
  }
  return (
    <section class="stack" aria-label={props.title}>
      <h2>{props.title}</h2>
      {props.grants.map((grant) => (
        <GrantPanel key={grant.id} grant={grant} onRevoke={props.onRevoke} />
      ))}
    </section>
  );
}

function GrantPanel({
  grant,
  onRevoke,
}: {
  grant: GrantLine;
  onRevoke: ((grant: GrantLine) => void) | undefined;
}) {
  const name = whoText(grant.delegateName, grant.delegate, false);
  const role = ROLES.find((each) => each === grant.delegateRole);
  const [first, last] = [grant.months[0], grant.months.at(-1)];
  const what =
    grant.categories.length === 0 ? t('patient.sharing.what.unknown') : categoryNames(grant.categories);
  const tag = role === undefined ? null : <Tag>{t(`shell.role.${role}`)}</Tag>;
  return (
    <Panel title={name} actions={tag}>
      <p class="line-facts">
        <span>{t('patient.sharing.since', { date: dateText(grant.createdMs) })}</span>
        <span>{t('patient.sharing.until', { date: dateText(grant.expiresAtMs) })}</span>
        {grant.isOwn ? null : (
          <span>{t('patient.sharing.by', { name: whoText(grant.issuerName, grant.issuer, false) })}</span>
        )}
        {grant.state === 'over' ? <Tag>{t('patient.sharing.state.over')}</Tag> : null}
        {grant.state === 'revoked' ? (
          <Tag tone="halt">{t('patient.sharing.state.revoked', { height: grant.revokedHeight ?? 0 })}</Tag>
        ) : null}
      </p>
      <Summary
        rows={[
          { label: t('patient.sharing.what'), value: what },
          ...(first === undefined || last === undefined
            ? []
            : [{ label: t('patient.share.months'), value: t('patient.sharing.months', { first, last }) }]),
          ...(grant.purpose === ''
            ? []
            : [{ label: t('patient.sharing.why'), value: purposeName(grant.purpose) }]),
        ]}
      />
      {onRevoke === undefined ? null : (
        <Button
          kind="danger"
          onClick={() => onRevoke(grant)}
          label={`${t('patient.sharing.revoke')}: ${name}`}
        >
          {t('patient.sharing.revoke')}
        </Button>
      )}
    </Panel>
  );
}

const ROLES = ['doctor', 'researcher'] as const;

function Revoke(props: {
  grant: GrantLine | undefined;
  onClose: () => void;
  onDone: (height: number) => void;
}) {
  const { grant } = props;
  const revoke = useAction('patient.revoke');
  const act = async (): Promise<void> => {
    if (grant === undefined) return;
    const done = await revoke.run({ grant: grant.id });
    if (done !== undefined) props.onDone(done.height);
  };
  const name = grant === undefined ? '' : whoText(grant.delegateName, grant.delegate, false);
  return (
    <Dialog
      title={t('patient.sharing.revoke.title', { name })}
      isOpen={grant !== undefined}
      onClose={props.onClose}
      closeLabel={t('design.cancel')}
    >
      <p>{t('patient.sharing.revoke.does')}</p>
      <p>
        <strong>{t('patient.sharing.revoke.not')}</strong>
      </p>
      {revoke.error === undefined ? null : <Failure error={revoke.error} />}
      {revoke.isRunning ? <Progress step={revoke.step} label={t('design.commit.waiting')} /> : null}
      <Button kind="danger" isBusy={revoke.isRunning} onClick={() => void act()}>
        {t('patient.sharing.revoke')}
      </Button>
    </Dialog>
  );
}
