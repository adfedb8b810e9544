import { useState } from 'preact/hooks';
import {
  Button,
  Data,
  Dialog,
  Empty,
  Failure,
  Link,
  Loading,
  Notice,
  Page as Frame,
  Panel,
  Table,
  TextField,
  Time,
} from '../../design/index.ts';
import { session } from '../../state/session.ts';
import { useAction } from '../../state/use-action.ts';
import { call } from '../../worker/call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { useWraps } from './account-name.ts';
import { Confirm } from './confirm.tsx';
import { hasPasskeys, makePasskey } from './passkey.ts';

type Wrap = OutputOf<'account.wraps'>[number];

/** Passkeys of this account: one for each device, each opens the account alone. */
export function Page() {
  const { wraps, name } = useWraps();
  const [removing, setRemoving] = useState<Wrap>();
  const [adding, setAdding] = useState<'no' | 'asked' | 'confirmed'>('no');
  return (
    <Frame title={t('account.passkeys.title')} lead={t('account.passkeys.lead')}>
      {wraps.kind === 'loading' ? <Loading /> : null}
      {wraps.kind === 'failed' ? <Failure error={wraps.error} onRetry={wraps.reload} /> : null}
      {wraps.kind === 'ready' ? (
        <PasskeyTable
          passkeys={wraps.value.filter(({ kind }) => kind === 'passkey')}
          onRemove={(wrap) => {
            // One question at a time.
            setAdding('no');
            setRemoving(wrap);
          }}
        />
      ) : null}
      <AddPanel step={adding} onStep={setAdding} onAdded={wraps.reload} accountName={name} />
      <Panel title={t('account.devices.title')}>
        <p>{t('account.devices.text')}</p>
        <p>
          <Link to="/account/sessions">{t('account.sessions.title')}</Link>
        </p>
      </Panel>
      <RemoveDialog
        wrap={removing}
        accountName={name}
        onClose={(isRemoved) => {
          setRemoving(undefined);
          if (isRemoved) wraps.reload();
        }}
      />
    </Frame>
  );
}

function PasskeyTable({ passkeys, onRemove }: { passkeys: Wrap[]; onRemove: (wrap: Wrap) => void }) {
  if (passkeys.length === 0) {
    return (
      <Empty title={t('account.passkeys.none')}>
        <p>{t('account.passkeys.none.text')}</p>
      </Empty>
    );
  }
  const labelOf = ({ label }: Wrap): string => (label === '' ? t('account.passkeys.unnamed') : label);
  return (
    <Table
      caption={t('account.passkeys.title')}
      isCaptionHidden
      rows={passkeys}
      keyOf={({ lookup }) => lookup}
      columns={[
        {
          id: 'label',
          label: t('account.passkeys.label'),
          isHead: true,
          cell: (wrap) => <Data>{labelOf(wrap)}</Data>,
        },
        {
          id: 'since',
          label: t('account.passkeys.since'),
          cell: ({ createdAtMs }) => <Time atMs={createdAtMs} />,
        },
        {
          id: 'remove',
          label: t('account.passkeys.action'),
          cell: (wrap) => (
            <Button
              kind="quiet"
              label={`${t('account.passkeys.remove')}: ${labelOf(wrap)}`}
              onClick={() => onRemove(wrap)}
            >
              {t('account.passkeys.remove')}
            </Button>
          ),
        },
      ]}
    />
  );
}

/** A passkey opens the account alone: a window that was left open is not enough to add one. */
function AddPanel(props: {
  step: 'no' | 'asked' | 'confirmed';
  onStep: (step: 'asked' | 'confirmed') => void;
  onAdded: () => void;
  accountName: string;
}) {
  const { step, onStep, onAdded, accountName } = props;
  if (!hasPasskeys()) {
    return (
      <Notice tone="wait">
        <p>{t('public.passkey.unsupported')}</p>
      </Notice>
    );
  }
  return (
    <Panel title={t('account.passkeys.add')}>
      {step === 'no' ? (
        <div class="actions">
          <Button onClick={() => onStep('asked')}>{t('account.passkeys.add')}</Button>
        </div>
      ) : step === 'asked' ? (
        <Confirm
          name={accountName}
          why={t('account.passphrase.why')}
          onConfirmed={() => onStep('confirmed')}
        />
      ) : (
        <AddPasskey onAdded={onAdded} accountName={accountName} />
      )}
    </Panel>
  );
}

function AddPasskey({ onAdded, accountName }: { onAdded: () => void; accountName: string }) {
  const [label, setLabel] = useState('');
  const [trouble, setTrouble] = useState<'cancelled' | 'unsupported'>();
  const [isAdded, setAdded] = useState(false);
  const [isMissing, setMissing] = useState(false);
  const add = useAction('account.add-passkey');
  const now = session.value;
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setMissing(label.trim() === '');
    setTrouble(undefined);
    setAdded(false);
    if (label.trim() === '') return;
    const salt = await call('account.passkey-salt', undefined);
    const shown = accountName === '' && now.kind === 'signed-in' ? now.person.name : accountName;
    const outcome = await makePasskey(salt, shown);
    if (outcome.kind !== 'done') return setTrouble(outcome.kind);
    const kept = add.run({ prf: outcome.prf, label: label.trim() });
    outcome.prf.fill(0);
    if ((await kept) !== true) return;
    setAdded(true);
    setLabel('');
    onAdded();
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <TextField
        name="passkey-label"
        label={t('account.passkeys.label')}
        hint={t('account.passkeys.label.hint')}
        value={label}
        onInput={setLabel}
        lengthMax={80}
        problems={isMissing ? [{ field: 'passkey-label', text: t('account.passkeys.label.missing') }] : []}
      />
      {add.error === undefined ? null : <Failure error={add.error} />}
      {trouble === undefined ? null : (
        <Notice tone="wait">
          <p>{t(`public.passkey.${trouble}`)}</p>
        </Notice>
      )}
      <p role="status">{isAdded ? t('account.passkeys.added') : ''}</p>
      <div class="actions">
        <Button type="submit" isBusy={add.isRunning}>
          {t('account.passkeys.add')}
        </Button>
      </div>
    </form>
  );
}

function RemoveDialog(props: {
  wrap: Wrap | undefined;
  accountName: string;
  onClose: (isRemoved: boolean) => void;
}) {
  const remove = useAction('account.remove-wrap');
  const { wrap } = props;
  const run = async (): Promise<void> => {
    if (wrap === undefined) return;
    if ((await remove.run({ lookup: wrap.lookup })) === true) props.onClose(true);
  };
  return (
    <Dialog
      title={t('account.passkeys.remove.title')}
      isOpen={wrap !== undefined}
      onClose={() => props.onClose(false)}
      closeLabel={t('account.passkeys.keep')}
    >
      <p>
        <Data>{wrap?.label ?? ''}</Data>
      </p>
      <Confirm
        name={props.accountName}
        why={t('account.passkeys.remove.text')}
        onConfirmed={() => void run()}
      />
      {remove.error === undefined ? null : <Failure error={remove.error} />}
    </Dialog>
  );
}
