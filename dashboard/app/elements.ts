/** The element with an id of the page; the page is ours, so a missing one is our mistake. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no element ${id}`);
  return element;
}

/** Sets the text of an element, only when it differs: what does not change is not announced again. */
export function setText(id: string, text: string): void {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/** A new element with text as text. */
export function create(
  tag: string,
  init: { className?: string; text?: string; attributes?: Record<string, string> } = {},
  ...children: Node[]
): HTMLElement {
  const element = document.createElement(tag);
  if (init.className !== undefined) element.className = init.className;
  if (init.text !== undefined) element.textContent = init.text;
  for (const [name, value] of Object.entries(init.attributes ?? {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
