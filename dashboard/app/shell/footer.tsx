import { status } from '../state/network.ts';
import { t } from '../words/translate.ts';

export function Footer() {
  const name = status.value?.name;
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
        <li>
          <a href="/api/v1/openapi.json">{t('shell.footer.api')}</a>
        </li>
      </ul>
    </footer>
  );
}
