import { fromBase64Url, fromHex } from '#crypto';
import type { Backend, CID, PersonKeys } from '#crypto';
import type { Header } from '#consensus';
import type { Bodies, Genesis, Receipt, TransactionKind } from '#consensus/ledger';
import { Account } from './account.ts';
import { certifiedHeadSchema, statusSchema } from './api.ts';
import type { NodeStatus } from './api.ts';
import type { StoredBlock } from './block-exchange.ts';
import { Connection } from './connection.ts';
import type { ConnectionInit } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { clientParts } from './parts.ts';
import type { ClientParts } from './parts.ts';
import { People } from './people.ts';
import { Profiles } from './profile.ts';
import type { ProvenValues } from './proven-state.ts';
import type { Submitted } from './submission.ts';
import type { Vault } from './vault.ts';

/**
 * A person's (or device's) client: keys stay here, everything that matters in an answer is verified against the
 * genesis file, and a node that shows an older state than was seen before is refused.
 */
export interface PhrClient extends ClientParts {
  readonly backend: Backend;
  readonly genesis: Genesis;
  readonly chainId: Uint8Array;
  readonly nodeId: Uint8Array;
  /** @throws ClientError `no-keys` */
  readonly keys: PersonKeys;
  /** What to keep for the next time, through `sealVault`; brought up to date by every call. */
  readonly vault: Vault;
  /** Evidence files that came up so far: lying proxies, two certificates for one height. */
  readonly evidence: readonly Uint8Array[];
  /**
   * The node's own word on itself and the network: not proven, but for an alarm.
   * @throws ClientError `ledger-forked` when the node proves that two blocks of one height are certified
   */
  status(options?: CallOptions): Promise<NodeStatus>;
  /** The newest head that the node shows, verified. */
  head(options?: CallOptions): Promise<Header>;
  signIn(options?: CallOptions): Promise<{ expiresAtMs: number }>;
  signOut(options?: CallOptions): Promise<void>;
  /** State keys (`stateKeys` of #consensus/ledger) with proven values or proven absences. */
  read(keys: readonly Uint8Array[], options?: CallOptions): Promise<ProvenValues>;
  /** Signs and submits; resolves when it is committed and its effect on the nonce is proven. */
  submit<K extends TransactionKind>(kind: K, body: Bodies[K], options?: CallOptions): Promise<Submitted>;
  put(blocks: readonly StoredBlock[], options?: CallOptions): Promise<CID[]>;
  get(cid: CID, options?: CallOptions): Promise<Uint8Array>;
  receipts(args: { patient: Uint8Array; headers: readonly CID[] }, options?: CallOptions): Promise<Receipt[]>;
  readonly account: Account;
  readonly people: People;
  readonly profiles: Profiles;
}

/** A client of one node. @throws LedgerError `genesis-malformed`, CryptoError `encoding` for a bad node id. */
export function createClient(init: ConnectionInit): PhrClient {
  const connection = new Connection(init);
  const { api, state, session, submission, blocks } = connection;
  return {
    backend: connection.backend,
    genesis: connection.genesis,
    chainId: connection.chainId,
    nodeId: fromHex(init.nodeId),
    get keys() {
      return connection.keys;
    },
    get vault() {
      connection.vault.newestHeight = Math.max(connection.vault.newestHeight, state.newestHeight);
      return connection.vault;
    },
    get evidence() {
      return connection.evidence.files;
    },
    status: async (options = {}) => {
      const request = { method: 'GET', path: '/status' } as const;
      const status = await api.json(request, statusSchema, options, 'no-session');
      if (status.fork) await state.acceptFork(fromBase64Url(status.fork.evidence), init.genesis);
      return status;
    },
    head: async (options = {}) => {
      const request = { method: 'GET', path: '/head' } as const;
      const answer = await api.json(request, certifiedHeadSchema, options, 'no-session');
      return await state.acceptHead(fromBase64Url(answer.header), fromBase64Url(answer.certificate), options);
    },
    signIn: (options) => session.signIn(options),
    signOut: (options) => session.signOut(options),
    read: (keys, options) => state.read(keys, options),
    submit: (kind, body, options) => submission.submit(kind, body, options),
    put: (list, options) => blocks.put(list, options),
    get: (cid, options) => blocks.get(cid, options),
    receipts: (args, options) => blocks.receipts(args, options),
    account: new Account(connection),
    people: new People(connection),
    profiles: new Profiles(connection),
    ...clientParts(connection),
  };
}
