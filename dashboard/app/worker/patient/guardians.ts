import { equalBytes, fromHex, toHex } from '#crypto';
import { KEYRING_PLACES, readKeyring, readKitSerial, stateKeys } from '#consensus/ledger';
import { ClientError } from '#node/client';
import { wardOf } from '../doctor/ward.ts';
import { idOf } from '../directory.ts';
import { linesOf, named } from '../guardianships.ts';
import type { GuardianshipLine } from '../guardianships.ts';
import type { BannerView } from '../record/banner.ts';
import type { Chart } from '../record/chart.ts';
import type { WorkerContext } from '../context.ts';
import { writeDemographicsOnce } from './demographics.ts';
import { nodeViewOf, recordView } from './document.ts';
import type { NodeView, RecordView } from './document.ts';
import { seriesFor, timelineOf } from './reading.ts';
import type { SeriesView } from './reading.ts';
import { recordById, selfOf } from './self.ts';
import type { Self } from './self.ts';

/** Who may act for me. */
export interface GuardianLine extends GuardianshipLine {
  guardianName: string;
  /** `none`: nothing was sealed to him; `newest`: he opens what is written now, `older`: what was written before. */
  keys: 'none' | 'newest' | 'older';
}

/** For whom I may act. */
export interface WardLine extends GuardianshipLine {
  /** Her keys are there: without them nothing opens. */
  hasKeys: boolean;
}

export interface GuardiansView {
  guardians: GuardianLine[];
  wards: WardLine[];
}

export async function guardians(context: WorkerContext): Promise<GuardiansView> {
  const self = selfOf(context);
  const { client, patient, options } = self;
  const [mine, wards, head] = await Promise.all([
    client.guardians.of(patient, options),
    client.guardians.wards(patient, options),
    client.head(options),
  ]);
  const distinct = [...new Map(wards.map((id) => [toHex(id), id])).values()];
  const theirs = await Promise.all(
    distinct.map(async (ward) => ({ ward, all: await client.guardians.of(ward, options) })),
  );
  const lines = await named(client, linesOf(patient, mine, head.time), options);
  return {
    guardians: await Promise.all(
      lines.map(async (line) => ({ ...line, keys: await keysOf(self, patient, fromHex(line.guardian)) })),
    ),
    wards: await Promise.all(
      theirs.flatMap(({ ward, all }) =>
        linesOf(
          ward,
          all.filter(({ guardian }) => equalBytes(guardian, patient)),
          head.time,
        ).map(async (line) => ({ ...line, hasKeys: (await keysOf(self, ward, patient)) !== 'none' })),
      ),
    ),
  };
}

/** What somebody holds of a patient's keys: every new generation counts the serial up, and leaves out who is not in charge. */
async function keysOf(
  { client, options }: Self,
  patient: Uint8Array,
  holder: Uint8Array,
): Promise<GuardianLine['keys']> {
  const places = KEYRING_PLACES.map((place) => stateKeys.keyring(patient, holder, place));
  const { get } = await client.read([stateKeys.kits(patient), ...places], options);
  const serials = KEYRING_PLACES.flatMap((place) => {
    const entry = readKeyring(get, patient, holder, place);
    return entry === undefined ? [] : [entry.kitSerial ?? 0];
  });
  if (serials.length === 0) return 'none';
  return Math.max(...serials) >= readKitSerial(get, patient) ? 'newest' : 'older';
}

/** The patient objects to one who is proposed; one who acts is ended by himself or by the institution. */
export async function declineGuardian(
  context: WorkerContext,
  input: { guardian: string },
): Promise<{ height: number }> {
  const { client, patient, options } = selfOf(context);
  const { height } = await client.guardians.end(patient, idOf(input.guardian), options);
  return { height };
}

/** The guardian acts no more. */
export async function endWard(
  context: WorkerContext,
  input: { patient: string },
): Promise<{ height: number }> {
  const { client, patient: guardian, options } = selfOf(context);
  const { height } = await client.guardians.end(idOf(input.patient), guardian, options);
  return { height };
}

/** Seals the keys to whoever acts for her now, in a new generation: who did before opens nothing that is written later. */
export async function sealForGuardians(context: WorkerContext): Promise<{ height: number }> {
  const self = selfOf(context);
  const { client, patient, options } = self;
  // What a guardian then opens begins with who the patient is.
  await writeDemographicsOnce(self);
  try {
    return { height: (await client.care.startGeneration(patient, undefined, options)).height };
  } catch (error) {
    // She has written nothing yet, so there are no keys: they begin here.
    if (!(error instanceof ClientError) || error.code !== 'no-access') throw error;
    return { height: (await client.recoveries.startAnew(options)).height };
  }
}

/** @throws ClientError `no-access` unless two administrators made the reader her guardian, until later than now */
async function requireGuardian(context: WorkerContext, patient: string): Promise<Self> {
  const self = wardOf(context, patient);
  const { client, options } = self;
  const [all, head] = await Promise.all([client.guardians.of(self.patient, options), client.head(options)]);
  const mine = all.find(({ guardian }) => equalBytes(guardian, client.keys.id));
  if (mine?.status !== 'active' || head.time >= mine.untilMs)
    throw new ClientError('no-access', { what: 'not the guardian' });
  return self;
}

export async function ward(
  context: WorkerContext,
  input: { patient: string; months: number; categories: string[] },
): Promise<Chart & { banner: BannerView; months: number }> {
  return timelineOf(await requireGuardian(context, input.patient), input);
}

export async function wardSeries(
  context: WorkerContext,
  input: { patient: string; code: string; months: number },
): Promise<{ banner: BannerView; found: SeriesView[] }> {
  return seriesFor(await requireGuardian(context, input.patient), input);
}

export async function wardRecord(
  context: WorkerContext,
  input: { patient: string; id: string },
): Promise<RecordView> {
  const self = await requireGuardian(context, input.patient);
  return recordView(self, await recordById(self, input.id));
}

export async function wardNodeView(
  context: WorkerContext,
  input: { patient: string; id: string },
): Promise<NodeView> {
  const self = await requireGuardian(context, input.patient);
  return nodeViewOf(self, await recordById(self, input.id));
}
