import type { Profile } from '#node/client';
import { Data, DateField, RadiosField, TextArea, TextField } from '../../design/index.ts';
import type { Problem, Step } from '../../design/index.ts';
import { dateText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { newAccountProblems, PassphraseFields } from './passphrase-fields.tsx';
import type { NewAccount } from './passphrase-fields.tsx';
import type { Kind } from './register.tsx';

const SEXES = ['female', 'male', 'other', 'unknown'] as const;
const ROLES = ['doctor', 'researcher'] as const;

/** Everything that the form asks for. */
export interface Application extends Profile, NewAccount {
  role: '' | (typeof ROLES)[number];
}

export const emptyApplication: Application = {
  family: '',
  given: '',
  birthDate: '',
  sex: '',
  number: '',
  speciality: '',
  contact: '',
  message: '',
  role: '',
  name: '',
  passphrase: '',
  again: '',
};

export function profileOf(values: Application): Profile {
  const { family, given, birthDate, sex, number, speciality, contact, message } = values;
  return { family, given, birthDate, sex, number, speciality, contact, message };
}

export const roleOf = (kind: Kind, { role }: Application): 'patient' | 'doctor' | 'researcher' =>
  kind === 'patient' ? 'patient' : role === 'researcher' ? 'researcher' : 'doctor';

/** What a patient says of herself, to whichever institution. */
export const patientSteps = (): Step<Application>[] => [nameStep(), birthStep(), contactStep()];

export const stepsFor = (kind: Kind): Step<Application>[] =>
  kind === 'patient'
    ? [...patientSteps(), accountStep()]
    : [roleStep(), nameStep(), workStep(), contactStep(), accountStep()];

const demand = (isMissing: boolean, field: string, text: string): Problem[] =>
  isMissing ? [{ field, text }] : [];
const given = (text: string) => (text === '' ? t('public.register.not-given') : <Data>{text}</Data>);

const roleStep = (): Step<Application> => ({
  id: 'role',
  title: t('public.register.role'),
  fields: ({ role }, set, problems) => (
    <RadiosField
      name="role"
      label={t('public.register.role')}
      value={role === '' ? undefined : role}
      onChange={(next) => set({ role: next })}
      choices={ROLES.map((each) => ({
        value: each,
        label: t(`shell.role.${each}`),
        hint: t(`public.register.role.${each}`),
      }))}
      problems={problems}
    />
  ),
  check: ({ role }) => demand(role === '', 'role', t('public.register.role.missing')),
  answers: ({ role }) => [
    { label: t('public.register.role'), value: role === '' ? '' : t(`shell.role.${role}`) },
  ],
});

const nameStep = (): Step<Application> => ({
  id: 'name',
  title: t('public.register.name'),
  fields: (values, set, problems) => (
    <>
      <TextField
        name="family"
        label={t('public.register.family')}
        value={values.family}
        onInput={(family) => set({ family })}
        autocomplete="family-name"
        problems={problems}
        lengthMax={80}
      />
      <TextField
        name="given"
        label={t('public.register.given')}
        value={values.given}
        onInput={(next) => set({ given: next })}
        autocomplete="given-name"
        problems={problems}
        lengthMax={80}
      />
    </>
  ),
  check: (values) => [
    ...demand(values.family.trim() === '', 'family', t('public.register.family.missing')),
    ...demand(values.given.trim() === '', 'given', t('public.register.given.missing')),
  ],
  answers: (values) => [
    { label: t('public.register.family'), value: given(values.family) },
    { label: t('public.register.given'), value: given(values.given) },
  ],
});

const today = (): string => new Date().toISOString().slice(0, 10);

const birthStep = (): Step<Application> => ({
  id: 'birth',
  title: t('public.register.birth'),
  fields: (values, set, problems) => (
    <>
      <DateField
        name="birth-date"
        label={t('public.register.birth-date')}
        value={values.birthDate}
        onInput={(birthDate) => set({ birthDate })}
        min="1880-01-01"
        max={today()}
        problems={problems}
      />
      <RadiosField
        name="sex"
        label={t('public.register.sex')}
        value={values.sex === '' ? undefined : values.sex}
        onChange={(sex) => set({ sex })}
        choices={SEXES.map((each) => ({ value: each, label: t(`public.register.sex.${each}`) }))}
        problems={problems}
      />
    </>
  ),
  check: ({ birthDate, sex }) => [
    ...demand(
      !/^\d{4}-\d{2}-\d{2}$/.test(birthDate) || birthDate > today() || birthDate < '1880',
      'birth-date',
      t('public.register.birth-date.missing'),
    ),
    ...demand(sex === '', 'sex', t('public.register.sex.missing')),
  ],
  answers: ({ birthDate, sex }) => [
    {
      label: t('public.register.birth-date'),
      value: <Data>{birthDate === '' ? '' : dateText(Date.parse(birthDate), 'UTC')}</Data>,
    },
    { label: t('public.register.sex'), value: sex === '' ? '' : t(`public.register.sex.${sex}`) },
  ],
});

const workStep = (): Step<Application> => ({
  id: 'work',
  title: t('public.register.work'),
  fields: (values, set, problems) => (
    <>
      <TextField
        name="speciality"
        label={t('public.register.speciality')}
        value={values.speciality}
        onInput={(speciality) => set({ speciality })}
        problems={problems}
        lengthMax={120}
      />
      <TextField
        name="number"
        label={t('public.register.licence')}
        hint={t('public.register.licence.hint')}
        value={values.number}
        onInput={(number) => set({ number })}
        problems={problems}
        lengthMax={60}
      />
    </>
  ),
  check: ({ speciality, number }) => [
    ...demand(speciality.trim() === '', 'speciality', t('public.register.speciality.missing')),
    ...demand(number.trim() === '', 'number', t('public.register.licence.missing')),
  ],
  answers: ({ speciality, number }) => [
    { label: t('public.register.speciality'), value: given(speciality) },
    { label: t('public.register.licence'), value: given(number) },
  ],
});

const contactStep = (): Step<Application> => ({
  id: 'contact',
  title: t('public.register.contact'),
  fields: (values, set, problems) => (
    <>
      <TextField
        name="contact"
        label={t('public.register.reach')}
        hint={t('public.register.reach.hint')}
        value={values.contact}
        onInput={(contact) => set({ contact })}
        isOptional
        problems={problems}
        lengthMax={120}
      />
      <TextArea
        name="message"
        label={t('public.register.message')}
        value={values.message}
        onInput={(message) => set({ message })}
        problems={problems}
        isOptional
        lengthMax={1000}
      />
    </>
  ),
  check: () => [],
  answers: ({ contact, message }) => [
    { label: t('public.register.reach'), value: given(contact) },
    { label: t('public.register.message'), value: given(message) },
  ],
});

const accountStep = (): Step<Application> => ({
  id: 'account',
  title: t('public.register.account'),
  fields: (values, set, problems) => (
    <PassphraseFields
      values={values}
      set={set}
      problems={problems}
      nameHint={t('public.register.account.hint')}
    />
  ),
  check: newAccountProblems,
  answers: ({ name }) => [
    { label: t('public.sign-in.name'), value: given(name) },
    { label: t('public.sign-in.passphrase'), value: t('public.passphrase.chosen') },
  ],
});
