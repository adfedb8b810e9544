import { useEffect, useState } from 'preact/hooks';
import { t } from '../words/translate.ts';
import type { Step } from '../worker/messages.ts';

/** Nothing for a moment, then words: nobody looks at a silent spinner for longer than a second. */
const WORDS_AFTER_MS = 400;

const STEPS = ['sealed', 'stored', 'anchored', 'searched', 'opened', 'read'] as const;

/** What is being done, with how much of it. */
export function stepText({ what, done, total }: Step): string {
  const known = STEPS.find((each) => each === what);
  return t(`design.step.${known ?? 'other'}`, { done, total });
}

export function Loading({ step, what }: { step?: Step | undefined; what?: string }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLong(true), WORDS_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <div class="loading" role="status" aria-live="polite">
      <span class="loading-bar" aria-hidden="true" />
      {isLong ? <p>{step === undefined ? (what ?? t('design.loading')) : stepText(step)}</p> : null}
    </div>
  );
}

/** A bar with its words: those of the step when we have any for it, else the label. No total: nobody knows it yet. */
export function Progress({ step, label }: { step: Step | undefined; label: string }) {
  const isKnown = STEPS.some((each) => each === step?.what);
  const text = step === undefined || !isKnown ? label : stepText(step);
  return (
    <div class="progress">
      <p role="status">{text}</p>
      <progress
        aria-label={label}
        {...(step === undefined || step.total === 0 ? {} : { value: step.done, max: step.total })}
      />
    </div>
  );
}
