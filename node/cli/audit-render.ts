import { toHex } from '#crypto';
import { auditCsv, auditNdjson, recordedBy } from '#node/client';
import type { AuditRange, VerifiedAudit } from '#node/client';
import { auditEventOf, bundleOf, consentOf, encodeResource } from '#node/records';
import type { ExportEntry } from '#node/records';

export const AUDIT_FORMATS = ['ndjson', 'csv', 'fhir'] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

/** Lines of a verified audit in one of the formats: the same audit and range always give the same bytes. */
export async function renderAudit(
  audit: VerifiedAudit,
  range: AuditRange,
  format: AuditFormat,
  chainId: Uint8Array,
): Promise<Uint8Array> {
  if (format === 'fhir') return await auditBundle(audit, range, chainId);
  return new TextEncoder().encode(format === 'csv' ? auditCsv(range) : auditNdjson(range));
}

/**
 * A FHIR Bundle: an AuditEvent (IHE BALP) for every line of the range, and a Consent for every grant that one of them
 * names, as it stood at the end of what the file proves. What a grant covers is sealed, so the Consent does not say it.
 */
async function auditBundle(
  audit: VerifiedAudit,
  { lines }: AuditRange,
  chainId: Uint8Array,
): Promise<Uint8Array> {
  const patient = toHex(audit.patient);
  const named = new Set(lines.flatMap(({ grant }) => (grant === null ? [] : [toHex(grant)])));
  const consents = audit.grants
    .filter(({ id }) => named.has(toHex(id)))
    .map((grant) =>
      consentOf(
        {
          grant: toHex(grant.id),
          patient,
          delegate: toHex(grant.delegate),
          issuer: toHex(grant.issuer),
          categories: [],
          months: [],
          createdMs: grant.timeMs,
          expiresAtMs: grant.expiresAtMs,
          isRevoked: grant.revokedHeight !== null,
        },
        audit.timeMs,
      ),
    );
  const events = lines.map((line) =>
    auditEventOf({ ...line, recordedBy: recordedBy(line.kind) }, { patient, chainId: toHex(chainId) }),
  );
  const entries: ExportEntry[] = [...events, ...consents].map((one) => ({ bytes: encodeResource(one) }));
  const parts: Uint8Array[] = [];
  for await (const part of bundleOf(entries, { timeMs: audit.timeMs })) parts.push(part);
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}
