import { fromHex } from '#crypto';
import type { EmergencyReason } from '#consensus/ledger';
import type { WorkerContext } from '../context.ts';
import type { EmergencyLine } from '../emergencies.ts';
import type { NodeView, RecordView } from '../patient/document.ts';
import type { SeriesView } from '../patient/reading.ts';
import type { Recipient } from '../patient/sharing.ts';
import type { BannerView } from '../record/banner.ts';
import type { Chart } from '../record/chart.ts';
import type { PatientView } from './chart.ts';
import type { DelegateInput, Delegation } from './delegations.ts';
import type { EmergencyPlace } from './emergency.ts';
import type { DoctorHome } from './home.ts';
import type { NoteInput, NoteWritten } from './notes.ts';
import type { PatientLine } from './patients.ts';
import type { AskedPerson, DoctorRequest } from './requests.ts';
import type { FoundView } from './search.ts';
import type { SharedFound, SharedGrant, SharedOpened } from './shared.ts';

type Done = { height: number };

/** What a doctor does. Each part is loaded when it is first asked for. */
export const doctorCalls = {
  'doctor.home': async (context: WorkerContext, _input: void): Promise<DoctorHome> =>
    (await import('./home.ts')).home(context),

  'doctor.patients': async (context: WorkerContext, _input: void): Promise<PatientLine[]> =>
    (await import('./patients.ts')).patients(context),

  'doctor.patient': async (context: WorkerContext, input: { patient: string }): Promise<PatientView> =>
    (await import('./chart.ts')).patient(context, input),

  'doctor.timeline': async (
    context: WorkerContext,
    input: { patient: string; months: number; categories?: string[]; keywords?: string[] },
  ): Promise<Chart & { banner: BannerView; months: number }> =>
    (await import('./chart.ts')).timeline(context, input),

  'doctor.series': async (
    context: WorkerContext,
    input: { patient: string; code: string; months: number },
  ): Promise<{ banner: BannerView; found: SeriesView[] }> =>
    (await import('./chart.ts')).series(context, input),

  'doctor.record': async (
    context: WorkerContext,
    input: { patient: string; id: string },
  ): Promise<RecordView> => (await import('./chart.ts')).record(context, input),

  /** Says on the ledger that something of this patient's record was printed. */
  'doctor.printed': async (
    { signedIn, signal }: WorkerContext,
    { patient, records }: { patient: string; records: string[] },
  ): Promise<void> => signedIn().client.records.printed(fromHex(patient), records.map(fromHex), { signal }),

  'doctor.node-view': async (
    context: WorkerContext,
    input: { patient: string; id: string },
  ): Promise<NodeView> => (await import('./chart.ts')).nodeView(context, input),

  'doctor.seal-again': async (
    context: WorkerContext,
    input: { patient: string },
  ): Promise<{ height: number }> => (await import('./patients.ts')).sealAgain(context, input),

  'doctor.search': async (
    context: WorkerContext,
    input: { patient: string; words: string; categories: string[]; months: number },
  ): Promise<FoundView> => (await import('./search.ts')).search(context, input),

  'doctor.add-note': async (context: WorkerContext, input: NoteInput): Promise<NoteWritten> =>
    (await import('./notes.ts')).addNote(context, input),

  'doctor.requests': async (context: WorkerContext, _input: void): Promise<DoctorRequest[]> =>
    (await import('./requests.ts')).requests(context),

  'doctor.who-to-ask': async (context: WorkerContext, input: { patient: string }): Promise<AskedPerson[]> =>
    (await import('./requests.ts')).whoToAsk(context, input),

  'doctor.request-access': async (
    context: WorkerContext,
    input: { patient: string; to: string; message: string },
  ): Promise<Done & { id: string }> => (await import('./requests.ts')).requestAccess(context, input),

  'doctor.refuse-request': async (
    context: WorkerContext,
    input: { id: string; reason: string },
  ): Promise<Done> => (await import('./requests.ts')).refuseRequest(context, input),

  /** Openings of this window that are not on the ledger yet, in number of records. */
  'doctor.waiting-lines': async ({ signedIn }: WorkerContext, _input: void): Promise<number> =>
    signedIn().client.records.pendingReports(),

  /** Sends them. */
  'doctor.send-lines': async ({ signedIn, signal }: WorkerContext, _input: void): Promise<number> => {
    const { records } = signedIn().client;
    await records.flushReports({ signal });
    return await records.pendingReports();
  },

  'doctor.recipients': async (context: WorkerContext, _input: void): Promise<Recipient[]> =>
    (await import('../patient/sharing.ts')).recipients(context),

  'doctor.delegations': async (context: WorkerContext, _input: void): Promise<Delegation[]> =>
    (await import('./delegations.ts')).delegations(context),

  'doctor.delegate': async (
    context: WorkerContext,
    input: DelegateInput,
  ): Promise<Done & { grant: string; isOnRecord: boolean }> =>
    (await import('./delegations.ts')).delegate(context, input),

  'doctor.revoke': async (context: WorkerContext, input: { grant: string }): Promise<Done> =>
    (await import('./delegations.ts')).revoke(context, input),

  'doctor.shared': async (context: WorkerContext, _input: void): Promise<SharedGrant[]> =>
    (await import('./shared.ts')).shared(context),

  'doctor.shared-grant': async (context: WorkerContext, input: { grant: string }): Promise<SharedGrant> =>
    (await import('./shared.ts')).sharedGrant(context, input),

  'doctor.shared-search': async (
    context: WorkerContext,
    input: { grant: string; words: string; categories: string[] },
  ): Promise<SharedFound> => (await import('./shared.ts')).searchShared(context, input),

  'doctor.shared-open': async (
    context: WorkerContext,
    input: { grant: string; records: string[] },
  ): Promise<SharedOpened> => (await import('./shared.ts')).openShared(context, input),

  'doctor.emergencies': async (context: WorkerContext, _input: void): Promise<EmergencyLine[]> =>
    (await import('./emergency.ts')).emergencies(context),

  'doctor.emergency-place': async (
    context: WorkerContext,
    input: { patient: string },
  ): Promise<EmergencyPlace> => (await import('./emergency.ts')).emergencyPlace(context, input),

  'doctor.request-emergency': async (
    context: WorkerContext,
    input: { patient: string; reason: EmergencyReason; text: string; hours: number },
  ): Promise<Done & { id: string }> => (await import('./emergency.ts')).requestEmergency(context, input),

  'doctor.open-emergency': async (
    context: WorkerContext,
    input: { id: string },
  ): Promise<SharedOpened & { threshold: number }> =>
    (await import('./emergency.ts')).openEmergency(context, input),

  'doctor.end-emergency': async (context: WorkerContext, input: { id: string }): Promise<Done> =>
    (await import('./emergency.ts')).endEmergency(context, input),
};
