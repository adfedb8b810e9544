import './parts.css';
import type { ComponentChildren } from 'preact';
import { Link } from '../../design/index.ts';
import { numberText } from '../../words/dates.ts';

interface Figure {
  label: string;
  value: number;
  /** Somebody waits for the reader. */
  isWaiting?: boolean;
  /** Where to see what was counted. */
  to?: string;
  note?: ComponentChildren;
}

/** Numbers, each with what it counts. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <ul class="figures">
      {figures.map(({ label, value, isWaiting, to, note }) => (
        <li key={label} class={isWaiting === true ? 'is-waiting' : undefined}>
          <span class="value" translate={false}>
            {numberText(value)}
          </span>
          <span>{to === undefined ? label : <Link to={to}>{label}</Link>}</span>
          {note === undefined ? null : <span class="soft small">{note}</span>}
        </li>
      ))}
    </ul>
  );
}
