import { useState } from 'preact/hooks';
import {
  Agreed,
  Button,
  Data,
  Dialog,
  Empty,
  Failure,
  Notice,
  Page as Frame,
  Panel,
  Summary,
  Time,
} from '../../design/index.ts';
import { session } from '../../state/session.ts';
import { useAction } from '../../state/use-action.ts';
import { useCall } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { Ready } from '../parts/ready.tsx';
import { MoveForm } from './move-form.tsx';

type View = OutputOf<'patient.institution'>;

/** To whom I belong, and for a patient, how to belong to another institution. */
export function Page() {
  const now = session.value;
  if (now.kind !== 'signed-in') return null;
  const { role, state } = now.person;
  return (
    <Frame title={t('account.institution.title')} lead={t('ties.moving.lead')}>
      {role === 'patient' && state === 'active' ? <Patient /> : <Others isStaff={role !== 'patient'} />}
    </Frame>
  );
}

function Others({ isStaff }: { isStaff: boolean }) {
  const own = useCall('account.application', undefined);
  const key = isStaff ? 'ties.moving.staff' : 'ties.moving.inactive';
  return (
    <Ready of={own}>
      {({ home }) => (
        <>
          <Summary rows={[{ label: t('ties.moving.home'), value: <Data>{home}</Data> }]} />
          <Notice title={t(key)}>
            <p>{t(`${key}.text`)}</p>
          </Notice>
        </>
      )}
    </Ready>
  );
}

function Patient() {
  const state = useCall('patient.institution', undefined);
  const [height, setHeight] = useState<number>();
  const done = (at: number): void => {
    setHeight(at);
    state.reload();
  };
  return (
    <>
      <Agreed height={height} />
      <Ready of={state}>
        {(view) => (
          <>
            <Home view={view} />
            {view.wish === null ? (
              <Ask view={view} onDone={done} />
            ) : (
              <Waiting wish={view.wish} onLook={state.reload} onDone={done} />
            )}
            <Meaning />
          </>
        )}
      </Ready>
    </>
  );
}

function Home({ view: { home, isRecovering } }: { view: View }) {
  return (
    <>
      <Summary rows={[{ label: t('ties.moving.home'), value: <Data>{home.name}</Data> }]} />
      {home.isMember ? null : (
        <Notice tone="wait" title={t('ties.moving.home.left', { name: home.name })}>
          <p>{t('ties.moving.home.left.text')}</p>
        </Notice>
      )}
      {isRecovering ? (
        <Notice tone="halt" title={t('ties.moving.recovery')}>
          <p>{t('ties.moving.recovery.text')}</p>
        </Notice>
      ) : null}
    </>
  );
}

const MEANING = ['stays', 'changes', 'who', 'doctor', 'sign-in', 'visible'] as const;

function Meaning() {
  return (
    <Panel title={t('ties.moving.what')}>
      <ul class="numbered">
        {MEANING.map((each) => (
          <li key={each}>{t(`ties.moving.${each}`)}</li>
        ))}
      </ul>
    </Panel>
  );
}

function Ask({ view, onDone }: { view: View; onDone: (height: number) => void }) {
  const [isAsking, setAsking] = useState(false);
  if (view.others.length === 0) {
    return (
      <Empty title={t('ties.moving.none')}>
        <p>{t('ties.moving.none.text')}</p>
      </Empty>
    );
  }
  if (isAsking) return <MoveForm view={view} onCancel={() => setAsking(false)} onDone={onDone} />;
  return view.isRecovering ? null : (
    <div class="actions">
      <Button onClick={() => setAsking(true)}>{t('ties.moving.begin')}</Button>
    </div>
  );
}

/** The wish is on the ledger: what is waited for, and the way back. */
function Waiting(props: {
  wish: NonNullable<View['wish']>;
  onLook: () => void;
  onDone: (height: number) => void;
}) {
  const { name, height, receiveFromMs, isDue } = props.wish;
  const stay = useAction('patient.stay');
  const [isOpen, setOpen] = useState(false);
  const act = async (): Promise<void> => {
    const done = await stay.run();
    if (done === undefined) return;
    setOpen(false);
    props.onDone(done.height);
  };
  return (
    <Panel title={t('ties.moving.waiting', { name })}>
      <Summary
        rows={[
          { label: t('ties.moving.waiting.since'), value: t('ties.moving.waiting.block', { height }) },
          {
            label: t('ties.moving.waiting.from'),
            value: isDue ? t('ties.moving.waiting.due') : <Time atMs={receiveFromMs} />,
          },
        ]}
      />
      <p>{t('ties.moving.waiting.next', { name })}</p>
      <div class="actions">
        <Button kind="secondary" onClick={props.onLook}>
          {t('ties.moving.look')}
        </Button>
        <Button kind="danger" onClick={() => setOpen(true)}>
          {t('ties.moving.stay')}
        </Button>
      </div>
      <Dialog
        title={t('ties.moving.stay.title')}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        closeLabel={t('design.cancel')}
      >
        <p>{t('ties.moving.stay.text', { name })}</p>
        {stay.error === undefined ? null : <Failure error={stay.error} />}
        <Button isBusy={stay.isRunning} onClick={() => void act()}>
          {t('ties.moving.stay.action')}
        </Button>
      </Dialog>
    </Panel>
  );
}
