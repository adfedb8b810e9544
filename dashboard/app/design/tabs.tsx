import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface Tab {
  id: string;
  label: string;
  content: () => ComponentChildren;
}

/** One of several views at a time; the arrow keys go from tab to tab (ARIA APG, tabs). */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const [chosen, setChosen] = useState(tabs[0]?.id);
  const current = tabs.find(({ id }) => id === chosen) ?? tabs[0];
  const move = (event: KeyboardEvent): void => {
    const isBack =
      document.documentElement.dir === 'rtl' ? event.key === 'ArrowRight' : event.key === 'ArrowLeft';
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const at = tabs.findIndex(({ id }) => id === current?.id);
    const next = tabs[(at + (isBack ? tabs.length - 1 : 1)) % tabs.length];
    if (next === undefined) return;
    setChosen(next.id);
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
            aria-selected={tab.id === current?.id}
            aria-controls={`panel-${tab.id}`}
            tabIndex={tab.id === current?.id ? 0 : -1}
            onClick={() => setChosen(tab.id)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      {current === undefined ? null : (
        <div role="tabpanel" id={`panel-${current.id}`} aria-labelledby={`tab-${current.id}`} tabIndex={0}>
          {current.content()}
        </div>
      )}
    </div>
  );
}
