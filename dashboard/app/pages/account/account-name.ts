import { useCall } from '../../state/use-call.ts';
import type { CallState } from '../../state/use-call.ts';
import type { OutputOf } from '../../worker/calls.ts';

type Wraps = OutputOf<'account.wraps'>;

/** The ways into the account, and the account name that its passphrase goes with; empty until it is known. */
export function useWraps(): { wraps: CallState<Wraps>; name: string } {
  const wraps = useCall('account.wraps', undefined);
  const list = wraps.kind === 'ready' ? wraps.value : [];
  return { wraps, name: list.find(({ kind }) => kind === 'passphrase')?.label ?? '' };
}
