/** Puts all mutants of one file behind one number: the text of the file with a switch at every mutated place. */
import { alternativesOf, type Alternative, type Place } from './operators.ts';
import { childrenOf, type SyntaxNode } from './syntax-tree.ts';

export interface Mutant {
  /** 1, 2, ... over all files in order. */
  readonly id: number;
  readonly file: string;
  readonly line: number;
  readonly operator: string;
  readonly original: string;
  readonly replacement: string;
  /** The line that it is in, trimmed: equivalents are matched by it, not by a number that moves. */
  readonly lineText: string;
  /** Number among the mutants of this line with the same operator and texts, from 0. */
  readonly ordinal: number;
}

export interface Instrumented {
  readonly source: string;
  readonly mutants: readonly Mutant[];
}

const LOOPS = ['WhileStatement', 'ForStatement', 'ForOfStatement', 'DoWhileStatement'];
const STATEMENTS = /Statement$/;

class Instrumenter {
  readonly mutants: Mutant[] = [];
  readonly #file: string;
  readonly #source: string;
  readonly #original: readonly string[];
  readonly #firstId: number;
  readonly #ordinals = new Map<string, number>();

  /** `source` is JavaScript at the places of the TypeScript in `original`. */
  constructor(file: string, source: string, original: string, firstId: number) {
    this.#file = file;
    this.#source = source;
    this.#original = original.split('\n');
    this.#firstId = firstId;
  }

  render(place: Place): string {
    const { node } = place;
    const alternatives = alternativesOf(place, this.#source);
    const inner = this.#withChildren(place);
    if (alternatives.length === 0) return inner;
    const mutants = alternatives.map((alternative) => this.#add(node, alternative));
    const [first] = mutants;
    const note = `$s.isRecording && $c(${first?.id}, ${mutants.length})`;
    if (STATEMENTS.test(node.type))
      return `{ if ($s.active === ${first?.id}) {} else { ${note}; ${inner} } }`;
    const switches = mutants.map(({ id, replacement }) => `$s.active === ${id} ? (${replacement}) : `);
    return `(${switches.join('')}(${note}, ${inner}))`;
  }

  #add(node: SyntaxNode, { operator, text }: Alternative): Mutant {
    const line = this.#source.slice(0, node.start).split('\n').length;
    const lineText = (this.#original[line - 1] ?? '').trim();
    const original = this.#source.slice(node.start, node.end).replaceAll(/\s+/g, ' ');
    const key = [lineText, operator, original, text].join('\n');
    const ordinal = this.#ordinals.get(key) ?? 0;
    this.#ordinals.set(key, ordinal + 1);
    const id = this.#firstId + this.mutants.length;
    const mutant = { id, file: this.#file, line, operator, original, replacement: text, lineText, ordinal };
    this.mutants.push(mutant);
    return mutant;
  }

  /** The text of the node with its children rendered, and a count of turns at the start of every loop's body. */
  #withChildren(place: Place): string {
    const { node } = place;
    let text = '';
    let at = node.start;
    for (const { field, child } of childrenOf(node)) {
      // Shorthand properties hold one node twice.
      if (child.start < at) continue;
      const rendered = this.render({ node: child, field, ancestors: [place, ...place.ancestors] });
      const isBody = field === 'body' && LOOPS.includes(node.type);
      text += this.#source.slice(at, child.start) + (isBody ? `{ $l(); ${rendered} }` : rendered);
      at = child.end;
    }
    return text + this.#source.slice(at, node.end);
  }
}

/**
 * @param file path inside the repository
 * @param source the file without its types, every other character at its place
 * @param program the syntax tree of `source`
 * @param switchUrl where `switch.ts` is imported from
 */
export function instrument(
  init: {
    readonly file: string;
    readonly source: string;
    readonly original: string;
    readonly firstId: number;
  },
  program: SyntaxNode,
  switchUrl: string,
): Instrumented {
  const instrumenter = new Instrumenter(init.file, init.source, init.original, init.firstId);
  const body = instrumenter.render({ node: program, field: '', ancestors: [] });
  const prelude = `import { state as $s, touch as $c, turn as $l } from ${JSON.stringify(switchUrl)};`;
  const [before, after] = [init.source.slice(0, program.start), init.source.slice(program.end)];
  return { source: `${prelude}${before}${body}${after}`, mutants: instrumenter.mutants };
}
