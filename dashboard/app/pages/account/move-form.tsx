import { Data, Failure, Notice, Progress, RadiosField, Steps } from '../../design/index.ts';
import type { Step } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { emptyApplication, patientSteps, profileOf } from '../public/register-steps.tsx';
import type { Application } from '../public/register-steps.tsx';

type View = OutputOf<'patient.institution'>;
type Wish = Application & { home: string };

/** Where to, what the new institution may read, and the answers to check: nothing happens before the signature. */
export function MoveForm({
  view,
  onCancel,
  onDone,
}: {
  view: View;
  onCancel: () => void;
  onDone: (height: number) => void;
}) {
  const move = useAction('patient.move');
  const submit = async (values: Wish): Promise<void> => {
    const done = await move.run({ home: values.home, profile: profileOf(values) });
    if (done !== undefined) onDone(done.height);
  };
  return (
    <Steps<Wish>
      steps={[homeStep(view.others), ...patientSteps()]}
      initial={{ ...emptyApplication, ...view.profile, home: '' }}
      submitLabel={t('ties.moving.submit')}
      isBusy={move.isRunning}
      onSubmit={(values) => void submit(values)}
      onCancel={onCancel}
      beforeSubmit={({ home }) => (
        <Notice>
          <p>{t('ties.moving.sees', { name: nameIn(view.others, home) })}</p>
        </Notice>
      )}
      outcome={
        <>
          {move.isRunning ? <Progress step={move.step} label={t('ties.moving.working')} /> : null}
          {move.error === undefined ? null : <Failure error={move.error} />}
        </>
      }
    />
  );
}

const nameIn = (others: View['others'], home: string): string =>
  others.find(({ id }) => id === home)?.name ?? '';

const homeStep = (others: View['others']): Step<Wish> => ({
  id: 'home',
  title: t('ties.moving.choose'),
  fields: ({ home }, set, problems) => (
    <RadiosField
      name="home"
      label={t('ties.moving.choose')}
      value={home === '' ? undefined : home}
      onChange={(next) => set({ home: next })}
      choices={others.map(({ id, name }) => ({ value: id, label: name }))}
      problems={problems}
    />
  ),
  check: ({ home }) => (home === '' ? [{ field: 'home', text: t('ties.moving.choose.missing') }] : []),
  answers: ({ home }) => [{ label: t('ties.moving.choose'), value: <Data>{nameIn(others, home)}</Data> }],
});
