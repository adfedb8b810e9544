import { fromHex, toHex } from '#crypto';
import type { OpenedRecord, PhrClient } from '#node/client';
import { ClientError } from '#node/client';
import { bannerOf } from '../record/banner.ts';
import type { BannerView } from '../record/banner.ts';
import { openedOf, recordsOf } from '../record/chart.ts';
import type { WorkerContext } from '../context.ts';
import type { Step } from '../messages.ts';

/** The signed-in patient: her client, her id, and what every call to the network takes. */
export interface Self {
  client: PhrClient;
  patient: Uint8Array;
  options: { signal: AbortSignal; onProgress: (step: Step) => void };
}

export function selfOf(context: WorkerContext): Self {
  const { client } = context.signedIn();
  const onProgress = (step: Step): void => context.progress(step);
  return { client, patient: client.keys.id, options: { signal: context.signal, onProgress } };
}

/** FHIR reference to the patient in what this browser writes: her id, which is no name. */
export const subjectOf = ({ patient }: Self): string => `Patient/${toHex(patient)}`;

/** Bytes of an id that the page named. @throws ClientError `input-invalid` */
export function idOf(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new ClientError('input-invalid', { what: 'id' });
  return fromHex(text);
}

/** By patient, hex: a doctor has several. */
const banners = new WeakMap<PhrClient, Map<string, BannerView>>();

/** Name, birth and allergies for the head of every page of the record; asked once in a sign-in. */
export async function bannerFor(self: Self): Promise<BannerView> {
  const { client, patient, options } = self;
  const mine = banners.get(client) ?? new Map<string, BannerView>();
  banners.set(client, mine);
  const known = mine.get(toHex(patient));
  if (known !== undefined) return known;
  const categories = ['demographics', 'allergy'];
  const init = { patient, categories, months: ['all'] };
  const [{ records }, profile] = await Promise.all([
    recordsOf(client, init, options),
    client.people
      .find(patient, options)
      .then((person) => (person === undefined ? undefined : client.profiles.of(person, options)))
      .catch(() => undefined),
  ]);
  const said = bannerOf(records);
  const fallback: BannerView =
    profile === undefined
      ? {}
      : {
          family: profile.family,
          given: profile.given,
          ...(profile.birthDate === '' ? {} : { born: profile.birthDate }),
          ...(profile.number === '' ? {} : { number: profile.number }),
        };
  const banner = { ...fallback, ...said };
  // Who is not named yet may be in a moment: the record gets its name when the patient accepts a doctor.
  if (banner.family !== undefined) mine.set(toHex(patient), banner);
  return banner;
}

export function forgetBanner({ client, patient }: Self): void {
  banners.get(client)?.delete(toHex(patient));
}

/** One record of the patient, opened; from this sign-in's memory when it was opened before. */
export async function recordById(self: Self, id: string): Promise<OpenedRecord> {
  const known = openedOf(self.client).get(id);
  if (known !== undefined) return known;
  const { client, patient, options } = self;
  const [entry] = await client.records.anchored([idOf(id)], options);
  if (entry === undefined) throw new ClientError('not-found', { what: 'record' });
  // Which compartment it lies in is not on the ledger: the months that exist are gone through, newest first.
  for (const months of monthsBackwards(new Date())) {
    const { records } = await recordsOf(client, { patient, months }, options);
    const found = records.find(({ hit }) => toHex(hit.recordId) === id);
    if (found !== undefined) return found;
  }
  throw new ClientError('not-found', { what: 'record' });
}

const YEARS_MAX = 30;

/** `all` with the newest year, then year by year. */
function* monthsBackwards(now: Date): Generator<string[]> {
  for (let back = 0; back < YEARS_MAX; back += 1) {
    const year = now.getUTCFullYear() - back;
    const months = Array.from({ length: 12 }, (_, i) => `${year}-${String(i + 1).padStart(2, '0')}`);
    yield back === 0 ? ['all', ...months] : months;
  }
}
