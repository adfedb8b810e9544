import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fromHex, toHex } from '#crypto';
import { EMERGENCY_REASONS, EMERGENCY_VERDICTS, verdictOf } from '#consensus/ledger';
import type { PhrClient } from '#node/client';
import {
  EXIT,
  flagOption,
  numberOption,
  requiredOption,
  textOption,
  textsOption,
  UsageError,
} from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
import { connectPerson, PERSON_HELP, PERSON_OPTIONS, PERSON_USAGE } from './person-client.ts';

const MINUTE_MS = 60_000;
const MINUTES_DEFAULT = 120;
const MINUTES_MAX = 72 * 60;
/** What was opened is for its reader alone. */
const PRIVATE_MODE = 0o600;
const PRIVATE_DIRECTORY_MODE = 0o700;

type Args = Pick<CommandArgs, 'values' | 'io'>;
type Verb = (client: PhrClient, args: Args) => Promise<ExitCode>;

/** What concerns the reader, newest first, with what she is to do about it. */
const list: Verb = async (client, { values, io }) => {
  const notices = await client.emergencies.notices({ signal: io.signal });
  // One block each; a reason that is damaged or out of reach hides no emergency.
  const texts = await Promise.all(
    notices.map(async ({ emergency }) => {
      const reason = await client.emergencies
        .reason(emergency.id, { signal: io.signal })
        .catch(() => undefined);
      return reason?.kind === 'text' ? reason.text : null;
    }),
  );
  const lines = notices.map(({ emergency, duty }, i) => ({
    emergency: toHex(emergency.id),
    duty,
    phase: emergency.phase,
    reason: emergency.reason,
    text: texts[i] ?? null,
    patient: toHex(emergency.patient),
    doctor: toHex(emergency.doctor),
    time: new Date(emergency.timeMs).toISOString(),
    expires: emergency.expiresAtMs === null ? null : new Date(emergency.expiresAtMs).toISOString(),
    verdict: verdictOf(emergency.reviews),
    reviews: emergency.reviews.map(({ by, verdict }) => ({ by: toHex(by), verdict })),
  }));
  if (flagOption(values, 'json')) io.out(`${JSON.stringify(lines)}\n`);
  else if (lines.length === 0) io.out('no emergency concerns you (proven)\n');
  else
    for (const { emergency, duty, phase, reason, text, patient, time, verdict } of lines)
      io.out(
        `${emergency}  ${time}  ${verdict ?? phase}  ${reason}  patient ${patient.slice(0, 16)}  ${duty}\n` +
          (text === null ? '' : `  ${JSON.stringify(text)}\n`),
      );
  return EXIT.ok;
};

const ask: Verb = async (client, { values, io }) => {
  const reason = wordOf(values, 'reason', EMERGENCY_REASONS);
  const minutes = numberOption(values, 'minutes', { min: 1, max: MINUTES_MAX }) ?? MINUTES_DEFAULT;
  const patient = idOption(values, 'patient');
  const request = { patient, reason, text: requiredOption(values, 'text'), lifetimeMs: minutes * MINUTE_MS };
  const { emergency, height } = await client.emergencies.request(request, { signal: io.signal });
  return said(
    { values, io },
    { emergency: toHex(emergency), height },
    'asked; it waits one hour for a countersignature',
  );
};

const countersign: Verb = async (client, args) => {
  const emergency = idOption(args.values, 'emergency');
  const { height } = await client.emergencies.countersign(emergency, { signal: args.io.signal });
  return said(args, { emergency: toHex(emergency), height }, 'countersigned: it runs');
};

const end: Verb = async (client, args) => {
  const emergency = idOption(args.values, 'emergency');
  const { height } = await client.emergencies.end(emergency, { signal: args.io.signal });
  return said(args, { emergency: toHex(emergency), height }, 'ended');
};

const review: Verb = async (client, args) => {
  const emergency = idOption(args.values, 'emergency');
  const verdict = wordOf(args.values, 'verdict', EMERGENCY_VERDICTS);
  const { height } = await client.emergencies.review(emergency, verdict, { signal: args.io.signal });
  return said(args, { emergency: toHex(emergency), height }, `reviewed: ${verdict}`);
};

/** Opens the records through the institutions, into a directory that is new. */
const open: Verb = async (client, { values, io }) => {
  const emergency = idOption(values, 'emergency');
  const directory = resolve(io.cwd, requiredOption(values, 'out'));
  if (existsSync(directory)) throw new UsageError('--out is there already: name a new directory');
  const given = textsOption(values, 'keyword');
  const keywords = given.length === 0 ? '*' : given;
  const opened = await client.emergencies.open(emergency, { signal: io.signal, keywords });
  mkdirSync(directory, { mode: PRIVATE_DIRECTORY_MODE });
  const write = (name: string, bytes: Uint8Array): void =>
    writeFileSync(join(directory, name), bytes, { flag: 'wx', mode: PRIVATE_MODE });
  for (const { hit, resource, mediaType } of opened.records)
    write(`${toHex(hit.recordId).slice(0, 16)}.${mediaType.includes('json') ? 'json' : 'bin'}`, resource);
  for (const [i, receipt] of opened.receipts.entries()) write(`receipt-${i + 1}.json`, receipt);
  for (const { node, code } of opened.refusals) io.err(`${node.slice(0, 16)} did not release: ${code}\n`);
  for (const { node } of opened.liars) io.err(`${toHex(node).slice(0, 16)} released something false\n`);
  const report = { records: opened.records.length, receipts: opened.receipts.length, out: directory };
  if (flagOption(values, 'json')) io.out(`${JSON.stringify(report)}\n`);
  else io.out(`${report.records} records and ${report.receipts} receipts in ${directory}\n`);
  return EXIT.ok;
};

/** By the patient or a guardian after an emergency: a new generation and a new deposit. */
const renew: Verb = async (client, args) => {
  const given = textOption(args.values, 'patient');
  const patient = given === undefined ? client.keys.id : idOption(args.values, 'patient');
  const { moved, deposit } = await client.emergencies.renew({ patient }, { signal: args.io.signal });
  return said(args, { moved, height: deposit.height }, `a new generation, ${moved} records written anew`);
};

function said({ values, io }: Args, facts: Record<string, unknown>, words: string): ExitCode {
  if (flagOption(values, 'json')) io.out(`${JSON.stringify(facts)}\n`);
  else {
    const { emergency } = facts;
    io.out(`${words}\n${typeof emergency === 'string' ? `emergency  ${emergency}\n` : ''}`);
  }
  return EXIT.ok;
}

function idOption(values: Args['values'], name: string): Uint8Array {
  const text = requiredOption(values, name);
  if (!/^[0-9a-f]{64}$/.test(text)) throw new UsageError(`--${name} takes 64 hexadecimal digits`);
  return fromHex(text);
}

function wordOf<W extends string>(values: Args['values'], name: string, words: readonly W[]): W {
  const text = requiredOption(values, name);
  const found = words.find((word) => word === text);
  if (found === undefined) throw new UsageError(`--${name} is one of ${words.join(', ')}`);
  return found;
}

const VERBS: Readonly<Record<string, Verb>> = { list, ask, countersign, open, end, review, renew };

/** One step with a client that is there already. @throws UsageError for a step that there is not */
export async function actOnEmergency(client: PhrClient, verb: string, args: Args): Promise<ExitCode> {
  return await stepOf(verb)(client, args);
}

function stepOf(verb: string): Verb {
  const step = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (step === undefined) throw new UsageError(`no step "${verb.slice(0, 32)}"`);
  return step;
}

export const emergencyCommand: Command = {
  name: 'emergency',
  summary: 'ask for emergency access, vouch for it, open what it opens, and look at it afterwards',
  usage: `<${Object.keys(VERBS).join(' | ')}> ${PERSON_USAGE} [options]`,
  help: `
A patient who opted in has shared the key of an emergency summary among the institutions. A doctor asks, an administrator
of the same institution countersigns within an hour, and until it ends enough institutions together open the summary.
The patient is told of every step.

  list         emergencies that concern you, why the doctor asked, and what you are to do: know, countersign or review
               (proven complete)
  ask          by a doctor: --patient <id> --reason <${EMERGENCY_REASONS.join(' | ')}> --text <why, sealed to the patient, her doctors and who reviews>
               [--minutes <n>] for how long (default ${MINUTES_DEFAULT}, at most ${MINUTES_MAX})
  countersign  by an administrator of the doctor's institution: --emergency <id>
  open         by the doctor: --emergency <id> --out <new directory> [--keyword <word>]...; writes the records in the clear,
               for you alone to read, and the receipts of the openings
  end          --emergency <id>
  review       once it is over, by the patient or another institution than the doctor's: --emergency <id> --verdict <${EMERGENCY_VERDICTS.join(' | ')}>
  renew        by the patient, afterwards: a new generation that the doctor cannot open [--patient <id>]

  --json                     the answer as one line of JSON${PERSON_HELP}`,
  options: {
    ...PERSON_OPTIONS,
    patient: { type: 'string' },
    emergency: { type: 'string' },
    reason: { type: 'string' },
    text: { type: 'string' },
    minutes: { type: 'string' },
    verdict: { type: 'string' },
    keyword: { type: 'string', multiple: true },
    out: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: { min: 1, max: 1 },
  async run({ values, positionals, io }) {
    const [verb = ''] = positionals;
    const step = stepOf(verb);
    return await step(await connectPerson({ values, io }), { values, io });
  },
};
