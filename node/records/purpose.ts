/** Why something is shared, in codes of v3-ActReason; the words are the page's. */
export const PURPOSES = ['TREAT', 'ETREAT', 'BTG', 'HRESCH', 'PATRQT', 'FAMRQT', 'HTEST'] as const;
export type PurposeCode = (typeof PURPOSES)[number];

/** A study as a grant names it. */
export interface Study {
  /** Number of the protocol, as the ethics committee knows it. */
  readonly protocol: string;
  readonly title: string;
}

export interface Purpose {
  readonly code: PurposeCode;
  /** With HRESCH alone; null when the text names none. */
  readonly study: Study | null;
}

const RESEARCH = 'HRESCH';
const PROTOCOL = /^(?=[^ ]*\d)[A-Z0-9][A-Za-z0-9./-]{2,39}$/;
/** Of a purpose; the terms of a grant have room for little more. */
export const STUDY_TITLE_LENGTH_MAX = 80;

/** True for what can be a protocol number: letters, digits, `-./`, at least one digit, no space. */
export const isProtocol = (text: string): boolean => PROTOCOL.test(text);

/**
 * The text of the purpose of a research grant: `HRESCH PHR-2026-014 Night-time heart rate`.
 * @throws RangeError for no protocol number, or a title that is too long
 */
export function studyPurpose({ protocol, title }: Study): string {
  if (!isProtocol(protocol) || title.length > STUDY_TITLE_LENGTH_MAX) throw new RangeError('study');
  return `${RESEARCH} ${protocol} ${title}`.trim();
}

/** Reads the purpose of a grant or the beginning of a request; undefined when it begins with no known code. */
export function purposeOf(text: string): Purpose | undefined {
  const [first = '', protocol = '', ...title] = text.trim().split(' ');
  const code = PURPOSES.find((known) => known === first);
  if (code === undefined) return undefined;
  if (code !== RESEARCH || !isProtocol(protocol)) return { code, study: null };
  return { code, study: { protocol, title: title.join(' ').slice(0, STUDY_TITLE_LENGTH_MAX) } };
}
