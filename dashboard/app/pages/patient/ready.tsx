import type { ComponentChildren } from 'preact';
import { Failure, Loading } from '../../design/index.ts';
import type { CallState } from '../../state/use-call.ts';

/** Shows what was asked for when it is there; until then that it comes, or why it does not. */
export function Ready<T>({
  state,
  children,
}: {
  state: CallState<T>;
  children: (value: T) => ComponentChildren;
}) {
  if (state.kind === 'loading') return <Loading step={state.step} />;
  if (state.kind === 'failed') return <Failure error={state.error} onRetry={state.reload} />;
  return <>{children(state.value)}</>;
}
