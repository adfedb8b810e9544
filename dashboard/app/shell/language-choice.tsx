import { matchRoute } from '../router/match.ts';
import { ALL_ROUTES } from '../router/all-routes.ts';
import { path } from '../router/location.ts';
import { chooseLanguage, language, sectionOf, t } from '../words/translate.ts';
import type { Language } from '../words/words.ts';

/** The two languages by their own names; the page changes without being loaded anew, what was typed stays. */
export function LanguageChoice() {
  const choose = (next: Language): void => {
    const match = matchRoute(path.value, ALL_ROUTES);
    const section = match === undefined ? undefined : (match.route.section ?? sectionOf(match.route.title));
    void chooseLanguage(next, [...(section === undefined ? [] : [section]), ...(match?.route.words ?? [])]);
  };
  return (
    <label class="language">
      <span class="hidden">{t('shell.language')}</span>
      <select
        value={language.value === 'ar' ? 'ar' : 'en'}
        onChange={(event) => choose(event.currentTarget.value === 'ar' ? 'ar' : 'en')}
      >
        <option value="en" lang="en">
          {t('shell.language.en')}
        </option>
        <option value="ar" lang="ar">
          {t('shell.language.ar')}
        </option>
      </select>
    </label>
  );
}
