import type { words as ties } from '../pages/account/ties-words/en.ts';
import type { words as account } from '../pages/account/words/en.ts';
import type { words as administrator } from '../pages/administrator/words/en.ts';
import type { words as auditor } from '../pages/auditor/words/en.ts';
import type { words as doctor } from '../pages/doctor/words/en.ts';
import type { words as network } from '../pages/network/words/en.ts';
import type { words as patient } from '../pages/patient/words/en.ts';
import type { words as sealed } from '../pages/patient/sealed-words/en.ts';
import type { words as publicWords } from '../pages/public/words/en.ts';
import type { words as researcher } from '../pages/researcher/words/en.ts';
import type { words as clinical } from './clinical/en.ts';
import type { words as base } from './en.ts';
import type { words as errors } from './errors/en.ts';
import type { Words } from './words.ts';

/** Every key of every section: a key that nobody wrote does not compile. */
export type WordKey = keyof (typeof base &
  typeof clinical &
  typeof account &
  typeof administrator &
  typeof auditor &
  typeof doctor &
  typeof errors &
  typeof ties &
  typeof network &
  typeof patient &
  typeof publicWords &
  typeof researcher &
  typeof sealed);

type Loader = () => Promise<{ words: Words }>;

/** Sections that are loaded when a page needs them, by the part of a key before its first dot. */
export const SECTIONS = {
  account: {
    en: () => import('../pages/account/words/en.ts'),
    ar: () => import('../pages/account/words/ar.ts'),
  },
  administrator: {
    en: () => import('../pages/administrator/words/en.ts'),
    ar: () => import('../pages/administrator/words/ar.ts'),
  },
  auditor: {
    en: () => import('../pages/auditor/words/en.ts'),
    ar: () => import('../pages/auditor/words/ar.ts'),
  },
  clinical: { en: () => import('./clinical/en.ts'), ar: () => import('./clinical/ar.ts') },
  doctor: {
    en: () => import('../pages/doctor/words/en.ts'),
    ar: () => import('../pages/doctor/words/ar.ts'),
  },
  /** What the node and the ledger answer when they refuse: loaded with the first refusal. */
  errors: { en: () => import('./errors/en.ts'), ar: () => import('./errors/ar.ts') },
  /** To whom somebody belongs, and who acts for whom: pages of patients and of administrators. */
  ties: {
    en: () => import('../pages/account/ties-words/en.ts'),
    ar: () => import('../pages/account/ties-words/ar.ts'),
  },
  network: {
    en: () => import('../pages/network/words/en.ts'),
    ar: () => import('../pages/network/words/ar.ts'),
  },
  patient: {
    en: () => import('../pages/patient/words/en.ts'),
    ar: () => import('../pages/patient/words/ar.ts'),
  },
  /** Of `patient`, what the home page and the menu need. */
  'patient-home': {
    en: () => import('../pages/patient/words/en-home.ts'),
    ar: () => import('../pages/patient/words/ar-home.ts'),
  },
  public: {
    en: () => import('../pages/public/words/en.ts'),
    ar: () => import('../pages/public/words/ar.ts'),
  },
  /** Of `public`, what the start page and the lock screen need. */
  'public-start': {
    en: () => import('../pages/public/words/en-start.ts'),
    ar: () => import('../pages/public/words/ar-start.ts'),
  },
  researcher: {
    en: () => import('../pages/researcher/words/en.ts'),
    ar: () => import('../pages/researcher/words/ar.ts'),
  },
  /** One page of the patient, seldom seen. */
  sealed: {
    en: () => import('../pages/patient/sealed-words/en.ts'),
    ar: () => import('../pages/patient/sealed-words/ar.ts'),
  },
} as const satisfies Record<string, Record<'en' | 'ar', Loader>>;
export type Section = keyof typeof SECTIONS;
