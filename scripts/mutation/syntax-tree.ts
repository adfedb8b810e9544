/** The little of ESTree that the mutation tool reads: nodes with places, and their children in order. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** A child node, when the field holds one. */
export function childOf(node: SyntaxNode, field: string): SyntaxNode | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** The nodes of a list field. */
export function listOf(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** A text field (operators, names), or the empty text. */
export function textOf(node: SyntaxNode | undefined, field: string): string {
  const value = node?.[field];
  return typeof value === 'string' ? value : '';
}

/** All children in the order of the source, each once. */
export function childrenOf(node: SyntaxNode): readonly { field: string; child: SyntaxNode }[] {
  const children = Object.entries(node).flatMap(([field, value]) =>
    (Array.isArray(value) ? value : [value]).filter(isNode).map((child) => ({ field, child })),
  );
  return children.toSorted((a, b) => a.child.start - b.child.start);
}
