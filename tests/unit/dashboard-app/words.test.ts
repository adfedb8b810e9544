import { afterEach, describe, expect, it, vi } from 'vitest';
import { REFUSAL_CODES, TRANSACTION_KINDS } from '#consensus/ledger';
import { API_ERROR_CODES } from '#node/services';
import { kindText } from '../../../dashboard/app/pages/parts/kinds.ts';
import { words as arabic } from '../../../dashboard/app/words/ar.ts';
import { words as english } from '../../../dashboard/app/words/en.ts';
import { dateText, minuteText, numberText } from '../../../dashboard/app/words/dates.ts';
import { SECTIONS } from '../../../dashboard/app/words/loaders.ts';
import type { Section } from '../../../dashboard/app/words/loaders.ts';
import { pseudo } from '../../../dashboard/app/words/pseudo.ts';
import {
  chooseLanguage,
  hasWord,
  language,
  loadWords,
  sectionOf,
  t,
} from '../../../dashboard/app/words/translate.ts';
import type { Message, Words } from '../../../dashboard/app/words/words.ts';

afterEach(() => {
  language.value = 'en';
});

const factsIn = (message: Message): Set<string> => {
  const texts = typeof message === 'string' ? [message] : Object.values(message);
  return new Set(texts.flatMap((text) => [...text.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name)));
};

async function pairs(): Promise<[string, Words, Words][]> {
  const names = Object.keys(SECTIONS) as Section[];
  const loaded = await Promise.all(
    names.map(async (name): Promise<[string, Words, Words]> => [
      name,
      (await SECTIONS[name].en()).words,
      (await SECTIONS[name].ar()).words,
    ]),
  );
  return [['shell', english, arabic], ...loaded];
}

/** In English the node says it itself. */
const NODE_KEYS = new Set(
  API_ERROR_CODES.flatMap((code) => ['message', 'safe', 'action'].map((part) => `error.${code}.${part}`)),
);
const isOfTheNode = (key: string): boolean => NODE_KEYS.has(key);

describe('the words', () => {
  it('of both languages name the same facts, and of each section begin with its name', async () => {
    for (const [section, en, ar] of await pairs()) {
      for (const [key, message] of Object.entries(en)) {
        // Errors have their words wherever they can happen.
        const isOwn = section === 'shell' || /^(error|refusal)\./.test(key);
        if (!isOwn) expect(sectionOf(key), key).toBe(section.split('-')[0]);
        const translated = ar[key];
        if (translated === undefined) continue;
        const unknown = [...factsIn(translated)].filter((fact) => !factsIn(message).has(fact));
        expect(unknown, key).toEqual([]);
      }
      expect(
        Object.keys(ar).filter((key) => !(key in en) && !isOfTheNode(key)),
        section,
      ).toEqual([]);
    }
  });

  it('are all there in Arabic', async () => {
    for (const [section, en, ar] of await pairs()) {
      expect(
        Object.keys(en).filter((key) => ar[key] === undefined),
        section,
      ).toEqual([]);
    }
  });

  it('say of every refusal of the ledger why, and of every error of the node what, in both languages', async () => {
    for (const tag of ['en', 'ar'] as const) {
      const words: Words = { ...(tag === 'en' ? english : arabic), ...(await SECTIONS.errors[tag]()).words };
      const unsaid = REFUSAL_CODES.filter((code) => words[`refusal.${code}`] === undefined);
      expect(unsaid, `words/errors/${tag}.ts`).toEqual([]);
      // No rule of a machine, no file of ours: these are read by patients.
      for (const [key, text] of Object.entries(words).filter(([key]) => key.startsWith('refusal.')))
        expect(text, key).not.toMatch(/\.md|`|nonce|transaction/i);
    }
    const arabicWords: Words = { ...arabic, ...(await SECTIONS.errors.ar()).words };
    expect([...NODE_KEYS].filter((key) => arabicWords[key] === undefined)).toEqual([]);
  });

  it('say of every kind of transaction what it did', async () => {
    await loadWords(['administrator']);
    expect(TRANSACTION_KINDS.filter((kind) => kindText(kind) === kind)).toEqual([]);
    expect(kindText('no.such-kind')).toBe('no.such-kind');
  });

  it('of all that is in use are there in the moment in which the language changes', async () => {
    vi.stubGlobal('document', { documentElement: {} });
    vi.stubGlobal('localStorage', { setItem: () => undefined });
    await loadWords(['account', 'patient-home']);
    const seen: string[] = [];
    const stop = language.subscribe(() =>
      seen.push(t('account.title'), t('patient.home.title'), t('shell.menu')),
    );
    await chooseLanguage('ar');
    expect(seen.slice(3).filter((text) => !/\p{Script=Arabic}/u.test(text))).toEqual([]);
    expect(seen).toHaveLength(6);
    stop();
    await chooseLanguage('en');
    vi.unstubAllGlobals();
  });

  it('show what is to be typed from left to right in Arabic as well', async () => {
    const texts = (await pairs()).flatMap(([, , words]) =>
      Object.values(words).flatMap((message) => (typeof message === 'string' ? [message] : [])),
    );
    const isTyped = /[\d-]\d(?:>?=|\.\.)/;
    expect(texts.filter((text) => isTyped.test(text)).length).toBeGreaterThan(2);
    const plain = texts.map((text) => text.replaceAll(/\u2066[^\u2069]*\u2069/g, ''));
    expect(plain.filter((text) => isTyped.test(text))).toEqual([]);
  });

  it('choose the plural of the language, and put facts in with their own direction', async () => {
    await loadWords(['patient']);
    expect(t('patient.home.waiting.requests', { count: 1 })).toBe('1 request to see your data');
    expect(t('patient.home.waiting.requests', { count: 3 })).toBe('3 requests to see your data');
    language.value = 'ar';
    await loadWords(['patient']);
    expect(t('patient.home.waiting.requests', { count: 2 })).toBe('طلبان للاطلاع على بياناتك');
    expect(t('patient.home.waiting.requests', { count: 4 })).toContain('\u20684\u2069 طلبات');
  });

  it('never show a hole: a fact that is missing keeps its name, an unknown key is known to be one', () => {
    expect(t('shell.footer.node')).toContain('{name}');
    expect(hasWord('error.no-such-code.message')).toBe(false);
    expect(hasWord('error.no-keys.message')).toBe(true);
  });

  it('of the pseudo language are told from what was never given to translators', () => {
    language.value = 'pseudo';
    const text = t('shell.footer.node', { name: 'North' });
    expect(text).toMatch(/^⟦.*⟧$/);
    expect(text).toContain('North');
    expect(pseudo('Name {name}')).toBe('⟦Ñámé {name}····⟧');
  });
});

describe('dates and numbers', () => {
  it('have the month in letters and the zone, in both languages with the same digits', () => {
    const timeMs = Date.UTC(2026, 8, 3, 23, 5);
    expect(dateText(timeMs, 'UTC')).toBe('03-Sep-2026');
    expect(minuteText(timeMs, 'Asia/Kolkata')).toBe('04-Sep-2026 04:35 GMT+5:30');
    expect(numberText(12_345.678)).toBe('12,345.68');
    language.value = 'ar';
    expect(dateText(timeMs, 'UTC')).toMatch(/^03-\p{Script=Arabic}+-2026$/u);
  });
});
