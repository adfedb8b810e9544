/**
 * The mutation operators: for one node of the syntax tree, the texts that may stand in its place. What is left alone,
 * and why, is in `exclusions.ts`.
 */
import {
  isErrorText,
  isInAssignmentTarget,
  isName,
  isUnobservable,
  isUnreachableDefault,
} from './exclusions.ts';
import { childOf, listOf, textOf, type SyntaxNode } from './syntax-tree.ts';

export interface Alternative {
  readonly operator: string;
  /** What stands in place of the node; empty for a statement that is removed. */
  readonly text: string;
}

/** A node and the nodes around it, the nearest first; `field` is where it hangs in the nearest. */
export interface Place {
  readonly node: SyntaxNode;
  readonly field: string;
  readonly ancestors: readonly Place[];
}

const BINARY: Readonly<Record<string, { operator: string; others: readonly string[] }>> = {
  '<': { operator: 'comparison', others: ['<=', '>='] },
  '<=': { operator: 'comparison', others: ['<', '>'] },
  '>': { operator: 'comparison', others: ['>=', '<='] },
  '>=': { operator: 'comparison', others: ['>', '<'] },
  '===': { operator: 'comparison', others: ['!=='] },
  '!==': { operator: 'comparison', others: ['==='] },
  '+': { operator: 'arithmetic', others: ['-'] },
  '-': { operator: 'arithmetic', others: ['+'] },
  '*': { operator: 'arithmetic', others: ['/'] },
  '/': { operator: 'arithmetic', others: ['*'] },
  '%': { operator: 'arithmetic', others: ['*'] },
  '**': { operator: 'arithmetic', others: ['*'] },
  '<<': { operator: 'arithmetic', others: ['>>'] },
  '>>': { operator: 'arithmetic', others: ['<<'] },
  '&': { operator: 'arithmetic', others: ['|'] },
  '|': { operator: 'arithmetic', others: ['&'] },
  '^': { operator: 'arithmetic', others: ['|'] },
};

const ASSIGNMENT: Readonly<Record<string, string>> = { '+=': '-=', '-=': '+=', '|=': '&=', '^=': '|=' };

const METHODS = new Map<string, readonly string[]>(
  Object.entries({
    some: ['every'],
    every: ['some'],
    min: ['max'],
    max: ['min'],
    floor: ['ceil'],
    ceil: ['floor'],
    startsWith: ['endsWith'],
  }),
);

/** Calls without which the receiver itself is the result. */
const DROPPED_METHODS = [
  'filter',
  'trim',
  'toLowerCase',
  'toUpperCase',
  'normalize',
  'toWellFormed',
  'replace',
];

/** Calls whose every argument is hashed or joined: each may be forgotten. */
const INPUTS_FROM = new Map<string, number>(
  Object.entries({
    hash: 1,
    prf: 2,
    hashToScalar: 1,
    frame: 0,
    concatBytes: 0,
  }),
);

/** Every text that may stand in place of this node. */
export function alternativesOf(place: Place, source: string): readonly Alternative[] {
  const { node } = place;
  if (isInAssignmentTarget(place) || isName(place) || isErrorText(place, source) || isUnobservable(place)) {
    return [];
  }
  const text = (of: SyntaxNode | undefined): string =>
    of === undefined ? '' : source.slice(of.start, of.end);
  const found = [...(isBound(place) ? [] : byType(node, text)), ...byPosition(place)];
  const unique = new Map(found.map((one) => [one.text, one]));
  unique.delete(text(node));
  return isUnreachableDefault(place) ? [] : [...unique.values()];
}

/** A number that is itself a bound of a cut: the cut's own mutants move it. */
function isBound({ node, ancestors }: Place): boolean {
  const callee = childOf(ancestors[0]?.node ?? node, 'callee');
  const method = textOf(childOf(callee ?? node, 'property'), 'name');
  return node.type === 'Literal' && ['slice', 'subarray'].includes(method);
}

type TextOf = (of: SyntaxNode | undefined) => string;

function byType(node: SyntaxNode, text: TextOf): readonly Alternative[] {
  switch (node.type) {
    case 'BinaryExpression':
      return binary(node, text);
    case 'LogicalExpression':
      return logical(node, text);
    case 'UnaryExpression':
      return unary(node, text);
    case 'UpdateExpression': {
      const other = textOf(node, 'operator') === '++' ? '--' : '++';
      const argument = text(childOf(node, 'argument'));
      const isPrefix = node['prefix'] === true;
      return [{ operator: 'arithmetic', text: isPrefix ? `${other}${argument}` : `${argument}${other}` }];
    }
    case 'AssignmentExpression': {
      const other = ASSIGNMENT[textOf(node, 'operator')];
      if (other === undefined) return [];
      const [left, right] = [text(childOf(node, 'left')), text(childOf(node, 'right'))];
      return [{ operator: 'arithmetic', text: `${left} ${other} ${right}` }];
    }
    case 'Literal':
      return literal(node, text);
    case 'TemplateLiteral':
      return [{ operator: 'string', text: '``' }];
    case 'ArrayExpression':
      return array(node, text);
    case 'MemberExpression':
      return text(childOf(node, 'object')) === 'DOMAIN'
        ? [{ operator: 'tag', text: `'phr-mesh/v1/mutant'` }]
        : [];
    case 'CallExpression':
      return call(node, text);
    case 'ExpressionStatement':
    case 'ThrowStatement':
    case 'ContinueStatement':
    case 'BreakStatement':
    case 'ReturnStatement': {
      // A return that only carries a value is the 'return' operator's; leaving early is removed here.
      if (node.type === 'ReturnStatement' && childOf(node, 'argument') !== undefined) return [];
      return [{ operator: node.type === 'ThrowStatement' ? 'throw' : 'statement', text: '' }];
    }
    default:
      return [];
  }
}

function binary(node: SyntaxNode, text: TextOf): readonly Alternative[] {
  const rule = BINARY[textOf(node, 'operator')];
  const [left, right] = [text(childOf(node, 'left')), text(childOf(node, 'right'))];
  return (rule?.others ?? []).map((other) => ({
    operator: rule?.operator ?? '',
    text: `(${left}) ${other} (${right})`,
  }));
}

function logical(node: SyntaxNode, text: TextOf): readonly Alternative[] {
  const operator = textOf(node, 'operator');
  const [left, right] = [text(childOf(node, 'left')), text(childOf(node, 'right'))];
  if (operator === '??') return [left, right].map((side) => ({ operator: 'conditional', text: side }));
  const other = operator === '&&' ? '||' : '&&';
  return [
    { operator: 'conditional', text: `(${left}) ${other} (${right})` },
    { operator: 'conditional', text: left },
    { operator: 'conditional', text: right },
  ];
}

function unary(node: SyntaxNode, text: TextOf): readonly Alternative[] {
  const operator = textOf(node, 'operator');
  const argument = text(childOf(node, 'argument'));
  if (operator === '!') return [{ operator: 'boolean', text: argument }];
  return operator === '-' ? [{ operator: 'arithmetic', text: argument }] : [];
}

function literal(node: SyntaxNode, text: TextOf): readonly Alternative[] {
  const { value } = node;
  if (typeof value === 'boolean') return [{ operator: 'boolean', text: String(!value) }];
  if (typeof value === 'string') return [{ operator: 'string', text: value === '' ? `'mutant'` : `''` }];
  if (typeof value === 'number') {
    const less = value > 0 ? [{ operator: 'number', text: `${value - 1}` }] : [];
    return [{ operator: 'number', text: `${value + 1}` }, ...less];
  }
  if (typeof value === 'bigint') return [{ operator: 'number', text: `${value + 1n}n` }];
  return node['regex'] === undefined ? [] : pattern(text(node));
}

/** A pattern with one anchor, repetition, negation or flag less. */
function pattern(written: string): readonly Alternative[] {
  const end = written.lastIndexOf('/');
  const [body, flags] = [written.slice(1, end), written.slice(end + 1)];
  const bodies = [
    body.replace(/^\^/, ''),
    body.replace(/(?<!\\)\$$/, ''),
    body.replace(/([\])])[*+]/, '$1'),
    body.replace(/\{\d+,\d+\}/, ''),
    body.replace('[^', '['),
  ].filter((other) => other !== body);
  const texts = bodies.map((other) => `/${other}/${flags}`);
  for (const flag of flags.replace('u', '')) texts.push(`/${body}/${flags.replace(flag, '')}`);
  return texts.map((other) => ({ operator: 'pattern', text: other }));
}

function array(node: SyntaxNode, text: TextOf): readonly Alternative[] {
  const elements = listOf(node, 'elements').map(text);
  if (elements.length === 0) return [];
  const without = elements.map((_, skipped) => elements.filter((_element, i) => i !== skipped));
  return [[], ...without].map((left) => ({ operator: 'array', text: `[${left.join(', ')}]` }));
}

function call(node: SyntaxNode, text: TextOf): readonly Alternative[] {
  const callee = childOf(node, 'callee');
  const argumentTexts = listOf(node, 'arguments').map(text);
  const called = (name: string, list: readonly string[]): string => `${name}(${list.join(', ')})`;
  const from = INPUTS_FROM.get(textOf(callee, 'name'));
  if (from !== undefined) {
    return argumentTexts.flatMap((_, skipped) => {
      const left = argumentTexts.filter((_text, i) => i !== skipped);
      return skipped < from ? [] : [{ operator: 'input', text: called(text(callee), left) }];
    });
  }
  if (callee?.type !== 'MemberExpression') return [];
  const receiver = text(childOf(callee, 'object'));
  const method = textOf(childOf(callee, 'property'), 'name');
  if (['slice', 'subarray'].includes(method)) return bounds(`${receiver}.${method}`, argumentTexts);
  if (DROPPED_METHODS.includes(method)) return [{ operator: 'method', text: receiver }];
  return (METHODS.get(method) ?? []).map((other) => ({
    operator: 'method',
    text: called(`${receiver}.${other}`, argumentTexts),
  }));
}

/** Each bound one more and one less, the end left out, and no cut at all. */
function bounds(callee: string, list: readonly string[]): readonly Alternative[] {
  const moved = list.flatMap((bound, i) =>
    [`(${bound}) + 1`, `(${bound}) - 1`].map((other) => list.map((one, k) => (k === i ? other : one))),
  );
  const all = [...moved, ...list.map((_, i) => list.slice(0, i))];
  return all.map((one) => ({ operator: 'bounds', text: `${callee}(${one.join(', ')})` }));
}

/** What depends on where the node stands: tests of branches, and what functions give back. */
function byPosition({ node, field, ancestors }: Place): readonly Alternative[] {
  const parent = ancestors[0]?.node;
  if (parent === undefined) return [];
  const decides = ['IfStatement', 'ConditionalExpression', 'WhileStatement', 'ForStatement'];
  if (field === 'test' && decides.includes(parent.type)) {
    const isLoop = parent.type === 'WhileStatement' || parent.type === 'ForStatement';
    // Never going in is what removing the one `throw` inside does.
    const values = onlyThrows(parent) ? ['true'] : isLoop ? ['false'] : ['true', 'false'];
    return values.map((text) => ({ operator: 'conditional', text }));
  }
  const isResult =
    (parent.type === 'ReturnStatement' && field === 'argument') ||
    (parent.type === 'ArrowFunctionExpression' && field === 'body' && node.type !== 'BlockStatement');
  const alternatives = isResult ? [{ operator: 'return', text: 'undefined' }] : [];
  const iterated = parent.type === 'ForOfStatement' && field === 'right';
  return iterated ? [{ operator: 'array', text: '[]' }] : alternatives;
}

function onlyThrows(branch: SyntaxNode): boolean {
  if (branch.type !== 'IfStatement' || childOf(branch, 'alternate') !== undefined) return false;
  const consequent = childOf(branch, 'consequent');
  const [only, second] = consequent?.type === 'BlockStatement' ? listOf(consequent, 'body') : [consequent];
  return only?.type === 'ThrowStatement' && second === undefined;
}
