import { Data } from '../../design/index.ts';
import { t } from '../../words/translate.ts';

/** What the doctor of an emergency wrote, or that it was not sealed to the reader. */
export function ReasonText({ text }: { text: string | null }) {
  return text === null ? (
    <p class="soft small">{t('patient.emergency.text.sealed')}</p>
  ) : (
    <p>
      <span class="soft">{t('patient.emergency.text')}</span> <Data>{text}</Data>
    </p>
  );
}
