import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomBytes } from 'node:crypto';
import { derivePersonKeys, fromHex, toBase64Url } from '#crypto';
import type { Backend, PersonKeys } from '#crypto';
import { createClient, emptyVault, openVault, sealVault } from '#node/client';
import type { Hit, PhrClient, Vault } from '#node/client';
import { createNativeBackend } from '#crypto/native';
import type { BeginArgs, PublicKeysJson, Via } from './commands.ts';
import { recordingFetch, tamperingFetch } from './wire.ts';

const ROOT_BYTES = 32;

/** A person in her own process: keys, vault, and clients of the nodes she speaks to. */
export class PersonSession {
  readonly #backend: Backend;
  readonly #args: BeginArgs;
  readonly #genesis: Uint8Array;
  readonly #clients = new Map<string, PhrClient>();
  readonly #tokens = new Map<string, string>();
  /** Hits of earlier searches by record id, so that only ids travel between the processes. */
  readonly hits = new Map<string, Hit>();
  readonly keys: PersonKeys;
  readonly vault: Vault;
  readonly opened: 'new' | 'vault';

  private constructor(
    backend: Backend,
    args: BeginArgs,
    person: { keys: PersonKeys; vault: Vault; opened: 'new' | 'vault' },
  ) {
    this.#backend = backend;
    this.#args = args;
    this.#genesis = new Uint8Array(readFileSync(args.genesisFile));
    this.keys = person.keys;
    this.vault = person.vault;
    this.opened = person.opened;
  }

  /** Opens the vault that is there, or makes new keys. @throws CryptoError `open-failed` for a wrong passphrase */
  static async begin(args: BeginArgs): Promise<PersonSession> {
    const backend = await createNativeBackend();
    if (existsSync(args.vaultFile)) {
      const sealed: unknown = JSON.parse(readFileSync(args.vaultFile, 'utf8'));
      const { keys, vault } = await openVault(backend, { sealed, passphrase: args.passphrase });
      return new PersonSession(backend, args, { keys, vault, opened: 'vault' });
    }
    const root = args.root === null ? new Uint8Array(randomBytes(ROOT_BYTES)) : fromHex(args.root);
    const session = new PersonSession(backend, args, {
      keys: derivePersonKeys(backend, root),
      vault: emptyVault(),
      opened: 'new',
    });
    // A drawn key is kept before it is used: what is registered can be opened again with the passphrase alone.
    if (args.root === null) await session.save();
    return session;
  }

  get backend(): Backend {
    return this.#backend;
  }

  /** The client that speaks to one node; the person's own by default. */
  client({ via }: Via = {}): PhrClient {
    const name = via ?? this.#args.home;
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const client = this.#connect(
      name,
      recordingFetch((token) => this.#tokens.set(name, token)),
    );
    this.#clients.set(name, client);
    return client;
  }

  /** A client whose node's proven answers are changed by one bit on their way. */
  tamperedClient({ via }: Via): PhrClient {
    return this.#connect(via ?? this.#args.home, tamperingFetch());
  }

  /** The name of an institution's node by its id. */
  nodeName(id: string): string {
    return this.#args.nodes.find((node) => node.id === id)?.name ?? id.slice(0, 8);
  }

  nodeId(name: string): Uint8Array {
    return fromHex(this.#node(name).id);
  }

  /** URL and session token for a request that the client has no verb for. */
  async raw(via: Via): Promise<{ url: string; token: string }> {
    const name = via.via ?? this.#args.home;
    await this.client(via).signIn();
    const token = this.#tokens.get(name);
    if (token === undefined) throw new Error('the session has no token');
    return { url: this.#node(name).url, token };
  }

  /** Writes the vault under the passphrase. @returns its size */
  async save(): Promise<number> {
    const sealed = await sealVault(this.#backend, {
      keys: this.keys,
      vault: this.#clients.get(this.#args.home)?.vault ?? this.vault,
      passphrase: this.#args.passphrase,
    });
    const text = JSON.stringify(sealed);
    mkdirSync(dirname(this.#args.vaultFile), { recursive: true, mode: 0o700 });
    writeFileSync(this.#args.vaultFile, text, { mode: 0o600 });
    return text.length;
  }

  #node(name: string): BeginArgs['nodes'][number] {
    const node = this.#args.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  #connect(name: string, fetchFunction: typeof fetch): PhrClient {
    const node = this.#node(name);
    return createClient({
      baseUrl: node.url,
      genesis: this.#genesis,
      nodeId: node.id,
      backend: this.#backend,
      keys: this.keys,
      vault: this.vault,
      fetch: fetchFunction,
    });
  }
}

export function publicKeysJson(keys: PersonKeys): PublicKeysJson {
  const { sign, seal, delegate, possession } = keys.publicKeys;
  return {
    sign: toBase64Url(sign),
    seal: toBase64Url(seal),
    delegate: toBase64Url(delegate),
    possession: toBase64Url(possession),
  };
}
