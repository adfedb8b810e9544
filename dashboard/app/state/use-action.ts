import { useRef, useState } from 'preact/hooks';
import { call } from '../worker/call.ts';
import type { CallError } from '../worker/call-error.ts';
import type { CallName, InputOf, OutputOf } from '../worker/calls.ts';
import type { Step } from '../worker/messages.ts';

export interface Action<I, O> {
  /** Undefined when it failed: `error` says why. */
  run(input: I): Promise<O | undefined>;
  stop(): void;
  isRunning: boolean;
  step: Step | undefined;
  error: CallError | undefined;
}

/** Something that a person sets off: one at a time, with its progress and its failure. */
export function useAction<N extends CallName>(name: N): Action<InputOf<N>, OutputOf<N>> {
  const [isRunning, setRunning] = useState(false);
  const [step, setStep] = useState<Step>();
  const [error, setError] = useState<CallError>();
  const running = useRef<AbortController>(undefined);
  const run = async (input: InputOf<N>): Promise<OutputOf<N> | undefined> => {
    if (running.current !== undefined) return undefined;
    const controller = new AbortController();
    running.current = controller;
    setRunning(true);
    setStep(undefined);
    setError(undefined);
    try {
      return await call(name, input, { signal: controller.signal, onProgress: setStep });
    } catch (failure) {
      setError(failure as CallError);
      return undefined;
    } finally {
      running.current = undefined;
      setRunning(false);
    }
  };
  return { run, stop: () => running.current?.abort(), isRunning, step, error };
}
