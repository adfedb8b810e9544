import type { Profile } from '#node/client';
import type { WorkerContext } from '../context.ts';
import type { AccessLine, AuditView } from './audit.ts';
import type { DoctorLine, EmergencyView } from './care.ts';
import type { DeviceLine } from './devices.ts';
import type { NodeView, RecordView } from './document.ts';
import type { Downloaded } from './download.ts';
import type { GuardiansView } from './guardians.ts';
import type { HomeView } from './home.ts';
import type { ImportInput, ImportReport } from './import.ts';
import type { InstitutionView } from './institution.ts';
import type { SeriesView, VitalView } from './reading.ts';
import type { Opened, SealedView } from './sealed.ts';
import type { GrantLine, Recipient, RequestLine } from './sharing.ts';
import type { DiscardInput, DocumentInput } from './uploads.ts';
import type { ReadingInput, Written } from './writing.ts';
import type { SaveInput } from '../record/file.ts';
import type { BannerView } from '../record/banner.ts';
import type { Chart } from '../record/chart.ts';
import type { ProofView } from '../record/proof.ts';
import type { ShareInput } from '../record/consent.ts';

type Done = { height: number };

/** What a patient does with her own record. Each part is loaded when it is first asked for. */
export const patientCalls = {
  'patient.home': async (context: WorkerContext, _input: void): Promise<HomeView> =>
    (await import('./home.ts')).home(context),

  /** The newest value of every sign of the last two months. */
  'patient.vitals': async (
    context: WorkerContext,
    _input: void,
  ): Promise<{ vitals: VitalView[]; proof: ProofView }> => {
    const [{ vitals }, { selfOf }] = await Promise.all([import('./reading.ts'), import('./self.ts')]);
    return vitals(selfOf(context), 2);
  },

  'patient.timeline': async (
    context: WorkerContext,
    input: { months: number; categories?: string[]; keywords?: string[] },
  ): Promise<Chart & { banner: BannerView; months: number }> =>
    (await import('./reading.ts')).timeline(context, input),

  'patient.series': async (
    context: WorkerContext,
    input: { code: string; months: number },
  ): Promise<{ banner: BannerView; found: SeriesView[] }> =>
    (await import('./reading.ts')).series(context, input),

  'patient.record': async (context: WorkerContext, input: { id: string }): Promise<RecordView> =>
    (await import('./document.ts')).record(context, input),

  'patient.node-view': async (context: WorkerContext, input: { id: string }): Promise<NodeView> =>
    (await import('./document.ts')).nodeView(context, input),

  'patient.add-reading': async (context: WorkerContext, input: ReadingInput): Promise<Written> =>
    (await import('./writing.ts')).addReading(context, input),

  'patient.add-document': async (context: WorkerContext, input: DocumentInput): Promise<Written> =>
    (await import('./uploads.ts')).uploadDocument(context, input),

  'patient.pause-upload': async (
    _context: WorkerContext,
    input: { upload: string; isPaused: boolean },
  ): Promise<void> => (await import('./uploads.ts')).pauseUpload(input),

  'patient.discard-upload': async (
    context: WorkerContext,
    input: DiscardInput,
  ): Promise<{ parts: number; height: number | null }> =>
    (await import('./uploads.ts')).discardUpload(context, input),

  /** For doctors as well: whoever has the keys, or a grant. */
  'patient.save-file': async (context: WorkerContext, input: SaveInput): Promise<Blob | null> =>
    (await import('../record/file.ts')).saveStoredFile(context, input),

  'patient.import': async (context: WorkerContext, input: ImportInput): Promise<ImportReport> =>
    (await import('./import.ts')).importFile(context, input),

  'patient.download': async (context: WorkerContext, _input: void): Promise<Downloaded> =>
    (await import('./download.ts')).downloadAll(context),

  'patient.audit': async (context: WorkerContext, _input: void): Promise<AuditView> =>
    (await import('./audit.ts')).audit(context),

  'patient.audit-file': async (
    context: WorkerContext,
    input: { format: 'proof' | 'csv' | 'fhir' },
  ): Promise<{ name: string; mediaType: string; bytes: Uint8Array }> =>
    (await import('./audit-file.ts')).auditFile(context, input),

  'patient.line': async (
    context: WorkerContext,
    input: { position: number },
  ): Promise<{ line: AccessLine; signers: string[]; blockHash: string }> =>
    (await import('./audit.ts')).lineProof(context, input),

  'patient.grants': async (context: WorkerContext, _input: void): Promise<GrantLine[]> =>
    (await import('./sharing.ts')).grants(context),

  'patient.recipients': async (context: WorkerContext, _input: void): Promise<Recipient[]> =>
    (await import('./sharing.ts')).recipients(context),

  'patient.share': async (
    context: WorkerContext,
    input: ShareInput,
  ): Promise<{ grant: string; height: number; isOnRecord: boolean }> =>
    (await import('./sharing.ts')).share(context, input),

  'patient.revoke': async (context: WorkerContext, input: { grant: string }): Promise<Done> =>
    (await import('./sharing.ts')).revoke(context, input),

  'patient.requests': async (context: WorkerContext, _input: void): Promise<RequestLine[]> =>
    (await import('./sharing.ts')).requests(context),

  'patient.request': async (
    context: WorkerContext,
    input: { id: string },
  ): Promise<RequestLine & { message: string; speciality: string }> =>
    (await import('./sharing.ts')).request(context, input),

  'patient.refuse': async (context: WorkerContext, input: { id: string; reason: string }): Promise<Done> =>
    (await import('./sharing.ts')).refuse(context, input),

  'patient.doctors': async (context: WorkerContext, _input: void): Promise<DoctorLine[]> =>
    (await import('./care.ts')).doctors(context),

  'patient.accept-doctor': async (context: WorkerContext, input: { doctor: string }): Promise<Done> =>
    (await import('./care.ts')).acceptDoctor(context, input),

  'patient.end-doctor': async (context: WorkerContext, input: { doctor: string }): Promise<Done> =>
    (await import('./care.ts')).endDoctor(context, input),

  'patient.guardians': async (context: WorkerContext, _input: void): Promise<GuardiansView> =>
    (await import('./guardians.ts')).guardians(context),

  'patient.decline-guardian': async (context: WorkerContext, input: { guardian: string }): Promise<Done> =>
    (await import('./guardians.ts')).declineGuardian(context, input),

  'patient.seal-guardians': async (context: WorkerContext, _input: void): Promise<Done> =>
    (await import('./guardians.ts')).sealForGuardians(context),

  'patient.end-ward': async (context: WorkerContext, input: { patient: string }): Promise<Done> =>
    (await import('./guardians.ts')).endWard(context, input),

  'patient.ward': async (
    context: WorkerContext,
    input: { patient: string; months: number; categories: string[] },
  ): Promise<Chart & { banner: BannerView; months: number }> =>
    (await import('./guardians.ts')).ward(context, input),

  'patient.ward-series': async (
    context: WorkerContext,
    input: { patient: string; code: string; months: number },
  ): Promise<{ banner: BannerView; found: SeriesView[] }> =>
    (await import('./guardians.ts')).wardSeries(context, input),

  'patient.ward-record': async (
    context: WorkerContext,
    input: { patient: string; id: string },
  ): Promise<RecordView> => (await import('./guardians.ts')).wardRecord(context, input),

  'patient.ward-node-view': async (
    context: WorkerContext,
    input: { patient: string; id: string },
  ): Promise<NodeView> => (await import('./guardians.ts')).wardNodeView(context, input),

  'patient.institution': async (context: WorkerContext, _input: void): Promise<InstitutionView> =>
    (await import('./institution.ts')).institution(context),

  'patient.move': async (context: WorkerContext, input: { home: string; profile: Profile }): Promise<Done> =>
    (await import('./institution.ts')).askToMove(context, input),

  'patient.stay': async (context: WorkerContext, _input: void): Promise<Done> =>
    (await import('./institution.ts')).stay(context),

  /** Whether her record is sealed to keys that the account had before, and who can help. */
  'patient.sealed': async (context: WorkerContext, _input: void): Promise<SealedView> =>
    (await import('./sealed.ts')).sealed(context),

  'patient.unseal-code': async (context: WorkerContext, input: { code: string }): Promise<Opened> =>
    (await import('./sealed.ts')).unsealWithCode(context, input),

  'patient.unseal-deposit': async (context: WorkerContext, input: { passphrase: string }): Promise<Opened> =>
    (await import('./sealed.ts')).unsealWithDeposit(context, input),

  'patient.start-anew': async (context: WorkerContext, _input: void): Promise<Done> =>
    (await import('./sealed.ts')).startAnew(context),

  'patient.emergency': async (context: WorkerContext, _input: void): Promise<EmergencyView> =>
    (await import('./care.ts')).emergency(context),

  'patient.emergency-in': async (context: WorkerContext, _input: void): Promise<Done> =>
    (await import('./care.ts')).optIn(context),

  'patient.emergency-out': async (context: WorkerContext, _input: void): Promise<Done> =>
    (await import('./care.ts')).optOut(context),

  'patient.emergency-review': async (
    context: WorkerContext,
    input: { id: string; verdict: 'justified' | 'not-justified' },
  ): Promise<Done> => (await import('./care.ts')).reviewEmergency(context, input),
  'patient.emergency-end': async (context: WorkerContext, input: { id: string }): Promise<Done> =>
    (await import('./care.ts')).endEmergency(context, input),

  'patient.devices': async (context: WorkerContext, _input: void): Promise<DeviceLine[]> =>
    (await import('./devices.ts')).devices(context),

  'patient.invite': async (
    context: WorkerContext,
    _input: void,
  ): Promise<{ code: string; expiresAtMs: number }> => (await import('./devices.ts')).invite(context),

  'patient.enrol': async (
    context: WorkerContext,
    input: { answer: string; categories: string[]; monthsAhead: number },
  ): Promise<{ device: string; height: number }> => (await import('./devices.ts')).enrol(context, input),

  'patient.revoke-device': async (context: WorkerContext, input: { device: string }): Promise<Done> =>
    (await import('./devices.ts')).revokeDevice(context, input),
};
