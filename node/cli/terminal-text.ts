/** Of a terminal that nobody has widened. */
export const COLUMNS_DEFAULT = 80;
/** Longer lines are hard to read on any terminal. */
const COLUMNS_MAX = 100;
/** `  --name <value>   what it is` */
const ROW = /^( {2,})(\S+(?: \S+)*?)( {2,})(?=\S)/;
/** `bundle (default): what it is`, in the second column: the next of a list. */
const ITEM = /^[a-z]+(?: \([a-z]+\))?: /;

interface Paragraph {
  readonly head: string;
  /** Of every line but the first. */
  readonly indent: string;
  body: string;
}

const isItem = (indent: string, body: string): boolean => indent.length > 4 && ITEM.test(body);

/** Width to which text is folded; 80 when it goes to no terminal. */
export const foldColumns = (columns: number | undefined): number =>
  Math.min(COLUMNS_MAX, columns ?? COLUMNS_DEFAULT);

/**
 * Help folded between words. Lines of a paragraph are joined first; what follows the name of an option hangs in its
 * column.
 */
export function foldHelp(text: string, columns: number): string {
  const paragraphs: (Paragraph | '')[] = [];
  for (const line of text.split('\n')) {
    const last = paragraphs.at(-1);
    const row = ROW.exec(line)?.[0];
    const indent = /^ */.exec(line)?.[0] ?? '';
    const body = line.slice(indent.length);
    if (body === '') paragraphs.push('');
    else if (row !== undefined)
      paragraphs.push({ head: row, indent: ' '.repeat(row.length), body: line.slice(row.length) });
    else if (last !== undefined && last !== '' && indent === last.indent && !isItem(indent, body))
      last.body += ` ${body}`;
    else paragraphs.push({ head: indent, indent, body });
  }
  return paragraphs
    .map((one) => (one === '' ? '' : foldWords(one.head, one.body.split(/ +/), one.indent, columns)))
    .join('\n');
}

/** A sentence; what does not fit on its first line is indented. */
export function foldLine(line: string, columns: number): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  return foldWords(indent, line.slice(indent.length).split(' '), indent === '' ? '  ' : indent, columns);
}

/** `usage: phr import --node <url> [--json] <file>`: nothing in brackets, and no option from its value, is torn. */
export function foldUsage(head: string, usage: string, columns: number): string {
  return foldWords(`usage: ${head} `, usageWords(usage), ' '.repeat(9), columns);
}

/** The parts of a usage line that belong together. */
export function usageWords(usage: string): string[] {
  const words: string[] = [];
  let depth = 0;
  for (const word of usage.split(' ')) {
    const last = words.at(-1);
    const isValue = word.startsWith('<') && last !== undefined && /^--[a-z-]+$/.test(last);
    if (last !== undefined && (depth > 0 || isValue)) words[words.length - 1] = `${last} ${word}`;
    else words.push(word);
    depth += (word.match(/[[(<]/g)?.length ?? 0) - (word.match(/[\])>]/g)?.length ?? 0);
  }
  return words;
}

function foldWords(head: string, words: readonly string[], indent: string, columns: number): string {
  const lines: string[] = [];
  let line = head;
  let isEmpty = true;
  for (const word of words) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}
