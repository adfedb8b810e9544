import type { ComponentChildren } from 'preact';

/** One page: its name as the only first heading, what it is for in a sentence, what can be done, and the rest. */
export function Page(props: {
  title: string;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  /** Runs over the whole width; one column of text otherwise. */
  isWide?: boolean;
  children?: ComponentChildren;
}) {
  const { title, lead, actions, isWide, children } = props;
  return (
    <div class={isWide === true ? 'page is-wide' : 'page'}>
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>{title}</h1>
          {lead === undefined ? null : <p class="lead">{lead}</p>}
        </div>
        {actions === undefined ? null : <div class="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Heading({
  level = 2,
  children,
  id,
}: {
  level?: 2 | 3;
  children: ComponentChildren;
  id?: string;
}) {
  return level === 2 ? <h2 id={id}>{children}</h2> : <h3 id={id}>{children}</h3>;
}

/** A box with a heading of its own. */
export function Panel(props: { title?: string; actions?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="panel" aria-label={props.title}>
      {props.title === undefined ? null : (
        <div class="panel-head">
          <h2>{props.title}</h2>
          {props.actions}
        </div>
      )}
      {props.children}
    </section>
  );
}
