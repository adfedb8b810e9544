import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { fromHex, toHex } from '#crypto';
import { EXIT, flagOption, requiredOption, textOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
import { connectPerson, nodeOriginOf, PERSON_HELP, PERSON_OPTIONS, PERSON_USAGE } from './person-client.ts';

/** Where `npm run build` leaves the list of what this checkout serves. */
const MANIFEST = fileURLToPath(new URL('../../dashboard/dist/manifest.json', import.meta.url));
const MANIFEST_BYTES_MAX = 1024 * 1024;
const FILE_BYTES_MAX = 8 * 1024 * 1024;
const FILE_TIMEOUT_MS = 20_000;

const sha256Hex = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const manifestSchema = z.strictObject({
  hash: sha256Hex,
  files: z.record(z.string().check(z.regex(/^\/[\w./-]{0,200}$/)), sha256Hex),
});
type Manifest = z.infer<typeof manifestSchema>;

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** @throws UsageError for a file that is none, or whose hash is not that of its list */
function readManifest({ values, io }: Pick<CommandArgs, 'values' | 'io'>): Manifest {
  const named = textOption(values, 'manifest');
  const file = named === undefined ? MANIFEST : resolve(io.cwd, named);
  let value: unknown;
  try {
    if (statSync(file).size > MANIFEST_BYTES_MAX) throw new RangeError('too long');
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new UsageError(`no list of a release at ${file}: run "npm run build" in a checkout of it`);
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) throw new UsageError(`${file} is no list of a release`);
  const { hash, files } = parsed.data;
  const sorted = Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (hash !== sha256(sorted.map(([path, digest]) => `${path}\0${digest}\n`).join('')))
    throw new UsageError(`${file} contradicts itself: its hash is not that of its list`);
  return parsed.data;
}

interface Difference {
  path: string;
  what: 'absent' | 'other' | 'too-long';
}

type Answer = { kind: 'served'; hash: string } | { kind: 'absent' | 'too-long' | 'no-answer' };

/** Asks for a file as a browser does. */
async function answerOf(url: string, signal: AbortSignal): Promise<Answer> {
  try {
    const limits = AbortSignal.any([signal, AbortSignal.timeout(FILE_TIMEOUT_MS)]);
    const response = await fetch(url, { redirect: 'error', signal: limits });
    if (!response.ok) return { kind: 'absent' };
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length > FILE_BYTES_MAX) return { kind: 'too-long' };
    return { kind: 'served', hash: sha256(bytes) };
  } catch {
    return { kind: 'no-answer' };
  }
}

async function differencesOf(
  origin: string,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<Difference[] | undefined> {
  const found: Difference[] = [];
  for (const [path, wanted] of Object.entries(manifest.files)) {
    const answer = await answerOf(`${origin}${path}`, signal);
    if (answer.kind === 'no-answer') return undefined;
    if (answer.kind !== 'served') found.push({ path, what: answer.kind });
    else if (answer.hash !== wanted) found.push({ path, what: 'other' });
  }
  return found;
}

/** What the institution of this node declared on the ledger, when a key to read it with was given. */
async function declaredOf(args: CommandArgs): Promise<string | null | undefined> {
  if (textOption(args.values, 'keystore') === undefined && textOption(args.values, 'vault') === undefined)
    return undefined;
  const client = await connectPerson(args);
  const declared = await client.consortium.declaredDashboard(client.nodeId, { signal: args.io.signal });
  return declared === undefined ? null : toHex(declared.release);
}

async function verify(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  const origin = nodeOriginOf(requiredOption(values, 'node'));
  const manifest = readManifest(args);
  const differences = await differencesOf(origin, manifest, io.signal);
  if (differences === undefined) {
    io.err(`${origin} does not answer\n`);
    return EXIT.unavailable;
  }
  const declared = await declaredOf(args);
  const isDeclared = declared === undefined ? undefined : declared === manifest.hash;
  const isSame = differences.length === 0;
  const count = Object.keys(manifest.files).length;
  if (flagOption(values, 'json')) {
    const known = declared === undefined ? {} : { declared, isDeclared };
    io.out(
      `${JSON.stringify({ node: origin, release: manifest.hash, files: count, isSame, differences, ...known })}\n`,
    );
  } else {
    io.out(`release   ${manifest.hash}\n`);
    io.out(
      isSame
        ? `served    the same, ${count} files\n`
        : `served    ${differences.length} of ${count} files differ\n`,
    );
    for (const { path, what } of differences) io.out(`  ${what.padEnd(8)} ${path}\n`);
    if (declared !== undefined)
      io.out(`declared  ${declared ?? 'nothing'}${isDeclared === true ? ', the same' : ''}\n`);
  }
  return isSame && isDeclared !== false ? EXIT.ok : EXIT.error;
}

async function declare(args: CommandArgs): Promise<ExitCode> {
  const { hash } = readManifest(args);
  const client = await connectPerson(args);
  const { height } = await client.consortium.declareDashboard(fromHex(hash), { signal: args.io.signal });
  if (flagOption(args.values, 'json')) args.io.out(`${JSON.stringify({ release: hash, height })}\n`);
  else args.io.out(`declared in block ${height}\nrelease   ${hash}\n`);
  return EXIT.ok;
}

const VERBS: Readonly<Record<string, (args: CommandArgs) => Promise<ExitCode>>> = { verify, declare };

export const dashboardCommand: Command = {
  name: 'dashboard',
  summary: 'compare the pages that a node serves with a release, and declare the release on the ledger',
  usage: `<${Object.keys(VERBS).join(' | ')}> --node <url> [--manifest <file>] [options]`,
  help: `
A page runs the code that a node serves. Two builds of the same sources are the same to the byte, so whoever builds the
release can tell whether a node serves that and nothing else. The node can not know who asks, but it could serve this
command the true files and somebody else others: ask from several places, and from the network of who doubts it.

  verify   fetches every file of the release from the node and compares; with a key it also compares what the node's
           institution declared on the ledger
  declare  as an administrator: writes the hash of the release on the ledger. ${PERSON_USAGE}

  --manifest <file>          the list that "npm run build" makes; default the one of this checkout
  --json                     the answer as one line of JSON${PERSON_HELP}`,
  options: { ...PERSON_OPTIONS, manifest: { type: 'string' }, json: { type: 'boolean' } },
  positionals: { min: 1, max: 1 },
  async run(args) {
    const [verb = ''] = args.positionals;
    const step = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (step === undefined) throw new UsageError(`no step "${verb.slice(0, 32)}"`);
    return await step(args);
  },
};
