import { dateText } from '../words/dates.ts';
import { t } from '../words/translate.ts';
import { Data } from './data.tsx';

/** What must be seen on every page of a record; undefined is shown as not known. */
export interface BannerPatient {
  family?: string | undefined;
  given?: string | undefined;
  /** `1980-04-05`. */
  born?: string | undefined;
  number?: string | undefined;
  /** Empty: none are recorded as present; undefined: nobody looked. */
  allergies?: readonly string[] | undefined;
}

export function PatientBanner({ patient, nowMs = Date.now() }: { patient: BannerPatient; nowMs?: number }) {
  const { family, given, born, number, allergies } = patient;
  const name =
    family === undefined && given === undefined
      ? undefined
      : [family?.toLocaleUpperCase('en'), given].filter((part) => part !== undefined).join(', ');
  const fact = (value: string | undefined) =>
    value === undefined ? t('design.unknown') : <Data>{value}</Data>;
  return (
    <section class="patient-banner" aria-label={t('design.banner.label')}>
      <p class="patient-name">{fact(name)}</p>
      <dl>
        <div>
          <dt>{t('design.banner.born')}</dt>
          <dd>{fact(bornText(born, nowMs))}</dd>
        </div>
        <div>
          <dt>{t('design.banner.number')}</dt>
          <dd>{fact(number)}</dd>
        </div>
        <div>
          <dt>{t('design.banner.allergies')}</dt>
          <dd class={(allergies?.length ?? 0) > 0 ? 'has-allergies' : undefined}>
            {allergies?.length === 0 ? t('design.none') : fact(allergies?.join(', '))}
          </dd>
        </div>
      </dl>
    </section>
  );
}

function bornText(born: string | undefined, nowMs: number): string | undefined {
  const [year, month, day] = (born ?? '').split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined || Number.isNaN(day)) return born;
  const now = new Date(nowMs);
  const isBefore =
    now.getUTCMonth() + 1 < month || (now.getUTCMonth() + 1 === month && now.getUTCDate() < day);
  const age = now.getUTCFullYear() - year - (isBefore ? 1 : 0);
  return `${dateText(Date.UTC(year, month - 1, day), 'UTC')} (${t('design.banner.age', { count: age })})`;
}
