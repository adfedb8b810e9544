/**
 * What is not mutated, by rules that do not look at the tests: names, places of assignment, texts of errors (STYLE:
 * they carry no claim, codes do), what a `catch` without a binding swallows, and defaults that only the type checker
 * asks for. Every other mutant that no test can tell apart is listed with a reason in `equivalents.json`.
 */
import type { Place } from './operators.ts';
import { childOf, listOf, textOf, type SyntaxNode } from './syntax-tree.ts';

const NAME_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Property: ['key'],
  PropertyDefinition: ['key'],
  MethodDefinition: ['key'],
  ImportDeclaration: ['source'],
  ExportNamedDeclaration: ['source'],
  ExportAllDeclaration: ['source'],
};

/** Names of properties and of modules; the callee of a call is mutated with its call. */
export function isName({ node, field, ancestors }: Place): boolean {
  const parent = ancestors[0]?.node;
  if (parent === undefined) return false;
  if (parent.type === 'CallExpression' && field === 'callee' && node.type === 'MemberExpression') return true;
  // Cutting an optional chain in two would change what it skips.
  if (parent.type === 'MemberExpression' && field === 'object' && isInChain(ancestors)) return true;
  const isComputed = parent['computed'] === true;
  return !isComputed && (NAME_FIELDS[parent.type] ?? []).includes(field);
}

function isInChain(ancestors: readonly Place[]): boolean {
  for (const { node } of ancestors) {
    if (node.type === 'ChainExpression') return true;
    if (!['MemberExpression', 'CallExpression'].includes(node.type)) return false;
  }
  return false;
}

/** The left of an assignment or a pattern is a place, not a value; an index in it is a value again. */
export function isInAssignmentTarget({ node, field, ancestors }: Place): boolean {
  const parent = ancestors[0]?.node;
  if (parent === undefined) return false;
  if (parent.type === 'AssignmentExpression' && field === 'left') return true;
  if (parent.type === 'UpdateExpression') return true;
  return node.type.endsWith('Pattern');
}

/** `new CryptoError(code, text)`, `new RangeError(text)`, and the field names that shape checks put in their texts. */
export function isErrorText({ node, ancestors }: Place, source: string): boolean {
  const [parent, grandparent] = ancestors.map((place) => place.node);
  const isText = node.type === 'TemplateLiteral' || typeof node['value'] === 'string';
  if (!isText || parent === undefined) return false;
  const at = listOf(parent, 'arguments').indexOf(node);
  const callee = childOf(parent, 'callee');
  const name = callee === undefined ? '' : source.slice(callee.start, callee.end);
  if (name === 'CryptoError') return at === 1;
  if (['RangeError', 'FetchFailure'].includes(name)) return true;
  if (name === 'refuse') return at >= 0;
  if (!/^expect[A-Z]/.test(name) || at < 1) return false;
  // `expectLink(value, field, codec)`; all others name the field last.
  return name === 'expectLink'
    ? at === 1
    : at === listOf(parent, 'arguments').length - 1 && grandparent !== undefined;
}

/** Inside a `throw` whose error a `catch` without a binding swallows: what it says is seen by nobody. */
export function isUnobservable({ node, ancestors }: Place): boolean {
  if (node.type === 'ThrowStatement') return false;
  const at = ancestors.findIndex((place) => place.node.type === 'ThrowStatement');
  if (at < 0) return false;
  for (const { node: around, field } of ancestors.slice(at)) {
    if (/Function/.test(around.type) && !isCalledInPlace(ancestors, around)) return false;
    const outer = ancestors.find((place) => place.node === around)?.ancestors[0]?.node;
    if (outer?.type !== 'TryStatement' || field !== 'block') continue;
    const handler = childOf(outer, 'handler');
    return handler !== undefined && childOf(handler, 'param') === undefined;
  }
  return false;
}

/** An arrow handed to `map`, `some` and the like runs where it stands. */
function isCalledInPlace(ancestors: readonly Place[], fn: SyntaxNode): boolean {
  const call = ancestors.find((place) => place.node === fn)?.ancestors[0]?.node;
  const method = textOf(childOf(childOf(call ?? fn, 'callee') ?? fn, 'property'), 'name');
  return call?.type === 'CallExpression' && ['map', 'flatMap', 'some', 'every', 'find'].includes(method);
}

/** `list[i] ?? 0` where i is in range: `noUncheckedIndexedAccess` wants the default, nothing reaches it. */
export function isUnreachableDefault({ node, field, ancestors }: Place): boolean {
  const inDefault = [{ node, field }, ...ancestors].findIndex(
    (place, i) => place.field === 'right' && isDefaulted(ancestors[i]?.node),
  );
  if (inDefault >= 0) return true;
  return isDefaulted(node);
}

function isDefaulted(node: SyntaxNode | undefined): boolean {
  if (node?.type === 'AssignmentPattern') return childOf(node, 'right')?.['value'] === 0;
  if (node?.type !== 'LogicalExpression' || textOf(node, 'operator') !== '??') return false;
  const right = childOf(node, 'right');
  const isEmpty =
    right !== undefined && ['Literal', 'NewExpression', 'ObjectExpression'].includes(right.type);
  return isEmpty && isIndexed(childOf(node, 'left'));
}

/** `list[i]`, `list[31]`, `list[i]?.id`; not `list[0]?.id`, which asks whether the list is empty. */
function isIndexed(node: SyntaxNode | undefined): boolean {
  if (node?.type === 'MemberExpression') return node['computed'] === true;
  let inner = node?.type === 'ChainExpression' ? childOf(node, 'expression') : undefined;
  while (inner?.type === 'MemberExpression' && inner['computed'] !== true) inner = childOf(inner, 'object');
  return inner?.['computed'] === true && childOf(inner, 'property')?.type === 'Identifier';
}
