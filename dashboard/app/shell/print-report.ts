import { session } from '../state/session.ts';
import { call } from '../worker/call.ts';

const RECORD_PAGE = /^\/doctor\/patients\/([0-9a-f]{64})(?:\/records\/([0-9a-f]{64})(\/node)?|\/|$)/;

/** Whose record a page of a doctor shows, and which one of it; undefined for pages without anybody's content. */
export function printedFrom(path: string): { patient: string; records: string[] } | undefined {
  const [, patient, record, node] = RECORD_PAGE.exec(path) ?? [];
  // What the nodes see of a record is nobody's content.
  if (patient === undefined || node !== undefined) return undefined;
  return { patient, records: record === undefined ? [] : [record] };
}

/**
 * Says on the ledger that a doctor in charge printed from a patient's record, whatever way the browser was told to
 * print. In one place and by the path alone, so that no page can forget it.
 */
export function watchPrinting(): void {
  window.addEventListener('beforeprint', () => {
    const printed = session.value.kind === 'signed-in' ? printedFrom(location.pathname) : undefined;
    // A network that is stopped takes it later; and what else fails must not stand in the way of the paper.
    if (printed !== undefined) void call('doctor.printed', printed).catch(() => undefined);
  });
}
