import { toHex } from '#crypto';
import type { Grant } from '#consensus/ledger';
import { ClientError } from '#node/client';
import type { CallOptions, PhrClient } from '#node/client';
import { purposeOf } from '#node/records';

/** A grant for research as its delegate sees it. Patients are pseudonyms here; ids are hex. */
export interface SharedLine {
  grant: string;
  patient: string;
  categories: string[];
  /** `YYYY-MM`, and `all` for what has no month. */
  months: string[];
  grantedAtMs: number;
  grantedHeight: number;
  expiresAtMs: number;
  /** `live`, or why it opens nothing any more. */
  state: 'live' | 'revoked' | 'expired' | 'unreadable';
  /** How many institutions must take part in every opening. */
  threshold: number;
}

export interface StudyView {
  /** Empty for grants whose purpose names no protocol. */
  protocol: string;
  title: string;
  /** v3-ActReason. */
  code: string;
  shared: SharedLine[];
}

/** Everything that was ever shared with this researcher, by study; live ones first. */
export async function studies(client: PhrClient, options: CallOptions): Promise<StudyView[]> {
  const grants = await client.sharing.received(options);
  const lines = await Promise.all(grants.map((grant) => lineOf(client, grant, options)));
  const byStudy = Map.groupBy(lines, ({ code, protocol, title }) => `${code} ${protocol} ${title}`);
  const views = [...byStudy.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { code, protocol, title } = first;
    const shared = group
      .map(({ line }) => line)
      .toSorted((a, b) => rank(a) - rank(b) || b.grantedHeight - a.grantedHeight);
    return [{ code, protocol, title, shared }];
  });
  return views.toSorted((a, b) => (a.protocol < b.protocol ? -1 : 1));
}

const rank = ({ state }: SharedLine): number => (state === 'live' ? 0 : 1);

async function lineOf(client: PhrClient, grant: Grant, options: CallOptions) {
  const base = {
    grant: toHex(grant.id),
    patient: toHex(grant.patient),
    grantedAtMs: grant.timeMs,
    grantedHeight: grant.height,
    expiresAtMs: grant.expiresAtMs,
    threshold: grant.threshold,
  };
  const over =
    grant.revokedHeight === null ? (grant.expiresAtMs <= Date.now() ? 'expired' : undefined) : 'revoked';
  try {
    const { terms } = await client.sharing.open(grant.id, options);
    const names = terms.compartments.map(({ compartment: { name } }) => name);
    const purpose = purposeOf(terms.purpose);
    const line: SharedLine = {
      ...base,
      categories: [...new Set(names.map(({ category }) => category))],
      months: [...new Set(names.map(({ period }) => period))].toSorted(),
      state: over ?? 'live',
    };
    const { protocol = '', title = '' } = purpose?.study ?? {};
    return { line, code: purpose?.code ?? '', protocol, title };
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'record-invalid') throw error;
    const line: SharedLine = { ...base, categories: [], months: [], state: over ?? 'unreadable' };
    return { line, code: '', protocol: '', title: '' };
  }
}
