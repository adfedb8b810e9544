/**
 * Words out of which the commonest passphrases of published leaks are put together: "password1234", "iloveyou2024",
 * "qwertyuiop123". One line each for words, names and games, and for words of this place that anybody would try first.
 */
const WORDS = [
  'password passwort passwd passphrase pass word secret secure security login signin logon access account admin root user',
  'administrator master default guest test testing temp changeme change letmein welcome hello open sesame please trustno',
  'iloveyou love lover lovely baby babygirl angel princess prince queen king sunshine flower butterfly rainbow chocolate',
  'football soccer baseball basketball hockey tennis golf chelsea arsenal liverpool barcelona madrid juventus lakers yankees',
  'dragon monkey tiger lion shadow killer hunter ninja superman batman spiderman pokemon naruto starwars matrix minecraft',
  'michael jennifer jessica ashley daniel jordan thomas charlie robert matthew andrew joshua anthony nicole michelle hannah',
  'summer winter spring autumn monday friday january december christmas birthday computer internet google facebook samsung',
  'apple android windows microsoft mustang ferrari mercedes freedom whatever forever family friends mother father jesus god',
  'one two three four five six seven eight nine zero abc abcd abcde qwerty qwertz azerty asdf asdfgh zxcvbn the my is and',
  'hospital clinic health doctor nurse patient medical medicine record records chart phr mesh phrmesh node dashboard correct horse battery staple',
]
  .join(' ')
  .split(' ')
  .toSorted((a, b) => b.length - a.length);

/** Keys that lie in a row, the alphabet and digits: any four neighbours of one are a run, forwards or backwards. */
const ROWS = [
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'yxcvbnm',
  'abcdefghijklmnopqrstuvwxyz',
];
const RUN_LETTERS_MIN = 4;
const RUNS = ROWS.flatMap((row) => [row, Array.from(row).toReversed().join('')]).flatMap((row) =>
  Array.from({ length: row.length - RUN_LETTERS_MIN + 1 }, (_, at) => row.slice(at, at + RUN_LETTERS_MIN)),
);

/** Letters that digits and signs are written for. */
const DISGUISES = new Map(
  Object.entries({ '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i' }),
);
/** What an attacker's list of common ones does not hold: this many letters that are of none of its parts. */
const OWN_LETTERS_MIN = 4;

/**
 * Whether a passphrase is made of nothing but common words, runs of keys, digits and signs. Words of one's own between
 * them make it another one.
 *
 * @param context words that belong to the place or the person, such as the name of an institution
 */
export function isCommonPassphrase(passphrase: string, context: readonly string[] = []): boolean {
  const plain = passphrase.normalize('NFKC').toLowerCase();
  const disguised = Array.from(plain, (letter) => DISGUISES.get(letter) ?? letter).join('');
  return [plain, disguised].some((text) => ownLetters(text, context) < OWN_LETTERS_MIN);
}

/** Letters that are left when everything common is taken out. */
function ownLetters(text: string, context: readonly string[]): number {
  const near = context.flatMap((name) => name.toLowerCase().split(/[^\p{L}\p{N}]+/u));
  const parts = [...near.filter((part) => part.length >= RUN_LETTERS_MIN - 1), ...RUNS, ...WORDS];
  const rest = parts.reduce((left, part) => left.replaceAll(part, ' '), text);
  return Array.from(rest.replaceAll(/(\p{L})\1{2,}/gu, ' ').matchAll(/\p{L}/gu)).length;
}
