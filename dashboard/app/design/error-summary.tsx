import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../words/translate.ts';

/** What is wrong with one field; `field` is its name. */
export interface Problem {
  field: string;
  text: string;
}

/** All problems of a form at its top, each leading to its field. Takes the focus as it appears. */
export function ErrorSummary({ problems }: { problems: readonly Problem[] }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (problems.length > 0) box.current?.focus();
  }, [problems]);
  if (problems.length === 0) return null;
  return (
    <div class="error-summary" role="alert" tabIndex={-1} ref={box}>
      <h2>{t('design.error-summary')}</h2>
      <ul>
        {problems.map(({ field, text }) => (
          <li key={field}>
            <a
              href={`#${field}`}
              onClick={(event) => {
                event.preventDefault();
                document.getElementById(field)?.focus();
              }}
            >
              {text}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function problemOf(problems: readonly Problem[] | undefined, field: string): string | undefined {
  return problems?.find((problem) => problem.field === field)?.text;
}
