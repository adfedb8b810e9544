import type { WorkerContext } from '../context.ts';
import { nodeViewOf, recordView } from '../patient/document.ts';
import type { NodeView, RecordView } from '../patient/document.ts';
import { seriesFor, timelineOf, vitals } from '../patient/reading.ts';
import type { SeriesView, VitalView } from '../patient/reading.ts';
import { bannerFor, recordById } from '../patient/self.ts';
import type { BannerView } from '../record/banner.ts';
import type { Chart } from '../record/chart.ts';
import type { ProofView } from '../record/proof.ts';
import { requireInCharge } from './ward.ts';

export interface PatientView {
  id: string;
  banner: BannerView;
  vitals: VitalView[];
  proof: ProofView;
}

/** The head of a record: who, and the newest of every sign. */
export async function patient(context: WorkerContext, input: { patient: string }): Promise<PatientView> {
  const self = await requireInCharge(context, input.patient);
  const [banner, measured] = await Promise.all([bannerFor(self), vitals(self, 2)]);
  return { id: input.patient, banner, vitals: measured.vitals, proof: measured.proof };
}

export async function timeline(
  context: WorkerContext,
  input: { patient: string; months: number; categories?: string[]; keywords?: string[] },
): Promise<Chart & { banner: BannerView; months: number }> {
  return timelineOf(await requireInCharge(context, input.patient), input);
}

export async function series(
  context: WorkerContext,
  input: { patient: string; code: string; months: number },
): Promise<{ banner: BannerView; found: SeriesView[] }> {
  return seriesFor(await requireInCharge(context, input.patient), input);
}

export async function record(
  context: WorkerContext,
  input: { patient: string; id: string },
): Promise<RecordView> {
  const self = await requireInCharge(context, input.patient);
  return recordView(self, await recordById(self, input.id));
}

export async function nodeView(
  context: WorkerContext,
  input: { patient: string; id: string },
): Promise<NodeView> {
  const self = await requireInCharge(context, input.patient);
  return nodeViewOf(self, await recordById(self, input.id));
}
