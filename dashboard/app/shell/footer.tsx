import { status } from '../state/network.ts';
import { session } from '../state/session.ts';
import { t } from '../words/translate.ts';

export function Footer() {
  const name = status.value?.name;
  const now = session.value;
  const isPatient = now.kind === 'signed-in' && now.person.role === 'patient';
  return (
    <footer class="footer">
      <p>{name === undefined ? '' : t('shell.footer.node', { name })}</p>
      <ul>
        <li>
          <a href="/network">{t('shell.network')}</a>
        </li>
        <li>
          <a href="/verify">{t('shell.footer.verify')}</a>
        </li>
        <li>
          <a href="/about">{t('shell.footer.about')}</a>
        </li>
        {isPatient ? null : (
          <li>
            <a href="/api/v1/openapi.json">{t('shell.footer.api')}</a>
          </li>
        )}
      </ul>
    </footer>
  );
}
