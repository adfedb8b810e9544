import './parts.css';
import { Data } from '../../design/index.ts';

/** Letters of an id that tell two people of one page apart. */
const SHORT = 8;

export const shortId = (id: string): string => id.slice(0, SHORT);

/** A name where the reader may know it, else the first letters of the number; the whole number is in the tooltip. */
export function PersonName({ name, id }: { name: string; id: string }) {
  return (
    <span title={id} class={name === '' ? 'short-id' : undefined}>
      {name === '' ? <Data isCode>{shortId(id)}</Data> : <Data>{name}</Data>}
    </span>
  );
}
