import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { deriveNodeKeys, fromHex, nobleBackend, toHex } from '#crypto';
import { decodeGenesis, membershipMajority } from '#consensus/ledger';
import type { InstitutionEntry, Proposal } from '#consensus/ledger';
import type { ConsortiumView, PhrClient } from '#node/client';
import { admissionFrom, applicationOf, applicationSchema } from './application.ts';
import { EXIT, flagOption, numberOption, requiredOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
import { readGenesisFile } from './genesis-file.ts';
import { entrySchema, fingerprintOf, readJsonFile } from './institution-entry.ts';
import { readNodeKeyFile } from './node-key.ts';
import { connectPerson, PERSON_HELP, PERSON_OPTIONS, PERSON_USAGE } from './person-client.ts';
import { runVerb, wordsOf } from './verbs.ts';
import type { Verbs } from './verbs.ts';

/** A change is stated for so many blocks ahead unless the proposer says otherwise. */
const AHEAD_HEIGHTS_DEFAULT = 16;

/** At the applicant: signs its entry for the network. No node is asked. */
function apply({ values, io }: CommandArgs): ExitCode {
  const directory = resolve(io.cwd, requiredOption(values, 'dir'));
  const genesis = decodeGenesis(readGenesisFile(resolve(io.cwd, requiredOption(values, 'genesis'))));
  const entry = readJsonFile(join(directory, 'institution.json'), entrySchema);
  const keys = deriveNodeKeys(nobleBackend, readNodeKeyFile(join(directory, 'node.key')).root);
  const application = applicationOf(nobleBackend, { genesis, entry, keys, nowMs: Date.now() });
  const out = resolve(io.cwd, requiredOption(values, 'out'));
  writeFileSync(out, `${JSON.stringify(application, undefined, 2)}\n`, { flag: 'wx' });
  const [node, fingerprint] = [toHex(keys.id), fingerprintOf(entry)];
  if (flagOption(values, 'json')) io.out(`${JSON.stringify({ name: entry.name, node, fingerprint })}\n`);
  else
    io.out(
      `${entry.name} applies to ${genesis.name}\nnode         ${node}\nfingerprint  ${fingerprint}\n` +
        `good until   ${new Date(application.expiresAtMs).toISOString()}\n`,
    );
  return EXIT.ok;
}

async function list({ values, io }: CommandArgs): Promise<ExitCode> {
  const client = await connectPerson({ values, io });
  const view = await client.consortium.view({ signal: io.signal });
  const proposals = await client.consortium.proposals({ signal: io.signal });
  if (flagOption(values, 'peers')) {
    const peers = view.members.map(({ id, peerId, addresses }) => ({ node: toHex(id), peerId, addresses }));
    io.out(`${JSON.stringify(peers)}\n`);
  } else if (flagOption(values, 'json')) {
    io.out(`${JSON.stringify({ ...viewJson(view), proposals: proposals.map(proposalJson) })}\n`);
  } else io.out(viewText(view, proposals));
  return EXIT.ok;
}

async function admit({ values, io }: CommandArgs): Promise<ExitCode> {
  const application = readJsonFile(resolve(io.cwd, requiredOption(values, 'application')), applicationSchema);
  const client = await connectPerson({ values, io });
  const admission = admissionFrom(nobleBackend, client.genesis, application);
  const fingerprint = fingerprintOf(application.entry);
  const said = requiredOption(values, 'fingerprint').replaceAll(/[ :-]/g, '').toLowerCase();
  if (said !== fingerprint)
    throw new UsageError(`the application has another fingerprint than --fingerprint: ${fingerprint}`);
  const fromHeight = await heightOf(client, values, io.signal);
  const { hash } = await client.consortium.admit({ ...admission, fromHeight }, { signal: io.signal });
  return proposed({ values, io }, hash, `admit ${application.entry.name}`, fromHeight);
}

async function remove({ values, io }: CommandArgs): Promise<ExitCode> {
  const client = await connectPerson({ values, io });
  const { members } = await client.consortium.view({ signal: io.signal });
  const wanted = requiredOption(values, 'institution');
  const found = members.filter(({ id, name }) => name === wanted || toHex(id) === wanted);
  const [member] = found;
  if (member === undefined || found.length > 1)
    throw new UsageError(`--institution names ${found.length} members: give the node id`);
  const fromHeight = await heightOf(client, values, io.signal);
  const body = { institution: member.id, fromHeight };
  const { hash } = await client.consortium.remove(body, { signal: io.signal });
  return proposed({ values, io }, hash, `remove ${member.name}`, fromHeight);
}

async function vote({ values, io }: CommandArgs): Promise<ExitCode> {
  const client = await connectPerson({ values, io });
  const text = requiredOption(values, 'proposal');
  if (!/^[0-9a-f]{64}$/.test(text)) throw new UsageError('--proposal takes 64 hexadecimal digits');
  const { proposal } = await client.consortium.vote(fromHex(text), { signal: io.signal });
  if (proposal === undefined) throw new UsageError('the proposal is not in the state');
  const shown = proposalJson(proposal);
  if (flagOption(values, 'json')) io.out(`${JSON.stringify(shown)}\n`);
  else io.out(`${shown.kind} ${shown.institution.slice(0, 16)}: ${statusText(proposal)}\n`);
  return EXIT.ok;
}

async function heightOf(
  client: PhrClient,
  values: CommandArgs['values'],
  signal: AbortSignal,
): Promise<number> {
  const stated = numberOption(values, 'from-height', { min: 1, max: 999_999_999 });
  return stated ?? (await client.head({ signal })).height + AHEAD_HEIGHTS_DEFAULT;
}

function proposed(
  { values, io }: Pick<CommandArgs, 'values' | 'io'>,
  hash: Uint8Array,
  what: string,
  fromHeight: number,
): ExitCode {
  const proposal = toHex(hash);
  if (flagOption(values, 'json')) io.out(`${JSON.stringify({ proposal, fromHeight })}\n`);
  else io.out(`proposed: ${what} from height ${fromHeight}\nproposal  ${proposal}\n`);
  return EXIT.ok;
}

const memberJson = ({ id, name, index, fromHeight }: InstitutionEntry) => ({
  node: toHex(id),
  name,
  index,
  fromHeight,
});

function viewJson({ height, fingerprint, coming, members }: ConsortiumView) {
  return { height, fingerprint, coming, members: members.map(memberJson) };
}

function proposalJson(proposal: Proposal) {
  const { id, kind, institution, fromHeight, status, effectiveHeight, voices } = proposal;
  return {
    proposal: toHex(id),
    kind,
    institution: toHex(institution),
    fromHeight,
    status,
    effectiveHeight,
    voices: voices.map((voice) => ({ node: toHex(voice.institution), person: toHex(voice.administrator) })),
  };
}

function statusText({ status, effectiveHeight, voices }: Proposal): string {
  return status === 'decided' ? `decided, from height ${effectiveHeight}` : `open, ${voices.length} voices`;
}

function viewText(view: ConsortiumView, proposals: readonly Proposal[]): string {
  const { members, coming } = view;
  const lines = [
    `height       ${view.height}`,
    `fingerprint  ${view.fingerprint}`,
    ...members.map(({ id, name, index }) => `  ${name.padEnd(20)} ${toHex(id).slice(0, 16)} share ${index}`),
    `${members.length} institutions; a change takes two administrators each of ${membershipMajority(members.length)}`,
    ...(coming === null ? [] : [`from height ${coming.fromHeight}: fingerprint ${coming.fingerprint}`]),
    ...proposals.map(
      (one) => `${one.kind} ${toHex(one.institution).slice(0, 16)} ${toHex(one.id)}: ${statusText(one)}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const VERBS: Verbs = {
  list,
  apply,
  admit,
  remove,
  vote,
};

export const memberCommand: Command = {
  name: 'member',
  summary: 'see who belongs to the network, apply to it, and decide who joins and leaves',
  usage: `<${wordsOf(VERBS)}> ${PERSON_USAGE} [options]`,
  help: `
Two administrators each of more than two thirds of the institutions decide who joins and leaves, one change at a time.
docs/GENESIS.md says who does what, and what each one checks. When a change is in force, the nodes share the grants
again among the present members by themselves: a lost member is replaced by admitting another and removing it.

  list    who belongs, the fingerprint to compare aloud, what is proposed [--peers | --json]; --peers prints what
          a newcomer's configuration names as "peers"
  apply   at the newcomer, without a node: --dir <directory of "phr init"> --genesis <file> --out <file>
  admit   propose that it joins: --application <file> --fingerprint <16 digits, as the newcomer reads them aloud>
  remove  propose that a member leaves: --institution <name or node id>
  vote    agree: --proposal <id>

  --from-height <n>          first height of the change (default ${AHEAD_HEIGHTS_DEFAULT} ahead); later when the decision comes too late
  --json                     the answer as one line of JSON${PERSON_HELP}`,
  options: {
    ...PERSON_OPTIONS,
    dir: { type: 'string' },
    out: { type: 'string' },
    application: { type: 'string' },
    fingerprint: { type: 'string' },
    institution: { type: 'string' },
    proposal: { type: 'string' },
    'from-height': { type: 'string' },
    peers: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  positionals: { min: 1, max: 1 },
  run: (args) => runVerb(VERBS, args),
};
