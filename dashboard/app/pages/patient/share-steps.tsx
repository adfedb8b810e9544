import { CheckboxesField, DateField, RadiosField, SelectField } from '../../design/index.ts';
import type { Problem, Step } from '../../design/index.ts';
import type { Recipient } from '../../worker/patient/sharing.ts';
import { dateText } from '../../words/dates.ts';
import { categoryName, categoryNames, purposeName } from '../../words/clinical/names.ts';
import { t } from '../../words/translate.ts';
import { compartmentsIn, monthsIn, recentMonthsOf } from './share-range.ts';
import type { ShareValues } from './share-range.ts';

const PURPOSES = ['TREAT', 'HRESCH', 'PATRQT', 'FAMRQT'] as const;
/** Offered in this order; what a person shares most comes first. */
const SHARED = [
  'vital-signs',
  'laboratory',
  'medication',
  'allergy',
  'condition',
  'immunization',
  'procedure',
  'encounter',
  'document',
  'imaging',
  'demographics',
  'care-plan',
  'survey',
  'social-history',
  'device',
] as const;
/** Compartments that one grant holds. */
const COMPARTMENTS_MAX = 64;
const MONTHS_OFFERED = 36;
const DAY_MS = 86_400_000;

const problem = (field: string, text: string): Problem[] => [{ field, text }];

export function shareSteps(recipients: readonly Recipient[], nowMs: number): Step<ShareValues>[] {
  return [whoStep(recipients), whatStep(nowMs), whyStep(nowMs)];
}

export function recipientText({ name, id, speciality, home, role }: Recipient): string {
  const who = name === '' ? id.slice(0, 8) : name;
  const what =
    speciality === '' ? t(role === 'researcher' ? 'shell.role.researcher' : 'shell.role.doctor') : speciality;
  return `${who} (${what}, ${home})`;
}

function whoStep(recipients: readonly Recipient[]): Step<ShareValues> {
  return {
    id: 'who',
    title: t('patient.share.who'),
    check: ({ delegate }) => (delegate === '' ? problem('delegate', t('patient.share.who.wrong')) : []),
    fields: (values, set, problems) => (
      <SelectField
        name="delegate"
        label={t('patient.share.who.label')}
        hint={t('patient.share.who.hint')}
        problems={problems}
        value={values.delegate}
        onChange={(delegate) => set({ delegate })}
        options={[
          { value: '', label: t('patient.share.who.choose') },
          ...recipients.map((each) => ({ value: each.id, label: recipientText(each) })),
        ]}
      />
    ),
    answers: ({ delegate }) => {
      const found = recipients.find(({ id }) => id === delegate);
      return [
        { label: t('patient.share.who.label'), value: found === undefined ? '' : recipientText(found) },
      ];
    },
  };
}

function whatStep(nowMs: number): Step<ShareValues> {
  const months = recentMonthsOf(nowMs, MONTHS_OFFERED).map((value) => ({ value, label: value }));
  return {
    id: 'what',
    title: t('patient.share.what'),
    check: (values) => {
      if (values.categories.length === 0) return problem('categories', t('patient.share.what.wrong'));
      if (values.from > values.to) return problem('from', t('patient.share.months.wrong'));
      const count = compartmentsIn(values);
      return count > COMPARTMENTS_MAX ? problem('categories', t('patient.share.what.many', { count })) : [];
    },
    fields: (values, set, problems) => (
      <>
        <CheckboxesField
          name="categories"
          label={t('patient.share.what.label')}
          hint={t('patient.share.what.hint')}
          problems={problems}
          values={values.categories}
          onChange={(categories) => set({ categories })}
          choices={SHARED.map((value) => ({ value: value as string, label: categoryName(value) }))}
        />
        <SelectField
          name="from"
          label={t('patient.share.from')}
          problems={problems}
          value={values.from}
          onChange={(from) => set({ from })}
          options={months}
        />
        <SelectField
          name="to"
          label={t('patient.share.to')}
          problems={problems}
          value={values.to}
          onChange={(to) => set({ to })}
          options={months}
        />
        <CheckboxesField
          name="undated"
          label={t('patient.share.undated.label')}
          values={values.withUndated ? ['yes'] : []}
          onChange={(chosen) => set({ withUndated: chosen.length > 0 })}
          choices={[{ value: 'yes', label: t('patient.share.undated') }]}
        />
      </>
    ),
    answers: (values) => [
      { label: t('patient.share.what.label'), value: categoryNames(values.categories) },
      {
        label: t('patient.share.months'),
        value: [
          t('patient.sharing.months', { first: values.from, last: values.to }),
          ...(values.withUndated ? [t('clinical.period.all')] : []),
        ].join(', '),
      },
    ],
  };
}

function whyStep(nowMs: number): Step<ShareValues> {
  const day = (days: number): string => new Date(nowMs + days * DAY_MS).toISOString().slice(0, 10);
  return {
    id: 'why',
    title: t('patient.share.why'),
    check: ({ until }) =>
      until >= day(1) && until <= day(366) ? [] : problem('until', t('patient.share.until.wrong')),
    fields: (values, set, problems) => (
      <>
        <RadiosField
          name="purpose"
          label={t('patient.share.purpose')}
          value={values.purpose}
          onChange={(purpose) => set({ purpose })}
          choices={PURPOSES.map((value) => ({ value: value as string, label: purposeName(value) }))}
        />
        <DateField
          name="until"
          label={t('patient.share.until')}
          hint={t('patient.share.until.hint')}
          problems={problems}
          value={values.until}
          min={day(1)}
          max={day(366)}
          onInput={(until) => set({ until })}
        />
      </>
    ),
    answers: ({ purpose, until }) => [
      { label: t('patient.share.purpose'), value: purposeName(purpose) },
      { label: t('patient.share.until'), value: dateText(Date.parse(`${until}T00:00:00Z`), 'UTC') },
    ],
  };
}

/** What the call takes. It ends with the last minute of the day, where the person is. */
export function shareInputOf(values: ShareValues, request: string | undefined) {
  return {
    delegate: values.delegate,
    categories: values.categories,
    months: monthsIn(values),
    purpose: values.purpose,
    expiresAtMs: new Date(`${values.until}T23:59:00`).getTime(),
    ...(request === undefined ? {} : { request }),
  };
}
