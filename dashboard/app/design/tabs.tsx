import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface Tab {
  id: string;
  label: string;
  content: () => ComponentChildren;
}

/**
 * One of several views at a time; the arrow keys go from tab to tab (ARIA APG, tabs). One that was looked at stays as it
 * is behind the others: what was typed there, and what is under way.
 */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const [{ chosen, looked }, setState] = useState({
    chosen: tabs[0]?.id,
    looked: new Set(tabs.slice(0, 1).map(({ id }) => id)),
  });
  const choose = (id: string): void =>
    setState((before) => ({ chosen: id, looked: new Set([...before.looked, id]) }));
  const move = (event: KeyboardEvent): void => {
    const isBack =
      document.documentElement.dir === 'rtl' ? event.key === 'ArrowRight' : event.key === 'ArrowLeft';
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const at = tabs.findIndex(({ id }) => id === chosen);
    const next = tabs[(at + (isBack ? tabs.length - 1 : 1)) % tabs.length];
    if (next === undefined) return;
    choose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs">
      <div role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`tab-${tab.id}`}
            aria-selected={tab.id === chosen}
            aria-controls={`panel-${tab.id}`}
            tabIndex={tab.id === chosen ? 0 : -1}
            onClick={() => choose(tab.id)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      {tabs.map(({ id, content }) => (
        <div
          key={id}
          role="tabpanel"
          id={`panel-${id}`}
          aria-labelledby={`tab-${id}`}
          tabIndex={0}
          hidden={id !== chosen}
        >
          {looked.has(id) ? content() : null}
        </div>
      ))}
    </div>
  );
}
