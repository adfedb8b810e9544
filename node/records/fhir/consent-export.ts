import { encodeResource } from './author.ts';
import type { Authored } from './author.ts';

const PURPOSES: Readonly<Record<string, string>> = {
  TREAT: 'treatment',
  ETREAT: 'Emergency Treatment',
  BTG: 'break the glass',
  HRESCH: 'healthcare research',
  PATRQT: 'patient requested',
  FAMRQT: 'family requested',
  HTEST: 'test health data',
};
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
export const PERSON_SYSTEM = 'urn:phr-mesh:person';
export const GRANT_SYSTEM = 'urn:phr-mesh:grant';
const CATEGORY_SYSTEM = 'urn:phr-mesh:category';

/** A purpose in v3-ActReason's words when it is one of its codes, as its own text when it is not. */
export const purposeConcept = (purpose: string) =>
  Object.hasOwn(PURPOSES, purpose)
    ? { coding: [{ system: ACT_REASON, code: purpose, display: PURPOSES[purpose] ?? purpose }] }
    : { text: purpose };

/** A grant as its parties know it: the ledger's entry and the opened terms. */
export interface GrantFacts {
  /** Hex. */
  readonly grant: string;
  readonly patient: string;
  readonly delegate: string;
  /** Who gave it, when that is not the patient. */
  readonly issuer?: string;
  /** Empty when who exports does not know them: the ledger has a commitment only. */
  readonly categories: readonly string[];
  /** `YYYY-MM` and `all`. */
  readonly months: readonly string[];
  /** A code of v3-ActReason, if it is known to who exports: the ledger has a commitment only. */
  readonly purpose?: string;
  readonly createdMs: number;
  readonly expiresAtMs: number;
  readonly isRevoked: boolean;
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString();
export const personReference = (id: string, type?: string) => ({
  ...(type === undefined ? {} : { type }),
  identifier: { system: PERSON_SYSTEM, value: id },
});

function lastDayOf(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return `${month}-${String(new Date(Date.UTC(year, number, 0)).getUTCDate()).padStart(2, '0')}`;
}

/**
 * A grant of ours as a FHIR Consent (http://hl7.org/fhir/R4/consent.html): who may read which categories of which
 * months, what for and until when. A copy for other systems; the grant on the ledger is what binds.
 */
export function consentOf(facts: GrantFacts, nowMs: number): Authored<'Consent'> {
  const months = facts.months.filter((month) => month !== 'all').toSorted();
  const [first, last] = [months[0], months.at(-1)];
  const isOver = facts.isRevoked || facts.expiresAtMs <= nowMs;
  const purposes = facts.purpose === undefined ? undefined : purposeConcept(facts.purpose);
  return {
    resourceType: 'Consent',
    id: `grant-${facts.grant.slice(0, 32)}`,
    identifier: [{ system: GRANT_SYSTEM, value: facts.grant }],
    status: isOver ? 'inactive' : 'active',
    scope: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
    },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0', display: 'Consent Document' }] }],
    patient: personReference(facts.patient, 'Patient'),
    dateTime: iso(facts.createdMs),
    performer: [
      facts.issuer === undefined || facts.issuer === facts.patient
        ? personReference(facts.patient, 'Patient')
        : personReference(facts.issuer),
    ],
    policyRule: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }],
    },
    provision: {
      type: 'permit',
      period: { start: iso(facts.createdMs), end: iso(facts.expiresAtMs) },
      actor: [
        {
          role: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }],
          },
          reference: personReference(facts.delegate, 'Practitioner'),
        },
      ],
      action: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentaction', code: 'access' }] },
      ],
      ...(purposes && 'coding' in purposes ? { purpose: purposes.coding } : {}),
      ...(facts.categories.length === 0
        ? {}
        : { code: facts.categories.map((code) => ({ coding: [{ system: CATEGORY_SYSTEM, code }] })) }),
      ...(first === undefined || last === undefined
        ? {}
        : { dataPeriod: { start: `${first}-01`, end: lastDayOf(last) } }),
    },
  };
}

/** Where copies of terms lie in a record. */
export const CONSENT_CATEGORY = 'administrative';

/** A grant as a record of the patient, with the keywords under which lists of shares find its terms. */
export function consentRecord(
  facts: GrantFacts,
  nowMs: number,
): { resource: Uint8Array; category: string; month: string; keywords: string[] } {
  return {
    resource: encodeResource(consentOf(facts, nowMs)),
    category: CONSENT_CATEGORY,
    month: 'all',
    keywords: ['type:consent', `grant:${facts.grant.slice(0, 32)}`],
  };
}
