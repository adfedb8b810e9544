import type { ComponentChildren } from 'preact';
import { Failure, Loading } from '../../design/index.ts';
import type { CallState } from '../../state/use-call.ts';

/** Waits in words, fails in words, and shows the rest once it is there. */
export function Ready<T>({
  of: state,
  what,
  children,
}: {
  of: CallState<T>;
  /** What is being done, when the work itself does not say. */
  what?: string;
  children: (value: T) => ComponentChildren;
}) {
  switch (state.kind) {
    case 'loading':
      return <Loading step={state.step} {...(what === undefined ? {} : { what })} />;
    case 'failed':
      return <Failure error={state.error} onRetry={state.reload} />;
    case 'ready':
      return <>{children(state.value)}</>;
  }
}
