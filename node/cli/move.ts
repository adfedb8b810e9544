import { fromHex, toHex } from '#crypto';
import type { PhrClient } from '#node/client';
import { EXIT, flagOption, requiredOption, textOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
import { connectPerson, PERSON_HELP, PERSON_OPTIONS, PERSON_USAGE } from './person-client.ts';
import { runVerb, wordsOf } from './verbs.ts';
import type { Verbs } from './verbs.ts';

type Step = (client: PhrClient, args: CommandArgs) => Promise<ExitCode>;

const said = ({ values, io }: CommandArgs, facts: object, text: string): ExitCode => {
  io.out(flagOption(values, 'json') ? `${JSON.stringify(facts)}\n` : `${text}\n`);
  return EXIT.ok;
};

/** The member of that name or node id. @throws UsageError */
async function memberOf(client: PhrClient, wanted: string, signal: AbortSignal): Promise<Uint8Array> {
  const { members } = await client.consortium.view({ signal });
  const found = members.filter(({ id, name }) => name === wanted || toHex(id) === wanted);
  const [member] = found;
  if (member === undefined || found.length > 1)
    throw new UsageError(`--home names ${found.length} members: give the node id`);
  return member.id;
}

/** By the patient: to another institution, or back to where she is. */
export const askToMove: Step = async (client, args) => {
  const { values, io } = args;
  const home = await memberOf(client, requiredOption(values, 'home'), io.signal);
  const { height } = await client.people.move({ home }, { signal: io.signal });
  const move = await client.people.moveOf(client.keys.id, { signal: io.signal });
  if (move === undefined) return said(args, { height, home: null }, 'taken back: you stay where you are');
  const from = new Date(move.receiveFromMs).toISOString();
  const text = `asked; it can receive you from ${from} on, or at once when your home belongs no more`;
  return said(args, { height, home: toHex(home), receiveFrom: from }, text);
};

/** By an administrator: who asks her institution. */
export const listMoves: Step = async (client, args) => {
  const { signal } = args.io;
  const self = await client.people.myself({ signal });
  const moves = self === undefined ? [] : await client.people.moving(self.home, { signal });
  const lines = moves.map(({ person, patient, receiveFromMs }) => ({
    person: toHex(person),
    from: toHex(patient.home),
    receiveFrom: new Date(receiveFromMs).toISOString(),
  }));
  const texts = lines.map((one) => `${one.person}  from ${one.from.slice(0, 16)}  ${one.receiveFrom}`);
  return said(args, lines, texts.length === 0 ? 'nobody asks to move here (proven)' : texts.join('\n'));
};

/** By an administrator, who has seen a document; with its names and birthday the patient is found again elsewhere. */
export const receiveMoved: Step = async (client, args) => {
  const { values, io } = args;
  const text = requiredOption(values, 'person');
  if (!/^[0-9a-f]{64}$/.test(text)) throw new UsageError('--person takes 64 hexadecimal digits');
  const person = fromHex(text);
  const family = textOption(values, 'family');
  const checked =
    family === undefined
      ? undefined
      : await client.identities.check(
          person,
          {
            familyName: family,
            givenNames: requiredOption(values, 'given'),
            birthDate: requiredOption(values, 'birth-date'),
          },
          { signal: io.signal },
        );
  const matches = (checked?.matches ?? []).map((one) => toHex(one.person));
  if (matches.length > 0 && !flagOption(values, 'yes'))
    throw new UsageError(`registered already as ${matches.join(', ')}: look at it, then say --yes`);
  const identifiers = checked === undefined ? {} : { identifiers: checked.identifiers };
  const { height } = await client.people.receive(person, { signal: io.signal, ...identifiers });
  return said(args, { height, person: text, matches }, `she belongs here from block ${height} on`);
};

const connected =
  (step: Step) =>
  async (args: CommandArgs): Promise<ExitCode> =>
    await step(await connectPerson(args), args);

const VERBS: Verbs = {
  ask: connected(askToMove),
  list: connected(listMoves),
  receive: connected(receiveMoved),
};

export const moveCommand: Command = {
  name: 'move',
  summary: 'move to another institution, and receive who asks for it',
  usage: `<${wordsOf(VERBS)}> ${PERSON_USAGE} [options]`,
  help: `
A patient keeps her keys, records, grants and doctors. What changes is whose administrators approve, assign and recover
for her. Her present home has three days to object by suspending her; one that belongs no more has no say.

  ask      by the patient: --home <name or node id>; her present home takes the wish back
  list     by an administrator: who asks this institution
  receive  by an administrator, after a look at a document: --person <id>
           [--family <name> --given <name> --birth-date <YYYY-MM-DD>]: looked for at all institutions first, and found
           again by them afterwards; --yes when a registration of the same identity is no reason to stop

  --json                     the answer as one line of JSON${PERSON_HELP}`,
  options: {
    ...PERSON_OPTIONS,
    home: { type: 'string' },
    person: { type: 'string' },
    family: { type: 'string' },
    given: { type: 'string' },
    'birth-date': { type: 'string' },
    yes: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  positionals: { min: 1, max: 1 },
  run: (args) => runVerb(VERBS, args),
};
