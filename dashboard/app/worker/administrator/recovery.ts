import { equalBytes, fromBase64Url, personIdOf, toHex } from '#crypto';
import type { PublicKeys } from '#crypto';
import { readRecovery as readRecoveryEntry, stateKeys } from '#consensus/ledger';
import { ClientError } from '#node/client';
import * as z from 'zod/mini';
import type { WorkerContext } from '../context.ts';
import { idOf, namesOf } from '../directory.ts';
import { fingerprintOf } from './fingerprint.ts';
import { everybody } from './lines.ts';
import { homeOf } from './people.ts';

const FILE_BYTES_MAX = 64 * 1024;
const key = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,4000}$/));
const requestSchema = z.strictObject({
  format: z.literal('phr-mesh-recovery-request'),
  version: z.literal(1),
  person: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  keys: z.strictObject({ sign: key, seal: key, delegate: key, possession: key }),
  signature: key,
});

/** The file that somebody made who lost her keys. */
export interface RecoveryFile {
  person: string;
  name: string;
  /** To be compared with what the person shows at the desk. */
  fingerprint: string;
}

/** @throws ClientError `input-invalid` */
function readFile(text: string): { person: Uint8Array; keys: PublicKeys; signature: Uint8Array } {
  let value: unknown;
  try {
    if (text.length > FILE_BYTES_MAX) throw new RangeError('too large');
    value = JSON.parse(text);
  } catch (cause) {
    throw new ClientError('input-invalid', { what: 'recovery request' }, { cause });
  }
  const parsed = requestSchema.safeParse(value);
  if (!parsed.success) throw new ClientError('input-invalid', { what: 'recovery request' });
  const { person, keys, signature } = parsed.data;
  return {
    person: idOf(person),
    keys: {
      sign: fromBase64Url(keys.sign),
      seal: fromBase64Url(keys.seal),
      delegate: fromBase64Url(keys.delegate),
      possession: fromBase64Url(keys.possession),
    },
    signature: fromBase64Url(signature),
  };
}

export async function readRecovery(
  { signedIn, signal }: WorkerContext,
  { text }: { text: string },
): Promise<RecoveryFile> {
  const { client } = signedIn();
  const { person, keys } = readFile(text);
  const id = toHex(person);
  const names = await namesOf(client, [id], { signal });
  return { person: id, name: names.get(id) ?? '', fingerprint: fingerprintOf(personIdOf(keys)) };
}

/** A recovery that runs at the reader's institution. */
export interface RecoveryLine extends RecoveryFile {
  finishFromMs: number;
  /** Whoever started it can not finish it. */
  isStartedByMe: boolean;
}

export async function recoveries(context: WorkerContext): Promise<RecoveryLine[]> {
  const { client } = context.signedIn();
  const options = { signal: context.signal, onProgress: context.progress };
  const { id: home } = await homeOf(client, options);
  const ours = (await everybody(client, options)).filter((one) => equalBytes(one.home, home));
  const proven = await client.read(
    ours.map(({ id }) => stateKeys.recovery(id)),
    options,
  );
  const open = ours.flatMap(({ id }) => {
    const recovery = readRecoveryEntry(proven.get, id);
    return recovery?.status === 'open' ? [recovery] : [];
  });
  const names = await namesOf(
    client,
    open.map(({ person }) => toHex(person)),
    options,
  );
  return open.map(({ person, keys, finishFromMs, startedBy }) => ({
    person: toHex(person),
    name: names.get(toHex(person)) ?? '',
    fingerprint: fingerprintOf(personIdOf(keys)),
    finishFromMs,
    isStartedByMe: equalBytes(startedBy, client.keys.id),
  }));
}

export type RecoveryAct = { act: 'start'; text: string } | { act: 'finish' | 'veto'; person: string };

export async function actOnRecovery(
  { signedIn, signal }: WorkerContext,
  input: RecoveryAct,
): Promise<{ height: number }> {
  const { recoveries } = signedIn().client;
  switch (input.act) {
    case 'start':
      return { height: (await recoveries.start(readFile(input.text), { signal })).height };
    case 'finish':
      return { height: (await recoveries.finish(idOf(input.person), { signal })).height };
    case 'veto':
      return { height: (await recoveries.veto(idOf(input.person), { signal })).height };
  }
}
