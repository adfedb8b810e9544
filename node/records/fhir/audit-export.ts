import { toHex } from '#crypto';
import type { Authored } from './author.ts';
import { GRANT_SYSTEM, personReference, purposeConcept } from './consent-export.ts';

/** One line of a patient's proven audit list, as `client.audit.whoHasSeen` gives it. */
export interface AuditFacts {
  readonly kind: string;
  readonly height: number;
  readonly timeMs: number;
  readonly transaction: Uint8Array;
  readonly actor: Uint8Array;
  readonly subject: Uint8Array | null;
  readonly grant: Uint8Array | null;
  readonly records: readonly Uint8Array[];
  readonly action: string | null;
  /** Whose word the line is: of the ledger, or of somebody's client. */
  readonly recordedBy?: 'ledger' | 'client';
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const INTERACTION = 'http://hl7.org/fhir/restful-interaction';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
/** Integrating the Healthcare Enterprise, Basic Audit Log Patterns. */
const BALP = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/';
const EMERGENCY: ReadonlySet<string> = new Set(['ETREAT', 'BTG']);

interface Pattern {
  readonly action: 'C' | 'R' | 'U' | 'E';
  readonly interaction: 'create' | 'read' | 'update' | 'search-type';
  readonly profile: 'PatientCreate' | 'PatientRead' | 'PatientUpdate' | 'PatientQuery';
}

function patternOf({ kind, action }: AuditFacts): Pattern {
  if (action === 'search' || kind === 'access.search')
    return { action: 'E', interaction: 'search-type', profile: 'PatientQuery' };
  if (kind.startsWith('access.')) return { action: 'R', interaction: 'read', profile: 'PatientRead' };
  if (kind === 'record.anchor' || kind.endsWith('.create') || kind.endsWith('.request'))
    return { action: 'C', interaction: 'create', profile: 'PatientCreate' };
  return { action: 'U', interaction: 'update', profile: 'PatientUpdate' };
}

const agentType = (code: string, display: string) => ({ coding: [{ system: DCM, code, display }] });
const entityType = (code: string, display: string) => ({ system: ENTITY_TYPE, code, display });
const objectRole = (code: string, display: string) => ({ system: OBJECT_ROLE, code, display });
const ledgerEntity = (system: string, value: string) => ({
  what: { identifier: { system, value } },
  type: entityType('2', 'System Object'),
  role: objectRole('4', 'Domain Resource'),
});

/**
 * An audit line as FHIR AuditEvent in the patterns of IHE BALP. With an emergency purpose its subtype is DICOM 110127
 * "Emergency Override Started". The purpose is on the ledger as a commitment only, so whoever exports says it.
 */
export function auditEventOf(
  line: AuditFacts,
  context: { patient: string; chainId: string; purpose?: string },
): Authored<'AuditEvent'> {
  const { action, interaction, profile } = patternOf(line);
  const hash = toHex(line.transaction);
  const { purpose } = context;
  const isEmergency = purpose !== undefined && EMERGENCY.has(purpose);
  const ledger = { identifier: { system: 'urn:phr-mesh:chain', value: context.chainId } };
  return {
    resourceType: 'AuditEvent',
    id: `line-${hash.slice(0, 40)}`,
    meta: { profile: [`${BALP}IHE.BasicAudit.${profile}`] },
    type: {
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
      code: 'rest',
      display: 'Restful Operation',
    },
    subtype: [
      { system: INTERACTION, code: interaction, display: interaction },
      ...(isEmergency ? [{ system: DCM, code: '110127', display: 'Emergency Override Started' }] : []),
    ],
    action,
    recorded: new Date(line.timeMs).toISOString(),
    outcome: '0',
    ...(purpose === undefined ? {} : { purposeOfEvent: [purposeConcept(purpose)] }),
    agent: [
      { type: agentType('110153', 'Source Role ID'), who: ledger, requestor: false },
      {
        type: agentType('110152', 'Destination Role ID'),
        who: personReference(toHex(line.actor)),
        requestor: true,
      },
    ],
    source: { observer: ledger },
    entity: [
      {
        what: personReference(context.patient, 'Patient'),
        type: entityType('1', 'Person'),
        role: objectRole('1', 'Patient'),
      },
      {
        ...ledgerEntity('urn:phr-mesh:transaction', hash),
        detail: [
          { type: 'kind', valueString: line.kind },
          { type: 'block', valueString: String(line.height) },
          ...(line.action === null ? [] : [{ type: 'action', valueString: line.action }]),
          ...(line.recordedBy === undefined ? [] : [{ type: 'recordedBy', valueString: line.recordedBy }]),
        ],
      },
      ...(line.grant === null ? [] : [ledgerEntity(GRANT_SYSTEM, toHex(line.grant))]),
      ...line.records.map((record) => ledgerEntity('urn:phr-mesh:record', toHex(record))),
    ],
  };
}
