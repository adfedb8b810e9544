import { useState } from 'preact/hooks';
import type { PersonRole } from '#consensus/ledger';
import { ALL_ROUTES } from '../router/all-routes.ts';
import { path } from '../router/location.ts';
import { t } from '../words/translate.ts';

/**
 * The sections of a role: a column beside the page, or behind one button on a phone. Who waits for approval has an
 * account, and nothing of the role yet.
 */
export function Navigation({ role, isActive }: { role: PersonRole; isActive: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const here = path.value;
  const entries = ALL_ROUTES.filter(
    (route) => (isActive && route.role === role) || route.role === 'signed-in',
  )
    .flatMap(({ navigation, path: to }) => (navigation === undefined ? [] : [{ ...navigation, to }]))
    .toSorted((a, b) => a.order - b.order);
  const isHere = (to: string): boolean =>
    here === to || (here.startsWith(`${to}/`) && to.split('/').length > 2);
  return (
    <nav class={isOpen ? 'menu is-open' : 'menu'} aria-label={t('shell.sections')}>
      <button
        type="button"
        class="button is-secondary menu-button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {t(isOpen ? 'shell.menu.close' : 'shell.menu')}
      </button>
      <ul>
        {entries.map(({ to, label }) => (
          <li key={to}>
            <a href={to} aria-current={isHere(to) ? 'page' : undefined} onClick={() => setOpen(false)}>
              {t(label)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
