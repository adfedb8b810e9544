import { isCommonPassphrase } from './common-passphrase.ts';

export const PASSPHRASE_LENGTH_MIN = 12;

/** Why a passphrase is not taken. Long is what counts (NIST SP 800-63B, 3.1.1.2): no rules on kinds of letters. */
export type PassphraseProblem = 'short' | 'name' | 'repeats' | 'common';

/** @param context words that anybody would try at this place, such as the name of the institution */
export function passphraseProblem(
  passphrase: string,
  name: string,
  context: readonly string[] = [],
): PassphraseProblem | undefined {
  const text = passphrase.normalize('NFKC');
  if (Array.from(text).length < PASSPHRASE_LENGTH_MIN) return 'short';
  const plain = name.trim().toLowerCase();
  if (plain.length >= 3 && text.toLowerCase().replaceAll(plain, '').length < 8) return 'name';
  if (new Set(text.toLowerCase()).size < 5) return 'repeats';
  if (isCommonPassphrase(text, context)) return 'common';
  return undefined;
}
