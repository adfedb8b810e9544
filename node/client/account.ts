import {
  CryptoError,
  DOMAIN,
  derivePersonKeys,
  fromBase64Url,
  fromHex,
  kdf,
  openAccountBox,
  recoveryCodeOf,
  rootFromRecoveryCode,
  sealAccountBox,
  secretsFromPasskey,
  secretsFromPassphrase,
  secretsFromRoot,
  toBase64Url,
  toHex,
  unwrapAccount,
  utf8,
  wipe,
  wrapAccount,
} from '#crypto';
import type { AccountPlace, AccountSecrets, Backend, PersonKeys } from '#crypto';
import { LABEL_LENGTH_MAX, sessionsSchema, unlockedSchema, wrapsSchema } from './api.ts';
import type { SessionLine, WrapKind } from './api.ts';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { NodeApi } from './node-api.ts';
import { keysUnderId } from './former-keys.ts';

export const ACCOUNT_NAME_LENGTH_MAX = 64;

/** A way into an account. */
export type Unlock =
  | { readonly kind: 'passphrase'; readonly name: string; readonly passphrase: string }
  /** 32 bytes of the passkey's PRF for `passkeySalt`. */
  | { readonly kind: 'passkey'; readonly prf: Uint8Array }
  | { readonly kind: 'recovery-code'; readonly code: string };

export interface WrapLine {
  /** Hex; names the wrap to its owner. */
  readonly lookup: string;
  readonly kind: WrapKind;
  /** What its owner calls it: an account name, a device. Empty when it can not be read. */
  readonly label: string;
  readonly createdAtMs: number;
}

export interface AccountNode extends AccountPlace {
  readonly baseUrl: string;
  readonly backend: Backend;
  readonly fetch?: typeof fetch;
}

async function secretsOf(place: AccountPlace, unlock: Unlock): Promise<AccountSecrets> {
  switch (unlock.kind) {
    case 'passphrase': {
      const { chainId, nodeId } = place;
      return await secretsFromPassphrase({ ...unlock, chainId, nodeId });
    }
    case 'passkey':
      return secretsFromPasskey(unlock.prf);
    case 'recovery-code':
      return secretsFromRoot(rootFromRecoveryCode(unlock.code));
  }
}

/**
 * The keys of an account, out of one way into it alone. A recovery code works without the node's help as long as the
 * keys were never changed. Takes about a second of one core for a passphrase.
 * @throws CryptoError `open-failed` when nothing opens here, `recovery-code-invalid`; ClientError when the node fails
 */
export async function unlockAccount(
  node: AccountNode,
  unlock: Unlock,
  options: CallOptions = {},
): Promise<PersonKeys> {
  const secrets = await secretsOf(node, unlock);
  const api = new NodeApi(node.baseUrl, node.fetch ?? ((input, init) => globalThis.fetch(input, init)));
  const json = { lookup: toHex(secrets.lookup) };
  try {
    const { box } = await api.json(
      { method: 'POST', path: '/unlock', json },
      unlockedSchema,
      options,
      'no-session',
    );
    const { root, person } = unwrapAccount(secrets, fromBase64Url(box));
    const keys = keysUnderId(derivePersonKeys(node.backend, root), person);
    wipe(root);
    return keys;
  } catch (error) {
    const isAbsent = error instanceof CryptoError && error.code === 'open-failed';
    if (unlock.kind !== 'recovery-code' || !isAbsent) throw error;
    return derivePersonKeys(node.backend, rootFromRecoveryCode(unlock.code));
  } finally {
    wipe(secrets.key);
  }
}

/** The signed-in person's ways into her account, and her sessions, as her node keeps them. */
export class Account {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Lets this account name and passphrase open the account. @throws ClientError `input-invalid`, `refused` */
  async addPassphrase(
    init: { readonly name: string; readonly passphrase: string },
    options: CallOptions = {},
  ): Promise<{ lookup: string }> {
    const name = init.name.trim();
    if (name.length < 1 || name.length > ACCOUNT_NAME_LENGTH_MAX)
      throw new ClientError('input-invalid', { what: 'account name' });
    return await this.#add({ kind: 'passphrase', ...init, name }, name, options);
  }

  /** As `addPassphrase`, and takes away every other passphrase. */
  async changePassphrase(
    init: { readonly name: string; readonly passphrase: string },
    options: CallOptions = {},
  ): Promise<void> {
    const before = await this.wraps(options);
    const { lookup } = await this.addPassphrase(init, options);
    const others = before.filter((wrap) => wrap.kind === 'passphrase' && wrap.lookup !== lookup);
    for (const wrap of others) await this.removeWrap(wrap.lookup, options);
  }

  /** Lets a passkey open the account; `prf` is wiped. */
  async addPasskey(
    init: { readonly prf: Uint8Array; readonly label: string },
    options: CallOptions = {},
  ): Promise<void> {
    await this.#add({ kind: 'passkey', prf: init.prf }, init.label.slice(0, LABEL_LENGTH_MAX), options);
    wipe(init.prf);
  }

  /** Keeps the id under the recovery code, so that the code goes on working after a change of keys. */
  async addRecoveryCode(options: CallOptions = {}): Promise<void> {
    await this.#add({ kind: 'recovery-code', code: this.recoveryCode() }, '', options);
  }

  /** The root in 14 groups of 4 letters: to be shown once and written down. */
  recoveryCode(): string {
    return recoveryCodeOf(this.#connection.keys.root);
  }

  /** Whether a code, as somebody wrote it down, is this account's. */
  isRecoveryCode(code: string): boolean {
    try {
      return toHex(rootFromRecoveryCode(code)) === toHex(this.#connection.keys.root);
    } catch {
      return false;
    }
  }

  async wraps(options: CallOptions = {}): Promise<WrapLine[]> {
    const { api } = this.#connection;
    const { wraps } = await api.json({ method: 'GET', path: '/wraps' }, wrapsSchema, options);
    return wraps.map(({ label, ...wrap }) => ({ ...wrap, label: this.#openLabel(wrap.lookup, label) }));
  }

  /** @param lookup hex, as `wraps` names it */
  async removeWrap(lookup: string, options: CallOptions = {}): Promise<void> {
    const json = { lookup };
    await this.#connection.api.bytes({ method: 'POST', path: '/wraps/removal', json }, 1024, options);
  }

  async sessions(options: CallOptions = {}): Promise<SessionLine[]> {
    const { api } = this.#connection;
    return (await api.json({ method: 'GET', path: '/sessions' }, sessionsSchema, options)).sessions;
  }

  async endSession(id: string, options: CallOptions = {}): Promise<void> {
    await this.#connection.api.bytes({ method: 'DELETE', path: `/sessions/${id}` }, 1024, options);
  }

  /** Ends all sessions that somebody of the administrator's own institution has at this node. @throws ClientError */
  async endSessionsOf(person: Uint8Array, options: CallOptions = {}): Promise<void> {
    const path = `/people/${toHex(person)}/sessions`;
    await this.#connection.api.bytes({ method: 'DELETE', path }, 1024, options);
  }

  async endOtherSessions(options: CallOptions = {}): Promise<void> {
    await this.#connection.api.bytes({ method: 'DELETE', path: '/sessions' }, 1024, options);
  }

  async #add(unlock: Unlock, label: string, options: CallOptions): Promise<{ lookup: string }> {
    const { api, keys } = this.#connection;
    const secrets = await secretsOf(this.#place, unlock);
    const labelled = { lookup: secrets.lookup, key: this.#labelKey };
    const json = {
      lookup: toHex(secrets.lookup),
      kind: unlock.kind,
      box: toBase64Url(wrapAccount(secrets, { root: keys.root, person: keys.id })),
      label: toBase64Url(sealAccountBox(labelled, utf8(label))),
    };
    wipe(secrets.key);
    await api.bytes({ method: 'POST', path: '/wraps', json }, 1024, options);
    return { lookup: json.lookup };
  }

  get #place(): AccountPlace {
    const { chainId, nodeId } = this.#connection;
    return { chainId, nodeId: fromHex(nodeId) };
  }

  get #labelKey(): Uint8Array {
    return kdf(DOMAIN.account, this.#connection.keys.root, [utf8('label')], 32);
  }

  #openLabel(lookup: string, label: string): string {
    try {
      const secrets = { lookup: fromHex(lookup), key: this.#labelKey };
      return new TextDecoder('utf-8', { fatal: true }).decode(openAccountBox(secrets, fromBase64Url(label)));
    } catch {
      return '';
    }
  }
}
