import { fromHex, toHex } from '#crypto';
import { readPerson } from '#consensus/ledger';
import type { ReplayedEvent } from '#node/client';
import type { CallOptions, PhrClient } from '#node/client';
import { everyInstitution, institutionsOf } from '../institutions.ts';
import { institutionName, namesOf } from '../directory.ts';
import { replayOf } from './replay.ts';

/** Kinds that belong together, in the order of the filter. */
export const EVENT_GROUPS = {
  people: /^(person|guardianship|cover|recovery)\./,
  care: /^(assignment|keyring|device)\./,
  records: /^record\./,
  sharing: /^grant\./,
  access: /^access\./,
  emergency: /^emergency\./,
  evidence: /^evidence\./,
} as const;
export type EventGroup = keyof typeof EVENT_GROUPS;

export interface EventFilter {
  /** Empty: all. */
  groups: EventGroup[];
  /** Id, or its beginning, of anybody or anything concerned; or a name. Empty: all. */
  concerning: string;
  institution: string;
  fromMs: number | null;
  toMs: number | null;
}

export interface EventLine {
  height: number;
  timeMs: number;
  kind: string;
  group: EventGroup;
  transaction: string;
  sender: string;
  senderName: string;
  senderRole: string;
  senderHome: string;
  patient: string | null;
  subject: string | null;
  subjectName: string;
  grant: string | null;
  emergency: string | null;
  records: number;
  code: string | null;
}

export interface EventPage {
  lines: EventLine[];
  /** That fit the filter. */
  found: number;
  /** Of the whole ledger. */
  total: number;
  height: number;
  signersMin: number;
  validators: number;
}

export const groupOf = (kind: string): EventGroup =>
  (Object.keys(EVENT_GROUPS) as EventGroup[]).find((group) => EVENT_GROUPS[group].test(kind)) ?? 'people';

/** Newest first. The ledger was executed anew for it: none is left out. */
export async function eventPage(
  client: PhrClient,
  { filter, shown }: { filter: EventFilter; shown: number },
  options: CallOptions,
): Promise<EventPage> {
  const { all, report } = await filtered(client, filter, options);
  const lines = await linesOf(client, all.toReversed().slice(0, shown), options);
  return {
    lines,
    found: all.length,
    total: report.transactions,
    height: report.height,
    signersMin: report.signersMin,
    validators: institutionsOf(client).length,
  };
}

/** Every event that fits, in order of the ledger. */
export async function filtered(client: PhrClient, filter: EventFilter, options: CallOptions) {
  const { replay, report } = await replayOf(client, options);
  const wanted = filter.concerning.trim().toLowerCase();
  const ids = /^[0-9a-f]{4,64}$/.test(wanted)
    ? undefined
    : await idsNamed(client, replay.events, wanted, options);
  const home = everyInstitution(client).find(({ name }) => name === filter.institution)?.id;
  const homeOf = (event: ReplayedEvent): string => {
    const sender = readPerson((key) => replay.state.get(key), event.sender);
    return sender === undefined ? '' : toHex(sender.home);
  };
  const fits = (event: ReplayedEvent): boolean =>
    (filter.groups.length === 0 || filter.groups.includes(groupOf(event.kind))) &&
    event.timeMs >= (filter.fromMs ?? 0) &&
    event.timeMs < (filter.toMs ?? Number.POSITIVE_INFINITY) &&
    (home === undefined || homeOf(event) === toHex(home)) &&
    (wanted === '' ||
      concernedIn(event).some((id) => (ids === undefined ? id.startsWith(wanted) : ids.has(id))));
  return { all: replay.events.filter(fits), report, replay };
}

function concernedIn(event: ReplayedEvent): string[] {
  const { transaction, persons, subject, grant, emergency } = event;
  return [
    transaction,
    ...persons,
    ...[subject, grant, emergency].flatMap((id) => (id === null ? [] : [id])),
  ].map(toHex);
}

async function idsNamed(
  client: PhrClient,
  events: readonly ReplayedEvent[],
  wanted: string,
  options: CallOptions,
): Promise<Set<string>> {
  if (wanted === '') return new Set();
  const registered = events
    .filter(({ kind }) => kind === 'person.register')
    .map(({ sender }) => toHex(sender));
  const names = await namesOf(client, registered, options);
  return new Set([...names].flatMap(([id, name]) => (name.toLowerCase().includes(wanted) ? [id] : [])));
}

export async function linesOf(
  client: PhrClient,
  events: readonly ReplayedEvent[],
  options: CallOptions,
): Promise<EventLine[]> {
  const { replay } = await replayOf(client, options);
  const textOf = (id: Uint8Array | null): string | null => (id === null ? null : toHex(id));
  const ids = events.flatMap(({ sender, subject }) => [
    toHex(sender),
    ...(subject === null ? [] : [toHex(subject)]),
  ]);
  const names = await namesOf(client, ids, options);
  return events.map((event) => {
    const sender = readPerson((key) => replay.state.get(key), event.sender);
    const { height, timeMs, kind, records, code } = event;
    const subject = textOf(event.subject);
    return {
      height,
      timeMs,
      kind,
      group: groupOf(kind),
      transaction: toHex(event.transaction),
      sender: toHex(event.sender),
      senderName: names.get(toHex(event.sender)) ?? '',
      senderRole: sender?.role ?? '',
      senderHome: sender === undefined ? '' : institutionName(client, sender.home),
      patient: textOf(event.patient),
      subject,
      subjectName: subject === null ? '' : (names.get(subject) ?? ''),
      grant: textOf(event.grant),
      emergency: textOf(event.emergency),
      records,
      code,
    };
  });
}

/** Patients of some events, each once, in order of appearance. */
export const patientsOf = (events: readonly ReplayedEvent[]): Uint8Array[] =>
  [...new Set(events.flatMap(({ patient }) => (patient === null ? [] : [toHex(patient)])))].map((id) =>
    fromHex(id),
  );
