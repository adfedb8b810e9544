import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../worker/call.ts';
import type { CallError } from '../worker/call-error.ts';
import type { CallName, InputOf, OutputOf } from '../worker/calls.ts';
import type { Step } from '../worker/messages.ts';
import { connection } from './network.ts';
import { session } from './session.ts';

export type CallState<T> =
  | { kind: 'loading'; step?: Step; reload: () => void }
  | { kind: 'ready'; value: T; isReloading: boolean; reload: () => void }
  | { kind: 'failed'; error: CallError; reload: () => void };

type Settled<T> = { kind: 'ready'; value: T } | { kind: 'failed'; error: CallError };

/** What a call fails with while the window is locked, or when its session has just ended. */
const WITHOUT_KEYS: ReadonlySet<string> = new Set(['no-keys', 'unauthorized']);

/**
 * Asks when the page is shown, again when the input differs or on `reload`, and stops asking when it is left.
 * What is shown stays while it is asked again. What a node that was away did not answer is asked again when it is back.
 */
export function useCall<N extends CallName>(name: N, input: InputOf<N>): CallState<OutputOf<N>> {
  const [settled, setSettled] = useState<Settled<OutputOf<N>>>();
  const [step, setStep] = useState<Step>();
  const [isReloading, setReloading] = useState(false);
  const [round, setRound] = useState(0);
  const asked = useRef('');
  const isMissed = useRef(false);
  const isUnreached = useRef(false);
  const key = JSON.stringify([name, input]);
  useEffect(() => {
    const controller = new AbortController();
    if (asked.current !== key) setSettled(undefined);
    asked.current = key;
    setReloading(true);
    call(name, input, { signal: controller.signal, onProgress: setStep }).then(
      (value) => {
        if (controller.signal.aborted) return;
        setSettled({ kind: 'ready', value });
        setReloading(false);
      },
      (error: CallError) => {
        if (controller.signal.aborted) return;
        setReloading(false);
        isMissed.current = WITHOUT_KEYS.has(error.code);
        isUnreached.current = error.code === 'unreachable';
        // Behind the lock nothing can be asked: what is shown stays, and it is asked again after unlocking.
        if (session.value.kind !== 'locked') setSettled({ kind: 'failed', error });
      },
    );
    return () => controller.abort();
  }, [key, round]);
  const isLocked = session.value.kind === 'locked';
  useEffect(() => {
    if (isLocked || !isMissed.current) return;
    isMissed.current = false;
    setRound((n) => n + 1);
  }, [isLocked]);
  const isConnected = connection.value === 'connected';
  useEffect(() => {
    if (!isConnected || !isUnreached.current) return;
    isUnreached.current = false;
    setRound((n) => n + 1);
  }, [isConnected]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  if (settled === undefined) return { kind: 'loading', ...(step === undefined ? {} : { step }), reload };
  return settled.kind === 'ready' ? { ...settled, isReloading, reload } : { ...settled, reload };
}
