import {
  concatBytes,
  CryptoError,
  derivePersonKeys,
  joinReleases,
  personIdOf,
  ROOT_BYTES,
  unwrapRoot,
  wrapRoot,
} from '#crypto';
import type { PersonKeys } from '#crypto';
import { readRecoverable, readRecovery, readRecoverySharing, stateKeys } from '#consensus/ledger';
import type { EmergencyShareBody } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { storeDeposit } from './deposit.ts';
import { holdersOf, joinedHolders } from './proxy-judgement.ts';
import { gatherReleases } from './release-gathering.ts';
import type { FalseRelease, ReleaseInit, Releases } from './release-gathering.ts';
import { keysUnderId } from './former-keys.ts';

/** First byte of what is shared: the root as it is, or under a passphrase that only its owner knows. */
const FORM = { bare: 0, wrapped: 1 } as const;

/** Shares this person's root among the institutions; the body of the transaction that deposits it. */
export async function dealRecovery(
  connection: Connection,
  init: { readonly passphrase: string | null; readonly threshold?: number },
  options: CallOptions,
): Promise<EmergencyShareBody> {
  const { keys } = connection;
  const { passphrase, ...rest } = init;
  const bytes =
    passphrase === null
      ? concatBytes(Uint8Array.of(FORM.bare), keys.root)
      : concatBytes(Uint8Array.of(FORM.wrapped), await wrapRoot({ root: keys.root, passphrase }));
  return await storeDeposit(connection, { ...rest, patient: keys.id, secret: { bytes } }, options);
}

/**
 * The root from before, gathered from the institutions by the keys that a finished recovery gave.
 * @throws ClientError `no-access` before it is finished, or without a deposit; `not-enough-conversions`;
 * `record-invalid` for a wrong or missing passphrase
 */
export async function gatherRoot(
  connection: Connection,
  passphrase: string | null,
  options: CallOptions,
): Promise<{ keys: PersonKeys; liars: readonly FalseRelease[] }> {
  const { backend, keys } = connection;
  const { honest, liars } = await releasesOf(connection, options);
  const root = await rootOf(joinReleases(honest.map(({ release }) => release)), passphrase);
  return { keys: keysUnderId(derivePersonKeys(backend, root), keys.id), liars };
}

/** From the holders of now, also when the deposit is shared again while they are asked. */
async function releasesOf(connection: Connection, options: CallOptions): Promise<Releases> {
  for (;;) {
    const init = await recoverableFrom(connection, options);
    try {
      return await gatherReleases(connection, init, options);
    } catch (error) {
      if (!(error instanceof ClientError && error.code === 'not-enough-conversions')) throw error;
      const { sharing } = await recoverableFrom(connection, options);
      if (sharing.sharesHeight === init.sharing.sharesHeight) throw error;
    }
  }
}

/** What the holders of now are asked for. @throws ClientError `no-access` */
async function recoverableFrom(connection: Connection, options: CallOptions): Promise<ReleaseInit> {
  const { genesis, keys, state } = connection;
  const { get } = await state.read(
    [stateKeys.person(keys.id), stateKeys.recovery(keys.id), stateKeys.recoverySharing(keys.id)],
    options,
  );
  const found = readRecoverable(get, keys.id);
  if (!found) {
    const status = readRecovery(get, keys.id)?.status ?? 'none';
    const isDeposited = readRecoverySharing(get, keys.id) !== undefined;
    throw new ClientError('no-access', { what: 'recovery', status, isDeposited });
  }
  const { recovery, sharing } = found;
  const joined = joinedHolders(genesis, sharing);
  const shown = await state.read(joined.map(stateKeys.institution), options);
  return {
    request: { ground: 'recovery', id: keys.id, items: [] },
    sharing,
    holders: holdersOf(genesis, sharing, shown.get),
    height: recovery.startedHeight,
    accessId: personIdOf(recovery.keys),
    capsules: [],
  };
}

async function rootOf(shared: Uint8Array, passphrase: string | null): Promise<Uint8Array> {
  const [form, rest] = [shared[0], shared.slice(1)];
  if (form === FORM.bare && rest.length === ROOT_BYTES) return rest;
  if (form !== FORM.wrapped || passphrase === null)
    throw new ClientError('record-invalid', { what: 'the deposit wants a passphrase' });
  try {
    return await unwrapRoot({ wrapped: rest, passphrase });
  } catch (cause) {
    if (cause instanceof CryptoError)
      throw new ClientError('record-invalid', { what: 'passphrase' }, { cause });
    throw cause;
  }
}
