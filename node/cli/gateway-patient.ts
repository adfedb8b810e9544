import { readFileSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { derivePersonKeys, fromHex, toHex, unwrapRoot } from '#crypto';
import { monthsBetween } from '#node/records';
import { createClient, encodeEnrolmentCode, inviteDevice, readAnswer, readEnrolmentCode } from '#node/client';
import { EXIT, numberOption, requiredOption, UsageError } from './command.ts';
import type { CommandArgs, ExitCode } from './command.ts';
import { readGenesisFile } from './genesis-file.ts';
import { nodeIdAt, nodeOriginOf, withPassphraseOf } from './person-client.ts';
import { readPassphrase } from './passphrase.ts';
import { readText, writeNew } from './small-file.ts';

const KEYSTORE_BYTES_MAX = 1024;
const MONTHS_DEFAULT = 12;
const MONTHS_MAX = 120;
const CATEGORIES = ['vital-signs'];

/** The patient's client at her own node, from her keystore alone: everything else is in the ledger. */
async function connect({ values, io }: CommandArgs) {
  const { createNativeBackend } = await import('#crypto/native');
  const backend = await createNativeBackend();
  const nodeUrl = nodeOriginOf(requiredOption(values, 'node'));
  const genesis = readGenesisFile(resolve(io.cwd, requiredOption(values, 'genesis')));
  const passphrase = readPassphrase(resolve(io.cwd, requiredOption(values, 'passphrase-file')));
  const wrapped = readKeystore(resolve(io.cwd, requiredOption(values, 'keystore')));
  const root = await withPassphraseOf('--keystore', () => unwrapRoot({ wrapped, passphrase }));
  const keys = derivePersonKeys(backend, root);
  const nodeId = await nodeIdAt(nodeUrl, io.signal);
  return {
    backend,
    nodeUrl,
    nodeId,
    client: createClient({ baseUrl: nodeUrl, genesis, nodeId, backend, keys }),
  };
}

function readKeystore(file: string): Uint8Array {
  try {
    if (statSync(file).size <= KEYSTORE_BYTES_MAX) return new Uint8Array(readFileSync(file));
  } catch {
    throw new UsageError('--keystore cannot be read');
  }
  throw new UsageError('--keystore is too long');
}

/** Makes a one-time code for a gateway. */
export async function invite(args: CommandArgs): Promise<ExitCode> {
  const { backend, client, nodeUrl, nodeId } = await connect(args);
  const code = inviteDevice(backend, {
    patient: client.keys.id,
    chainId: client.chainId,
    nodeId: fromHex(nodeId),
    nodeUrl,
    nowMs: Date.now(),
  });
  const file = resolve(args.io.cwd, requiredOption(args.values, 'code'));
  writeNew(file, `${encodeEnrolmentCode(code)}\n`);
  args.io.out(`the code is good for one gateway until ${new Date(code.expiresAtMs).toISOString()}\n`);
  return EXIT.ok;
}

/** Enrols the gateway that answered, seals kits to it, and destroys the code. */
export async function admit(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  const { backend, client } = await connect(args);
  const codeFile = resolve(io.cwd, requiredOption(values, 'code'));
  const code = readEnrolmentCode(readText(codeFile));
  const answer = readText(resolve(io.cwd, requiredOption(values, 'answer')));
  const nowMs = Date.now();
  const device = readAnswer(backend, { code, answer, nowMs });
  const count = numberOption(values, 'months', { min: 1, max: MONTHS_MAX }) ?? MONTHS_DEFAULT;
  const months = monthsAround(nowMs, count);
  const enrolled = await client.care.enrolDevice({ ...device, categories: CATEGORIES, months });
  rmSync(codeFile);
  io.out(
    `${JSON.stringify({ device: toHex(enrolled.device), height: enrolled.height, months: months.length })}\n`,
  );
  return EXIT.ok;
}

/** The month before (for what a wearable has buffered), this one, and those ahead. */
function monthsAround(nowMs: number, ahead: number): string[] {
  const now = new Date(nowMs);
  const month = (offset: number): string =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset)).toISOString().slice(0, 7);
  return monthsBetween(month(-1), month(ahead));
}
