import type { Page } from 'playwright-core';

/**
 * Texts of a page in the pseudo language that no translator was ever given: not in its brackets, and not said to be a
 * name, a value or a code (`translate="no"`), nor made of names of this world alone.
 */
export function literals(page: Page, data: RegExp): Promise<string[]> {
  return page.evaluate((source) => {
    const known = new RegExp(source, 'gu');
    // A fact may be a word of ours itself: brackets stand within brackets.
    const outside = (text: string): string => {
      const rest = text.replaceAll(/⟦[^⟦⟧]*⟧/gu, '');
      return rest === text ? rest : outside(rest);
    };
    const isOurs = (text: string): boolean => !/\p{L}/u.test(outside(text).replaceAll(known, ''));
    const found: string[] = [];
    const look = (element: Element, text: string, where: string): void => {
      if (isOurs(text) || element.closest('[translate="no"], script, style, noscript') !== null) return;
      found.push(
        `${where} “${text.trim().slice(0, 60)}” in ${element.tagName.toLowerCase()}.${element.className}`,
      );
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    // A sentence of ours is one text, wherever a component put its facts.
    const seen = new Set<Element>();
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent === null || seen.has(parent)) continue;
      seen.add(parent);
      const own = [...parent.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
      look(parent, own.map(({ textContent }) => textContent ?? '').join(''), 'text');
    }
    for (const element of document.body.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
      for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
        look(element, element.getAttribute(name) ?? '', name);
    }
    return [...new Set(found)];
  }, data.source);
}
