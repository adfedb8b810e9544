import { Button, Link, Page } from '../design/index.ts';
import { navigate, path } from '../router/location.ts';
import { session } from '../state/session.ts';
import { t } from '../words/translate.ts';

/** No page has this path. */
export function NotFound() {
  return (
    <Page title={t('shell.not-found.title')}>
      <p>{t('shell.not-found.text')}</p>
      <p>
        <Link to="/">{t('shell.not-found.home')}</Link>
      </p>
    </Page>
  );
}

/** The page is for another role than the one of the person who is signed in. */
export function NotYours() {
  const now = session.value;
  const role = now.kind === 'signed-in' ? t(`shell.role.${now.person.role}`) : '';
  return (
    <Page title={t('shell.not-yours.title')}>
      <p>{t('shell.not-yours.text', { role })}</p>
      <p>
        <Link to="/">{t('shell.not-found.home')}</Link>
      </p>
    </Page>
  );
}

/** The page needs keys: after the sign-in the person comes back here. */
export function SignInFirst() {
  return (
    <Page title={t('shell.sign-in-first.title')}>
      <p>{t('shell.sign-in-first.text')}</p>
      <Button onClick={() => navigate(`/?next=${encodeURIComponent(path.value)}`)}>
        {t('shell.sign-in')}
      </Button>
    </Page>
  );
}
