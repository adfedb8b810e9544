import type { ComponentChildren } from 'preact';

export interface SummaryRow {
  label: string;
  value: ComponentChildren;
  /** A link or button that changes this one. */
  action?: ComponentChildren;
}

/** Facts under their names, one below the other. */
export function Summary({ rows }: { rows: readonly SummaryRow[] }) {
  return (
    <dl class="summary">
      {rows.map(({ label, value, action }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
          {action === undefined ? null : <dd class="summary-action">{action}</dd>}
        </div>
      ))}
    </dl>
  );
}
