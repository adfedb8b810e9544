import { emptyProfile } from '#node/client';
import type { Profile } from '#node/client';
import { drawFrom } from './draw.ts';

/** Who lives in the scenario `clinic`. Invented people; two of the charts are of Synthea. */
export type ClinicRole = 'patient' | 'doctor' | 'researcher' | 'auditor' | 'administrator';
/** What becomes of the application: `half` is approved by the first of two administrators. */
export type Fate = 'active' | 'pending' | 'half' | 'refused' | 'suspended';

export interface ClinicPerson {
  /** Account name; with the seed it names the keys. */
  account: string;
  given: string;
  family: string;
  role: ClinicRole;
  /** Name of the institution. */
  home: string;
  fate: Fate;
  /** What a doctor or researcher does. */
  field?: string;
  /** Of patients. */
  birthDate?: string;
  gender?: 'female' | 'male';
}

const person = (
  account: string,
  role: ClinicRole,
  home: string,
  more: Partial<ClinicPerson> = {},
): ClinicPerson => {
  const [given = '', family = ''] = account.split('-').map((part) => part[0]?.toUpperCase() + part.slice(1));
  return { account, given, family, role, home, fate: 'active', ...more };
};

const patient = (
  account: string,
  home: string,
  birthDate: string,
  gender: 'female' | 'male',
  more: Partial<ClinicPerson> = {},
): ClinicPerson => person(account, 'patient', home, { birthDate, gender, ...more });

/** 8 patients. */
const PATIENTS = [
  patient('luna-mccullough', 'north', '2008-11-06', 'female', { family: 'McCullough' }),
  patient('ove-lindqvist', 'north', '1951-03-14', 'male'),
  patient('amal-haddad', 'north', '1987-11-02', 'female'),
  patient('johnnie-hermiston', 'east', '2009-03-20', 'female'),
  patient('grace-okafor', 'east', '1973-01-30', 'female'),
  patient('tomasz-nowak', 'south', '1964-09-08', 'male'),
  patient('mei-tanaka', 'south', '1996-05-19', 'female'),
  patient('carlos-ferreira', 'west', '1958-12-05', 'male'),
] as const;

/** 5 doctors at four institutions. */
const DOCTORS = [
  person('alice-berg', 'doctor', 'north', { field: 'Cardiology' }),
  person('farid-rahman', 'doctor', 'north', { field: 'General practice' }),
  person('bob-whitfield', 'doctor', 'east', { field: 'Endocrinology' }),
  person('noor-jansen', 'doctor', 'south', { field: 'Respiratory medicine' }),
  person('elena-petrova', 'doctor', 'west', { field: 'Internal medicine' }),
] as const;

const OTHERS = [
  person('henrik-solberg', 'researcher', 'east', { field: 'Epidemiology' }),
  person('sana-iqbal', 'researcher', 'west', { field: 'Pharmacology' }),
  person('ada-nilsen', 'auditor', 'north', { field: 'Data protection' }),
] as const;

/** People whose applications were not simply approved. */
const APPLICANTS = [
  patient('pia-keller', 'north', '1990-07-23', 'female', { fate: 'pending' }),
  patient('jonas-weber', 'south', '2001-02-11', 'male', { fate: 'pending' }),
  person('viktor-hahn', 'doctor', 'north', { fate: 'half', field: 'Radiology' }),
  person('lena-fischer', 'doctor', 'east', { fate: 'pending', field: 'Paediatrics' }),
  person('samir-nasser', 'researcher', 'north', { fate: 'pending', field: 'Biostatistics' }),
  person('mallory-quill', 'doctor', 'north', { fate: 'refused', field: 'Dermatology' }),
  person('stefan-krug', 'doctor', 'east', { fate: 'suspended', field: 'Surgery' }),
] as const;

const ADMINISTRATOR_NAMES: Readonly<Record<string, readonly [string, string][]>> = {
  north: [
    ['Ingrid', 'Dahl'],
    ['Peter', 'Marsh'],
  ],
  east: [
    ['Yusuf', 'Demir'],
    ['Clara', 'Stone'],
  ],
  south: [
    ['Anneke', 'Visser'],
    ['Hugo', 'Lambert'],
  ],
  west: [
    ['Rosa', 'Almeida'],
    ['Dmitri', 'Orlov'],
  ],
};

/** Administrators stand in the genesis; here they get names. */
export function administratorsOf(nodes: readonly { name: string; administrators: readonly string[] }[]) {
  return nodes.flatMap(({ name: home, administrators }) =>
    administrators.map((account, i): ClinicPerson => {
      const [given, family] = ADMINISTRATOR_NAMES[home]?.[i] ?? ['Administrator', `${home} ${i + 1}`];
      return { account, given, family, role: 'administrator', home, fate: 'active' };
    }),
  );
}

/** Everybody who registers, in the order in which lists show them. */
export const CLINIC_PEOPLE: readonly ClinicPerson[] = [...PATIENTS, ...DOCTORS, ...OTHERS, ...APPLICANTS];

export const nameOf = ({ given, family, role }: ClinicPerson): string =>
  `${role === 'doctor' ? 'Dr ' : ''}${given} ${family}`;

/** What she says of herself when she applies: sealed to the administrators, but for professionals' names. */
export function profileOf(one: ClinicPerson): Profile {
  const { given, family, field, birthDate, gender, account, role, fate } = one;
  return {
    ...emptyProfile,
    given,
    family,
    birthDate: birthDate ?? '',
    sex: gender ?? '',
    number: numberOf(one),
    speciality: field ?? '',
    contact: `${account.replace('-', '.')}@example.org`,
    message: fate === 'active' || role === 'patient' ? '' : 'I start on the first of December.',
  };
}

/** A record number for patients, a licence for those who practise; the same whenever it is computed. */
export const numberOf = ({ account, role }: ClinicPerson): string =>
  `${role === 'patient' ? 'MRN' : 'LIC'}-${drawFrom(account).between(100_000, 999_999)}`;
