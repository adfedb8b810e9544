import './doors.css';
import { Link } from '../../design/index.ts';

/** Ways on from here, each with a sentence. */
export function Doors({ doors }: { doors: readonly { to: string; label: string; about: string }[] }) {
  return (
    <ul class="doors">
      {doors.map(({ to, label, about }) => (
        <li key={to}>
          <Link to={to}>{label}</Link>
          <p class="soft">{about}</p>
        </li>
      ))}
    </ul>
  );
}
