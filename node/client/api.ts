import * as z from 'zod/mini';

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

export const hex32 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
export const base64Url = z.string().check(z.regex(/^[A-Za-z0-9_-]*$/));
export const cidText = z.string().check(z.regex(/^b[a-z2-7]{20,120}$/));

export const statusSchema = z.strictObject({
  node: hex32,
  name: z.string(),
  version: z.string(),
  chainId: hex32,
  network: z.string(),
  devnet: z.boolean(),
  height: z.int(),
  hash: hex32,
  stateRoot: hex32,
  timeMs: z.int(),
  round: z.int(),
  phase: z.string(),
  /** `working`: a quorum is in reach; `stopped`: it is not, nothing is lost; `syncing`: this node catches up. */
  condition: z.enum(['working', 'stopped', 'syncing']),
  quorum: z.int(),
  reachable: z.int(),
  validators: z.array(
    z.strictObject({
      id: hex32,
      name: z.string(),
      self: z.boolean(),
      connected: z.boolean(),
      /** Height of the newest signed head statement heard from it, or null. */
      height: z.nullable(z.int()),
    }),
  ),
  mempool: z.int(),
  startedAtMs: z.int(),
  /** Present once two certified blocks of one height were seen: `evidence` proves it to anybody with the genesis. */
  fork: z.optional(z.strictObject({ height: z.int(), evidence: base64Url })),
});
export type NodeStatus = z.infer<typeof statusSchema>;

export const challengeRequestSchema = z.strictObject({ person: hex32 });
export const challengeSchema = z.strictObject({ challenge: base64Url, expiresAtMs: z.int() });
/** `signature` = signTagged(DOMAIN.session, chainId | node id | person id | challenge). */
export const sessionRequestSchema = z.strictObject({
  person: hex32,
  challenge: base64Url,
  signature: base64Url,
});
export const sessionSchema = z.strictObject({ token: base64Url, expiresAtMs: z.int() });

/** Largest block that a registration may bring along. */
export const PROFILE_BYTES_MAX = 24 * 1024;
/** `profile`: the block that a `person.register` links. Whoever registers can not store anything yet. */
export const submitRequestSchema = z.strictObject({
  transaction: base64Url,
  profile: z.optional(base64Url.check(z.maxLength(Math.ceil((PROFILE_BYTES_MAX * 4) / 3)))),
});
export const submittedSchema = z.strictObject({ hash: hex32, height: z.int() });

export const certifiedHeadSchema = z.strictObject({ header: base64Url, certificate: base64Url });
/** Changes of the validators since the genesis, oldest first: each with the last header that the old ones certified. */
export const setChangesSchema = z.strictObject({
  changes: z
    .array(
      z.extend(certifiedHeadSchema, {
        validators: z
          .array(z.strictObject({ id: hex32, publicKey: hex32 }))
          .check(z.minLength(1), z.maxLength(64)),
      }),
    )
    .check(z.maxLength(SET_CHANGES_MAX)),
});
export const genesisSchema = z.strictObject({ genesis: base64Url });
export const stateRequestSchema = z.strictObject({
  keys: z.array(hex32).check(z.minLength(1), z.maxLength(STATE_KEYS_MAX)),
});
/** `proof` holds the values and covers every key of the request, present or proven absent. */
export const provenStateSchema = z.extend(certifiedHeadSchema, { proof: base64Url });

/** Every institution that ever belonged, the proposals that admitted some, and the proof of `rosterKeys` of both. */
export const institutionsSchema = z.extend(provenStateSchema, {
  institutions: z.array(hex32).check(z.maxLength(SEATS_MAX)),
  admissions: z.array(hex32).check(z.maxLength(SEATS_MAX)),
});

export const ledgerBlockSchema = z.strictObject({ block: base64Url, certificate: base64Url });
/** Blocks in one answer, and bytes of them: the first comes whatever its size. */
export const CHAIN_BLOCKS_MAX = 64;
export const CHAIN_BYTES_MAX = 4 * 1024 * 1024;
/** In order, without a hole, the first of the height that was asked for. */
export const ledgerBlocksSchema = z.strictObject({
  blocks: z.array(ledgerBlockSchema).check(z.minLength(1), z.maxLength(CHAIN_BLOCKS_MAX)),
});

/** Body of `POST /store`, DAG-CBOR: `{ blocks: [{ codec: 'raw'|'dag-cbor', bytes }] }`. */
export const storedSchema = z.strictObject({ cids: z.array(cidText) });

export const receiptsRequestSchema = z.strictObject({
  patient: hex32,
  headers: z.array(cidText).check(z.minLength(1), z.maxLength(64)),
});
export const receiptsSchema = z.strictObject({
  receipts: z.array(z.strictObject({ node: hex32, signature: base64Url })),
});

/** `without`: nodes that are not asked (again), because they have answered, honestly or not. */
export const conversionsRequestSchema = z.strictObject({
  access: hex32,
  without: z.optional(z.array(hex32).check(z.maxLength(64))),
});
/** Each answer is a signed DAG-CBOR proxy answer, see proxy-answer.ts. */
export const conversionsSchema = z.strictObject({
  answers: z.array(base64Url),
  refusals: z.array(z.strictObject({ node: hex32, code: z.string() })),
});

/** Points of `blinded` are inputs that only the asking client can name. */
export const identitiesRequestSchema = z.strictObject({
  applicant: hex32,
  blinded: z.array(hex32).check(z.minLength(1), z.maxLength(2)),
});
/** What was backed up of this node and whether a check found it whole: its operator's word, newest first. */
export const backupsSchema = z.strictObject({
  backups: z
    .array(
      z.strictObject({
        createdAtMs: z.int(),
        height: z.int(),
        bytes: z.int(),
        verifiedAtMs: z.nullable(z.int()),
        isWhole: z.nullable(z.boolean()),
      }),
    )
    .check(z.maxLength(32)),
});
export type NodeBackup = z.infer<typeof backupsSchema>['backups'][number];

/** Not judged by the node: a client checks each proof against the published key. */
export const identitiesSchema = z.strictObject({
  answers: z.array(
    z.strictObject({ node: hex32, evaluated: z.array(hex32).check(z.maxLength(2)), proof: base64Url }),
  ),
  refusals: z.array(z.strictObject({ node: hex32, code: z.string() })),
});
export const identityKeySchema = z.strictObject({ publicKey: hex32, signature: base64Url });
/** On what the ledger lets a node give out its part of a shared key: an open emergency, a finished recovery. */
export const RELEASE_GROUNDS = ['emergency', 'recovery'] as const;
export type ReleaseGround = (typeof RELEASE_GROUNDS)[number];

/** `items`: the records to open, none for the shared bytes alone; `id`: an emergency, or the person who recovers. */
export const releasesRequestSchema = z.strictObject({
  ground: z.enum(RELEASE_GROUNDS),
  id: hex32,
  items: z
    .array(z.strictObject({ record: hex32, slot: z.int().check(z.minimum(0), z.maximum(255)) }))
    .check(z.maxLength(64)),
  without: z.optional(z.array(hex32).check(z.maxLength(64))),
});

/** What the node's own proxy refused, the newest of it: the node's word, not proven. Times of the first and last try. */
export const refusalsSchema = z.strictObject({
  refusals: z.array(
    z.strictObject({
      access: hex32,
      code: z.string(),
      about: z.nullable(z.strictObject({ grant: hex32, patient: hex32, delegate: hex32 })),
      firstMs: z.int(),
      lastMs: z.int(),
      count: z.int(),
    }),
  ),
});
export type NodeRefusal = z.infer<typeof refusalsSchema>['refusals'][number];

/** How a root is wrapped; every kind opens the account alone. */
export const WRAP_KINDS = ['passphrase', 'passkey', 'recovery-code'] as const;
export type WrapKind = (typeof WRAP_KINDS)[number];
/** A sealed box of at most ACCOUNT_BOX_BYTES_MAX bytes. */
const accountBox = base64Url.check(z.minLength(1), z.maxLength(1366));

/** `box` holds the root, `label` what the person calls this way in; the node opens neither. */
export const wrapRequestSchema = z.strictObject({
  lookup: hex32,
  kind: z.enum(WRAP_KINDS),
  box: accountBox,
  label: accountBox,
});
export const wrapsSchema = z.strictObject({
  wraps: z.array(
    z.strictObject({
      lookup: hex32,
      kind: z.enum(WRAP_KINDS),
      label: base64Url,
      createdAtMs: z.int(),
    }),
  ),
});
export const unlockRequestSchema = z.strictObject({ lookup: hex32 });
/** An unknown id gets a box too, which nothing opens. */
export const unlockedSchema = z.strictObject({ box: base64Url });

export const sessionsSchema = z.strictObject({
  sessions: z.array(
    z.strictObject({
      /** Names the session to its owner; opens nothing. */
      id: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
      openedAtMs: z.int(),
      usedAtMs: z.int(),
      /** The one that asks. */
      current: z.boolean(),
      /** Words of a fixed list, out of what the browser said of itself. */
      browser: z.string(),
      system: z.string(),
    }),
  ),
});
export type SessionLine = z.infer<typeof sessionsSchema>['sessions'][number];

export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    /** What is safe in spite of the error. */
    safe: z.string(),
    /** What the person can do. */
    action: z.string(),
    facts: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))),
  }),
});
export type ApiErrorBody = z.infer<typeof errorSchema>['error'];

/**
 * Server-sent events of `GET /events`: `event: block|status|peer`, data as below, and `event: session` with
 * `{"state":"ended"}` when the session that the view was opened with is over: whoever sees it locks; `"closed"` when the
 * account, or the key that opened it, may hold none any more: then nothing of it stays in the window.
 */
export const blockEventSchema = z.strictObject({
  height: z.int(),
  hash: hex32,
  timeMs: z.int(),
  round: z.int(),
  proposer: hex32,
  transactions: z.int(),
  signers: z.int(),
});
export type BlockEvent = z.infer<typeof blockEventSchema>;

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
