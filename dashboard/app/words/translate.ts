import { signal } from '@preact/signals';
import { words as base } from './en.ts';
import { SECTIONS } from './loaders.ts';
import type { Section, WordKey } from './loaders.ts';
import { pseudo } from './pseudo.ts';
import { LANGUAGES } from './words.ts';
import type { Language, Message, Words } from './words.ts';

export type WordFacts = Readonly<Record<string, string | number>>;

/** The language of the page; reading it in a component makes the component follow it. */
export const language = signal<Language>('en');

const loaded: Record<'en' | 'ar', Map<string, Message>> = {
  en: new Map(Object.entries(base)),
  ar: new Map(),
};
const done = new Set<string>();
const rules = new Map<string, Intl.PluralRules>();

/** What a person reads, in the language of the page. English stands in for a word that has no translation yet. */
export function t(key: WordKey, facts?: WordFacts): string;
export function t(key: `error.${string}` | `refusal.${string}`, facts?: WordFacts): string;
export function t(key: string, facts: WordFacts = {}): string {
  const chosen = language.value;
  const message = messageOf(key, chosen) ?? key;
  const text = formOf(message, facts, chosen);
  return fill(chosen === 'pseudo' ? pseudo(text) : text, facts);
}

/** Whether there are words of ours for a key that is only known at run time. */
export function hasWord(key: string): key is `error.${string}` | `refusal.${string}` {
  return messageOf(key, language.value) !== undefined;
}

function messageOf(key: string, chosen: Language): Message | undefined {
  return (chosen === 'ar' ? loaded.ar.get(key) : undefined) ?? loaded.en.get(key);
}

function formOf(message: Message, facts: WordFacts, chosen: Language): string {
  if (typeof message === 'string') return message;
  const tag = chosen === 'ar' ? 'ar' : 'en';
  let rule = rules.get(tag);
  if (rule === undefined) rules.set(tag, (rule = new Intl.PluralRules(tag)));
  return message[rule.select(Number(facts['count'] ?? 0))] ?? message.other;
}

function fill(text: string, facts: WordFacts): string {
  return text.replaceAll(/\{([a-zA-Z]+)\}/g, (whole, name: string) => {
    const fact = facts[name];
    if (fact === undefined) return whole;
    // A count is read, so it is grouped; a height or a year is a name.
    return isolated(name === 'count' && typeof fact === 'number' ? grouped(fact) : String(fact));
  });
}

const grouping = new Intl.NumberFormat('en-GB');
const grouped = (count: number): string => grouping.format(count);

/** A name or code keeps its own direction inside a right-to-left sentence (Unicode FSI, PDI). */
function isolated(fact: string): string {
  return language.value === 'ar' ? `\u2068${fact}\u2069` : fact;
}

/** Makes the words of some sections ready in the language of the page. English always: it stands in for gaps. */
export async function loadWords(sections: readonly Section[]): Promise<void> {
  const tags: ('en' | 'ar')[] = language.value === 'ar' ? ['en', 'ar'] : ['en'];
  const wanted = tags.flatMap((tag) => sections.map((section) => ({ tag, section })));
  await Promise.all([
    ...wanted.map(({ tag, section }) => once(`${section}/${tag}`, tag, SECTIONS[section][tag])),
    ...(tags.includes('ar') ? [once('base/ar', 'ar', () => import('./ar.ts'))] : []),
  ]);
}

async function once(name: string, tag: 'en' | 'ar', load: () => Promise<{ words: Words }>): Promise<void> {
  if (done.has(name)) return;
  const { words } = await load();
  for (const [key, message] of Object.entries(words)) loaded[tag].set(key, message);
  done.add(name);
}

/** The section that a key belongs to; undefined for those of the shell, which are always there. */
export function sectionOf(key: string): Section | undefined {
  const name = key.split('.')[0] ?? '';
  return name in SECTIONS ? (name as Section) : undefined;
}

const LANGUAGE_KEY = 'phr.language';

/** `?lang=`, then what was chosen before on this device, then what the browser asks for. */
export function startLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(LANGUAGE_KEY);
  const known = LANGUAGES.find((each) => each === asked);
  if (known !== undefined) return known;
  return navigator.language.startsWith('ar') ? 'ar' : 'en';
}

/** Changes the language once the words of all that is in use are there: of the page, its menu, and what lies over both. */
export async function chooseLanguage(next: Language): Promise<void> {
  if (next === 'ar') {
    const inUse = (Object.keys(SECTIONS) as Section[]).filter((section) => done.has(`${section}/en`));
    await Promise.all([
      once('base/ar', 'ar', () => import('./ar.ts')),
      ...inUse.map((section) => once(`${section}/ar`, 'ar', SECTIONS[section].ar)),
    ]);
  }
  language.value = next;
  if (next !== 'pseudo') localStorage.setItem(LANGUAGE_KEY, next);
  document.documentElement.lang = next === 'ar' ? 'ar' : 'en';
  document.documentElement.dir = next === 'ar' ? 'rtl' : 'ltr';
}
