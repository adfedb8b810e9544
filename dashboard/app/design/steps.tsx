import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../words/translate.ts';
import { Button } from './button.tsx';
import { ErrorSummary } from './error-summary.tsx';
import type { Problem } from './error-summary.tsx';
import { Summary } from './summary.tsx';
import type { SummaryRow } from './summary.tsx';

/** One question of a wizard. */
export interface Step<V> {
  id: string;
  title: string;
  fields: (values: V, set: (part: Partial<V>) => void, problems: readonly Problem[]) => ComponentChildren;
  /** What is wrong with the answer; empty when one may go on. May have to fetch what it compares with. */
  check: (values: V) => Problem[] | Promise<Problem[]>;
  /** The answer as it stands among the answers to check. */
  answers: (values: V) => SummaryRow[];
}

/** One question a page, then all answers to check, then the act. Nothing happens before the last button. */
export function Steps<V>(props: {
  steps: readonly Step<V>[];
  initial: V;
  submitLabel: string;
  onSubmit: (values: V) => void;
  isBusy?: boolean;
  onCancel?: () => void;
  /** What must be read before the last button. */
  beforeSubmit?: (values: V) => ComponentChildren;
  /** Progress or failure of the act. */
  outcome?: ComponentChildren;
}) {
  const { steps } = props;
  const [values, setValues] = useState(props.initial);
  const [at, setAt] = useState(0);
  const [isChecking, setChecking] = useState(false);
  const [isLooking, setLooking] = useState(false);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  // Before it is painted: a key pressed as soon as the question shows must find the focus where it stays.
  useLayoutEffect(() => {
    if (!isFirst.current) heading.current?.focus();
    isFirst.current = false;
  }, [at]);
  const step = steps[at];
  const go = (to: number): void => {
    setProblems([]);
    setAt(to);
  };
  const next = async (): Promise<void> => {
    setLooking(true);
    const found = (await step?.check(values)) ?? [];
    setLooking(false);
    setProblems(found);
    if (found.length > 0) return;
    if (isChecking) go(steps.length);
    else go(at + 1);
    if (at + 1 >= steps.length) setChecking(true);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (isLooking) return;
    if (step !== undefined) void next();
    else if (props.isBusy !== true) props.onSubmit(values);
  };
  const set = (part: Partial<V>): void => setValues((before) => ({ ...before, ...part }));
  return (
    <form class="steps" noValidate onSubmit={submit}>
      <p class="step-count">{t('design.step-of', { step: at + 1, total: steps.length + 1 })}</p>
      <h2 ref={heading} tabIndex={-1}>
        {step?.title ?? t('design.check-answers')}
      </h2>
      <ErrorSummary problems={problems} />
      {step === undefined ? (
        <Answers {...props} values={values} onChange={go} />
      ) : (
        step.fields(values, set, problems)
      )}
      <div class="actions">
        <Button type="submit" isBusy={isLooking || (props.isBusy ?? false)}>
          {step === undefined ? props.submitLabel : t('design.continue')}
        </Button>
        <Others {...props} at={at} onBack={() => go(at - 1)} />
      </div>
    </form>
  );
}

function Others(props: { at: number; isBusy?: boolean; onBack: () => void; onCancel?: () => void }) {
  const { at, isBusy, onBack, onCancel } = props;
  return (
    <>
      {at > 0 ? (
        <Button kind="secondary" disabled={isBusy ?? false} onClick={onBack}>
          {t('design.back')}
        </Button>
      ) : null}
      {onCancel === undefined ? null : (
        <Button kind="quiet" onClick={onCancel}>
          {t('design.cancel')}
        </Button>
      )}
    </>
  );
}

function Answers<V>(props: {
  steps: readonly Step<V>[];
  values: V;
  onChange: (at: number) => void;
  beforeSubmit?: (values: V) => ComponentChildren;
  outcome?: ComponentChildren;
}) {
  const { steps, values, onChange } = props;
  const rows = steps.flatMap((step, at) =>
    step.answers(values).map((row) => ({
      ...row,
      action: (
        <button
          type="button"
          class="link"
          aria-label={`${t('design.change')}: ${row.label}`}
          onClick={() => onChange(at)}
        >
          {t('design.change')}
        </button>
      ),
    })),
  );
  return (
    <>
      <Summary rows={rows} />
      {props.beforeSubmit?.(values)}
      {props.outcome}
    </>
  );
}
