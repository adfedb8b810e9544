import { useState } from 'preact/hooks';
import {
  Button,
  CheckboxesField,
  CopyCode,
  ErrorSummary,
  Failure,
  Notice,
  Panel,
  Progress,
  QrCode,
  SelectField,
  TextArea,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import { minuteText } from '../../words/dates.ts';
import { categoryName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';

const WRITABLE = ['vital-signs', 'laboratory', 'device', 'other'];
const AHEAD = ['1', '3', '6', '12'] as const;

/** A code for the device, its answer back, and what it may write. Two texts cross by hand or by camera. */
export function EnrolDevice({ onDone }: { onDone: () => void }) {
  const invite = useAction('patient.invite');
  const [code, setCode] = useState<{ code: string; expiresAtMs: number }>();
  const [height, setHeight] = useState<number>();
  const ask = async (): Promise<void> => {
    setHeight(undefined);
    setCode(await invite.run());
  };
  const done = (at: number): void => {
    setCode(undefined);
    setHeight(at);
    onDone();
  };
  return (
    <Panel title={t('patient.devices.enrol')}>
      <div role="status">
        {height === undefined ? null : <Notice tone="good">{t('patient.devices.added', { height })}</Notice>}
      </div>
      <h3>{t('patient.devices.step.1')}</h3>
      {code === undefined ? (
        <Button kind="secondary" isBusy={invite.isRunning} onClick={() => void ask()}>
          {t('patient.devices.invite')}
        </Button>
      ) : (
        <div class="stack">
          <QrCode text={code.code} />
          <CopyCode code={code.code} label={t('patient.devices.code')} />
          <p class="soft">{t('patient.devices.code.until', { time: minuteText(code.expiresAtMs) })}</p>
          <Answer onDone={done} />
        </div>
      )}
      {invite.error === undefined ? null : <Failure error={invite.error} />}
    </Panel>
  );
}

function Answer({ onDone }: { onDone: (height: number) => void }) {
  const enrol = useAction('patient.enrol');
  const [answer, setAnswer] = useState('');
  const [categories, setCategories] = useState(['vital-signs']);
  const [ahead, setAhead] = useState<(typeof AHEAD)[number]>('3');
  const [problems, setProblems] = useState<Problem[]>([]);
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const found = [
      ...(answer.trim() === '' ? [{ field: 'answer', text: t('patient.devices.answer.wrong') }] : []),
      ...(categories.length === 0 ? [{ field: 'writes', text: t('patient.devices.categories.wrong') }] : []),
    ];
    setProblems(found);
    if (found.length > 0) return;
    const done = await enrol.run({ answer, categories, monthsAhead: Number(ahead) });
    if (done !== undefined) onDone(done.height);
  };
  return (
    <form noValidate onSubmit={(event) => void send(event)}>
      <h3>{t('patient.devices.step.2')}</h3>
      <ErrorSummary problems={problems} />
      <TextArea
        name="answer"
        label={t('patient.devices.answer')}
        problems={problems}
        value={answer}
        onInput={setAnswer}
      />
      <CheckboxesField
        name="writes"
        label={t('patient.devices.categories')}
        problems={problems}
        values={categories}
        onChange={setCategories}
        choices={WRITABLE.map((value) => ({ value, label: categoryName(value) }))}
      />
      <SelectField
        name="ahead"
        label={t('patient.devices.ahead')}
        value={ahead}
        onChange={setAhead}
        options={AHEAD.map((value) => ({
          value,
          label: t('patient.devices.ahead.months', { count: Number(value) }),
        }))}
      />
      {enrol.isRunning ? <Progress step={enrol.step} label={t('design.commit.waiting')} /> : null}
      {enrol.error === undefined ? null : <Failure error={enrol.error} />}
      <div class="actions">
        <Button type="submit" isBusy={enrol.isRunning}>
          {t('patient.devices.add')}
        </Button>
      </div>
    </form>
  );
}
