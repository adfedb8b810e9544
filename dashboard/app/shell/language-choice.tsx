import { chooseLanguage, language, t } from '../words/translate.ts';

/** The two languages by their own names; the page changes without being loaded anew, what was typed stays. */
export function LanguageChoice() {
  return (
    <label class="language">
      <span class="hidden">{t('shell.language')}</span>
      <select
        value={language.value === 'ar' ? 'ar' : 'en'}
        onChange={(event) => void chooseLanguage(event.currentTarget.value === 'ar' ? 'ar' : 'en')}
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
