import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../worker/call.ts';
import type { DraftValues } from '../worker/draft/calls.ts';
import { session } from './session.ts';

/** Not at every key, and soon enough that little is lost. */
const SAVE_AFTER_MS = 600;

export interface KeptDraft {
  /** When what is shown was typed; undefined unless it was brought back. */
  restoredAtMs: number | undefined;
  /** The form was sent, or is to be begun anew: nothing of it stays. */
  drop(): void;
}

const isBlank = (values: DraftValues): boolean => Object.values(values).every((text) => text.trim() === '');

/**
 * Keeps what is typed into a form, sealed by the worker, and brings it back after a reload. `values` has only what the
 * person typed: empty, when there is nothing to keep.
 */
export function useDraft<V extends DraftValues>(
  form: string,
  values: V,
  restore: (values: Partial<V>) => void,
): KeptDraft {
  const [restoredAtMs, setRestoredAtMs] = useState<number>();
  /** Nothing is written before it is known what was there, nor after the form was sent. */
  const phase = useRef<'looking' | 'keeping' | 'sent'>('looking');
  const text = JSON.stringify(values);
  const last = useRef(text);
  last.current = text;
  useEffect(() => {
    phase.current = 'looking';
    let isCurrent = true;
    const begun = last.current;
    void call('draft.load', { form })
      .catch(() => null)
      .then((draft) => {
        if (!isCurrent) return;
        phase.current = 'keeping';
        // Who has begun to type anew wants that, not what was before.
        if (draft === null || last.current !== begun) return;
        setRestoredAtMs(draft.savedAtMs);
        restore(draft.values as Partial<V>);
      });
    return () => {
      isCurrent = false;
    };
  }, [form]);
  useEffect(() => {
    if (phase.current === 'sent' && isBlank(values)) return;
    const save = (): void => {
      if (phase.current !== 'keeping' || session.value.kind !== 'signed-in') return;
      const kept = isBlank(values)
        ? call('draft.drop', { form })
        : call('draft.save', { form, values }).then(() => undefined);
      void kept.catch(() => undefined);
    };
    if (phase.current === 'sent') phase.current = 'keeping';
    const timer = window.setTimeout(save, SAVE_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  const drop = (): void => {
    phase.current = 'sent';
    setRestoredAtMs(undefined);
    void call('draft.drop', { form }).catch(() => undefined);
  };
  return { restoredAtMs, drop };
}
