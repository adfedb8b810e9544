import { BASE64URL, bool, choice, facts, int, list, nullable, object, optional, text } from './wire-shape.ts';
import type { ShapeOf } from './wire-shape.ts';

/**
 * The wire of the node's HTTP API, shared by the server and every client.
 *
 * Ids, hashes and state keys travel as lowercase hex; longer binaries as base64url without padding.
 * Everything that a client must trust carries a proof: the schema only gives the shape.
 */
export const API_PREFIX = '/api/v1';
export const STATE_KEYS_MAX = 512;
/** Changes of the validators that a client follows; each puts or takes one institution. */
export const SET_CHANGES_MAX = 1024;
/** As the ledger's: institutions that ever belonged. */
const SEATS_MAX = 255;
export const STORE_REQUEST_BYTES_MAX = 4 * 1024 * 1024;
export const STORE_CONTENT_TYPE = 'application/vnd.ipld.dag-cbor';
export const JSON_BODY_BYTES_MAX = 512 * 1024;
export const SESSION_COOKIE = '__Host-phr-session';

export const hex32 = text({ pattern: /^[0-9a-f]{64}$/ });
export const base64Url = text({ pattern: BASE64URL });
export const cidText = text({ pattern: /^b[a-z2-7]{20,120}$/ });

export const statusSchema = object({
  node: hex32,
  name: text(),
  version: text(),
  chainId: hex32,
  network: text(),
  devnet: bool(),
  height: int(),
  hash: hex32,
  stateRoot: hex32,
  timeMs: int(),
  round: int(),
  phase: text(),
  /** `working`: a quorum is in reach; `stopped`: it is not, nothing is lost; `syncing`: this node catches up. */
  condition: choice(['working', 'stopped', 'syncing']),
  quorum: int(),
  reachable: int(),
  validators: list(
    object({
      id: hex32,
      name: text(),
      self: bool(),
      connected: bool(),
      /** Height of the newest signed head statement heard from it, or null. */
      height: nullable(int()),
    }),
  ),
  mempool: int(),
  startedAtMs: int(),
  /** Present once two certified blocks of one height were seen: `evidence` proves it to anybody with the genesis. */
  fork: optional(object({ height: int(), evidence: base64Url })),
});
export type NodeStatus = ShapeOf<typeof statusSchema>;

export const challengeRequestSchema = object({ person: hex32 });
export const challengeSchema = object({ challenge: base64Url, expiresAtMs: int() });
/** `signature` = signTagged(DOMAIN.session, chainId | node id | person id | challenge). */
export const sessionRequestSchema = object({
  person: hex32,
  challenge: base64Url,
  signature: base64Url,
});
export const sessionSchema = object({ token: base64Url, expiresAtMs: int() });

/** Largest block that a registration may bring along. */
export const PROFILE_BYTES_MAX = 24 * 1024;
/** `profile`: the block that a `person.register` links. Whoever registers can not store anything yet. */
export const submitRequestSchema = object({
  transaction: base64Url,
  profile: optional(text({ pattern: BASE64URL, max: Math.ceil((PROFILE_BYTES_MAX * 4) / 3) })),
});
export const submittedSchema = object({ hash: hex32, height: int() });

export const certifiedHeadSchema = object({ header: base64Url, certificate: base64Url });
/** Changes of the validators since the genesis, oldest first: each with the last header that the old ones certified. */
export const setChangesSchema = object({
  changes: list(
    object({
      ...certifiedHeadSchema.fields,
      validators: list(object({ id: hex32, publicKey: hex32 }), { min: 1, max: 64 }),
    }),
    { max: SET_CHANGES_MAX },
  ),
});
export const genesisSchema = object({ genesis: base64Url });
export const stateRequestSchema = object({
  keys: list(hex32, { min: 1, max: STATE_KEYS_MAX }),
});
/** `proof` holds the values and covers every key of the request, present or proven absent. */
export const provenStateSchema = object({
  ...certifiedHeadSchema.fields,
  proof: base64Url,
});

/** Every institution that ever belonged, the proposals that admitted some, and the proof of `rosterKeys` of both. */
export const institutionsSchema = object({
  ...provenStateSchema.fields,
  institutions: list(hex32, { max: SEATS_MAX }),
  admissions: list(hex32, { max: SEATS_MAX }),
});

export const ledgerBlockSchema = object({ block: base64Url, certificate: base64Url });
/** Blocks in one answer, and bytes of them: the first comes whatever its size. */
export const CHAIN_BLOCKS_MAX = 64;
export const CHAIN_BYTES_MAX = 4 * 1024 * 1024;
/** In order, without a hole, the first of the height that was asked for. */
export const ledgerBlocksSchema = object({
  blocks: list(ledgerBlockSchema, { min: 1, max: CHAIN_BLOCKS_MAX }),
});

/** Body of `POST /store`, DAG-CBOR: `{ blocks: [{ codec: 'raw'|'dag-cbor', bytes }] }`. */
export const storedSchema = object({ cids: list(cidText) });

export const receiptsRequestSchema = object({
  patient: hex32,
  headers: list(cidText, { min: 1, max: 64 }),
});
export const receiptsSchema = object({
  receipts: list(object({ node: hex32, signature: base64Url })),
});

/** `without`: nodes that are not asked (again), because they have answered, honestly or not. */
export const conversionsRequestSchema = object({
  access: hex32,
  without: optional(list(hex32, { max: 64 })),
});
/** Each answer is a signed DAG-CBOR proxy answer, see proxy-answer.ts. */
export const conversionsSchema = object({
  answers: list(base64Url),
  refusals: list(object({ node: hex32, code: text() })),
});

/** Points of `blinded` are inputs that only the asking client can name. */
export const identitiesRequestSchema = object({
  applicant: hex32,
  blinded: list(hex32, { min: 1, max: 2 }),
});
/** What was backed up of this node and whether a check found it whole: its operator's word, newest first. */
export const backupsSchema = object({
  backups: list(
    object({
      createdAtMs: int(),
      height: int(),
      bytes: int(),
      verifiedAtMs: nullable(int()),
      isWhole: nullable(bool()),
    }),
    { max: 32 },
  ),
});
export type NodeBackup = ShapeOf<typeof backupsSchema>['backups'][number];

/** Not judged by the node: a client checks each proof against the published key. */
export const identitiesSchema = object({
  answers: list(object({ node: hex32, evaluated: list(hex32, { max: 2 }), proof: base64Url })),
  refusals: list(object({ node: hex32, code: text() })),
});
export const identityKeySchema = object({ publicKey: hex32, signature: base64Url });
/** On what the ledger lets a node give out its part of a shared key: an open emergency, a finished recovery. */
export const RELEASE_GROUNDS = ['emergency', 'recovery'] as const;
export type ReleaseGround = (typeof RELEASE_GROUNDS)[number];

/** `items`: the records to open, none for the shared bytes alone; `id`: an emergency, or the person who recovers. */
export const releasesRequestSchema = object({
  ground: choice(RELEASE_GROUNDS),
  id: hex32,
  items: list(object({ record: hex32, slot: int({ min: 0, max: 255 }) }), { max: 64 }),
  without: optional(list(hex32, { max: 64 })),
});

/** What the node's own proxy refused, the newest of it: the node's word, not proven. Times of the first and last try. */
export const refusalsSchema = object({
  refusals: list(
    object({
      access: hex32,
      code: text(),
      about: nullable(object({ grant: hex32, patient: hex32, delegate: hex32 })),
      firstMs: int(),
      lastMs: int(),
      count: int(),
    }),
  ),
});
export type NodeRefusal = ShapeOf<typeof refusalsSchema>['refusals'][number];

/** Of what a person calls a way into her account. */
export const LABEL_LENGTH_MAX = 80;
/** How a root is wrapped; every kind opens the account alone. */
export const WRAP_KINDS = ['passphrase', 'passkey', 'recovery-code'] as const;
export type WrapKind = (typeof WRAP_KINDS)[number];
/** A sealed box of at most ACCOUNT_BOX_BYTES_MAX bytes. */
const accountBox = text({ pattern: BASE64URL, min: 1, max: 1366 });

/** `box` holds the root, `label` what the person calls this way in; the node opens neither. */
export const wrapRequestSchema = object({
  lookup: hex32,
  kind: choice(WRAP_KINDS),
  box: accountBox,
  label: accountBox,
});
export const wrapsSchema = object({
  wraps: list(
    object({
      lookup: hex32,
      kind: choice(WRAP_KINDS),
      label: base64Url,
      createdAtMs: int(),
    }),
  ),
});
export const unlockRequestSchema = object({ lookup: hex32 });
/** An unknown id gets a box too, which nothing opens. */
export const unlockedSchema = object({ box: base64Url });

export const sessionsSchema = object({
  sessions: list(
    object({
      /** Names the session to its owner; opens nothing. */
      id: text({ pattern: /^[0-9a-f]{32}$/ }),
      openedAtMs: int(),
      usedAtMs: int(),
      /** The one that asks. */
      current: bool(),
      /** Words of a fixed list, out of what the browser said of itself. */
      browser: text(),
      system: text(),
    }),
  ),
});
export type SessionLine = ShapeOf<typeof sessionsSchema>['sessions'][number];

export const errorSchema = object({
  error: object({
    code: text(),
    message: text(),
    /** What is safe in spite of the error. */
    safe: text(),
    /** What the person can do. */
    action: text(),
    facts: optional(facts()),
  }),
});
export type ApiErrorBody = ShapeOf<typeof errorSchema>['error'];

/**
 * Server-sent events of `GET /events`: `event: block|status|peer`, data as below, and `event: session` with
 * `{"state":"ended"}` when the session that the view was opened with is over: whoever sees it locks; `"closed"` when the
 * account, or the key that opened it, may hold none any more: then nothing of it stays in the window.
 */
export const blockEventSchema = object({
  height: int(),
  hash: hex32,
  timeMs: int(),
  round: int(),
  proposer: hex32,
  transactions: int(),
  signers: int(),
});
export type BlockEvent = ShapeOf<typeof blockEventSchema>;

/** Every route: the OpenAPI document, the authorization matrix and the router-table tests are made from this. */
export const ROUTES = [
  { method: 'GET', path: '/status', access: 'public', response: 'statusSchema' },
  { method: 'GET', path: '/events', access: 'public', response: 'event-stream' },
  { method: 'GET', path: '/genesis', access: 'public', response: 'genesisSchema' },
  { method: 'GET', path: '/head', access: 'public', response: 'certifiedHeadSchema' },
  { method: 'GET', path: '/changes', access: 'public', response: 'setChangesSchema' },
  { method: 'GET', path: '/institutions', access: 'public', response: 'institutionsSchema' },
  { method: 'GET', path: '/openapi.json', access: 'public', response: 'openapi' },
  {
    method: 'POST',
    path: '/session/challenge',
    access: 'public',
    request: 'challengeRequestSchema',
    response: 'challengeSchema',
  },
  {
    method: 'POST',
    path: '/session',
    access: 'public',
    request: 'sessionRequestSchema',
    response: 'sessionSchema',
  },
  { method: 'DELETE', path: '/session', access: 'session', response: 'none' },
  { method: 'GET', path: '/sessions', access: 'session', response: 'sessionsSchema' },
  /** Ends all sessions of the account but the one that asks. */
  { method: 'DELETE', path: '/sessions', access: 'session', response: 'none' },
  { method: 'DELETE', path: '/sessions/:session', access: 'session', response: 'none' },
  /** Ends all sessions of a person at this node: one's own, or as an administrator of her institution. */
  { method: 'DELETE', path: '/people/:person/sessions', access: 'active', response: 'none' },
  { method: 'GET', path: '/wraps', access: 'session', response: 'wrapsSchema' },
  { method: 'POST', path: '/wraps', access: 'session', request: 'wrapRequestSchema', response: 'none' },
  /** The id fetches the sealed root, so it stands in the body: what is in a path lies in the logs of proxies. */
  {
    method: 'POST',
    path: '/wraps/removal',
    access: 'session',
    request: 'unlockRequestSchema',
    response: 'none',
  },
  {
    method: 'POST',
    path: '/unlock',
    access: 'public',
    request: 'unlockRequestSchema',
    response: 'unlockedSchema',
  },
  /** Only `person.register` is taken without a session; everything else needs the sender's own session. */
  {
    method: 'POST',
    path: '/transactions',
    access: 'register-or-session',
    request: 'submitRequestSchema',
    response: 'submittedSchema',
  },
  {
    method: 'POST',
    path: '/state',
    access: 'session',
    request: 'stateRequestSchema',
    response: 'provenStateSchema',
  },
  { method: 'GET', path: '/ledger/:height', access: 'session', response: 'ledgerBlockSchema' },
  /** The block of this height and some that follow it. */
  { method: 'GET', path: '/chain/:height', access: 'session', response: 'ledgerBlocksSchema' },
  { method: 'POST', path: '/store', access: 'active', request: 'dag-cbor', response: 'storedSchema' },
  { method: 'GET', path: '/store/:cid', access: 'active', response: 'octet-stream' },
  {
    method: 'POST',
    path: '/receipts',
    access: 'active',
    request: 'receiptsRequestSchema',
    response: 'receiptsSchema',
  },
  {
    method: 'POST',
    path: '/conversions',
    access: 'active',
    request: 'conversionsRequestSchema',
    response: 'conversionsSchema',
  },
  /** Each answer is a signed release, see release-answer.ts: its box opens for the requester alone. */
  {
    method: 'POST',
    path: '/releases',
    access: 'active',
    request: 'releasesRequestSchema',
    response: 'conversionsSchema',
  },
  { method: 'GET', path: '/refusals', access: 'active', response: 'refusalsSchema' },
  /** The service wants an administrator of the node's institution. */
  { method: 'GET', path: '/backups', access: 'active', response: 'backupsSchema' },
  { method: 'GET', path: '/identity/key', access: 'active', response: 'identityKeySchema' },
  /** The service wants an administrator of the node's institution. */
  {
    method: 'POST',
    path: '/identity/evaluations',
    access: 'active',
    request: 'identitiesRequestSchema',
    response: 'identitiesSchema',
  },
] as const;
