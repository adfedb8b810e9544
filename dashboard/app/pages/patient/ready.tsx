import type { ComponentChildren } from 'preact';
import { Failure, Link, Loading } from '../../design/index.ts';
import { session } from '../../state/session.ts';
import type { CallState } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';

/** Shows what was asked for when it is there; until then that it comes, or why it does not. */
export function Ready<T>({
  state,
  children,
}: {
  state: CallState<T>;
  children: (value: T) => ComponentChildren;
}) {
  if (state.kind === 'loading') return <Loading step={state.step} />;
  if (state.kind === 'ready') return <>{children(state.value)}</>;
  const { error, reload } = state;
  const now = session.value;
  const isSealed =
    error.facts['what'] === 'keyring-shut' && now.kind === 'signed-in' && now.person.role === 'patient';
  return (
    <>
      <Failure error={error} onRetry={reload} />
      {isSealed ? (
        <p>
          <Link to="/patient/sealed" kind="primary">
            {t('patient.sealed.link')}
          </Link>
        </p>
      ) : null}
    </>
  );
}
