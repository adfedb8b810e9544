import { navigate, query } from '../../router/location.ts';
import { nextOf } from './next-path.ts';
import type { Entry } from './unlock-form.tsx';

/** Where to go after the sign-in: back to where the person wanted to go, else to the home of her role. */
export function arrive(entry: Entry): void {
  if (entry.kind !== 'in') return;
  const { person } = entry;
  if (person.state === 'pending') return navigate('/account/application', 'replace');
  navigate(nextOf(query.value) ?? `/${person.role}`, 'replace');
}
