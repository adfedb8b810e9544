import { hasWord, t } from '../../words/translate.ts';
import type { words } from '../administrator/words/en.ts';

type KindKey = Extract<keyof typeof words, `administrator.kind.${string}`>;

/** What a transaction did, in words; a kind that came later stands for itself. Words: section `administrator`. */
export function kindText(kind: string): string {
  const key = `administrator.kind.${kind}`;
  return hasWord(key) ? t(key as string as KindKey) : kind;
}
