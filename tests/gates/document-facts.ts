/** What a document claims that can drift: files, npm scripts, and tests by their title. */
export interface NamedTest {
  file: string;
  title: string;
}

const ROOM = /^(?:crypto|consensus|storage|node|dashboard|scripts|tests|docs|\.ci)\//;
const ROOT_FILE = /^[\w.-]+\.(?:md|json|ts|cjs)$|^LICENSE$/;

/** Paths in code marks and link targets; a path may end in `/` or in `*`, which is taken off. */
export function namedPaths(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '');
  const marked = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text ?? '');
  const linked = [...prose.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target ?? '');
  const paths = marked.filter((text) => ROOM.test(text) || ROOT_FILE.test(text));
  const local = linked.filter((target) => !/^[a-z]+:/.test(target));
  return [...new Set([...paths, ...local].map((path) => path.replace(/\*.*$/, '').replace(/\/$/, '')))];
}

/** Tests named as `tests/…/x.test.ts` "title of the test". */
export function namedTests(markdown: string): NamedTest[] {
  const named = [...markdown.matchAll(/`(tests\/[^`\n]+\.ts)`((?:\s*(?:,|and)?\s*"[^"]+")+)/g)];
  return named.flatMap(([, file, titles]) =>
    [...(titles ?? '').matchAll(/"([^"]+)"/g)].map(([, title]) => ({ file: file ?? '', title: title ?? '' })),
  );
}

/** Titles may be templates (`$path`, `%s`): what is named must be a literal part of the file. */
export function holdsTitle(source: string, title: string): boolean {
  const plain = (text: string): string => text.replaceAll("\\'", "'").replaceAll('’', "'");
  return plain(source).includes(plain(title));
}

/** `npm test`, `npm run x`. */
export function namedScripts(markdown: string): string[] {
  const named = [...markdown.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(test)\b)/g)];
  return [...new Set(named.map(([, script, test]) => script ?? test ?? ''))];
}

/** Rows of every table of a document, as cells. */
export function tableRows(markdown: string): string[][] {
  const lines = markdown.split('\n').filter((line) => line.startsWith('|'));
  const rows = lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
  return rows.filter((cells) => !cells.every((cell) => /^:?-+:?$/.test(cell)));
}
