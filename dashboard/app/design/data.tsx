import type { ComponentChildren } from 'preact';
import { minuteText, timeText } from '../words/dates.ts';
import { language } from '../words/translate.ts';

/** Something that is no word of ours: a name, a value, a code. It keeps its direction and is never translated. */
export function Data({ children, isCode }: { children: ComponentChildren; isCode?: boolean }) {
  return (
    <bdi translate={false} class={isCode === true ? 'code' : undefined}>
      {children}
    </bdi>
  );
}

/** A moment, as people of the clinic write it: the month has letters, so that it runs in the direction of the page. */
export function Time({ atMs, withSeconds }: { atMs: number; withSeconds?: boolean }) {
  return (
    <time
      dateTime={new Date(atMs).toISOString()}
      translate={false}
      dir={language.value === 'ar' ? 'rtl' : 'ltr'}
    >
      {withSeconds === true ? timeText(atMs) : minuteText(atMs)}
    </time>
  );
}
