/** A text with `{facts}` in it, or one text for each plural form of the language; `count` chooses. */
export type Message = string | ({ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>);
export type Words = Readonly<Record<string, Message>>;
/** The same keys in another language. */
export type Translation<W extends Words> = { readonly [K in keyof W]: Message };

export const LANGUAGES = ['en', 'ar', 'pseudo'] as const;
export type Language = (typeof LANGUAGES)[number];
