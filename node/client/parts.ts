import type { Audit } from './audit.ts';
import type { Care } from './care.ts';
import type { Chain } from './chain.ts';
import type { Connection } from './connection.ts';
import type { Consortium } from './consortium.ts';
import type { Emergencies } from './emergency.ts';
import type { Erasure } from './erasure.ts';
import type { Files } from './files.ts';
import type { Guardians } from './guardians.ts';
import type { Identities } from './identity.ts';
import { fetchedOnce, lazyPart } from './lazy-part.ts';
import type { LazyPart } from './lazy-part.ts';
import type { Records } from './records.ts';
import type { Recoveries } from './recovery.ts';
import type { Rotation } from './rotation.ts';
import type { Sharing } from './sharing.ts';

/** What a client can do once somebody is in: none of it is needed for a sign-in. */
export interface ClientParts {
  readonly audit: LazyPart<Audit>;
  readonly care: LazyPart<Care>;
  /** Certified blocks, one by one. */
  readonly chain: LazyPart<Chain>;
  readonly consortium: LazyPart<Consortium>;
  readonly emergencies: LazyPart<Emergencies>;
  readonly erasure: LazyPart<Erasure>;
  readonly files: LazyPart<Files>;
  readonly guardians: LazyPart<Guardians>;
  readonly identities: LazyPart<Identities>;
  readonly records: LazyPart<Records>;
  readonly recoveries: LazyPart<Recoveries>;
  readonly rotation: LazyPart<Rotation>;
  readonly sharing: LazyPart<Sharing>;
}

/** The parts that hold on to something: each exists once, whoever of the others needs it first. */
function shared(connection: Connection) {
  const keyrings = fetchedOnce(async () => new (await import('./keyring.ts')).Keyrings(connection));
  const records = fetchedOnce(async () => {
    const [{ Records }, mine] = await Promise.all([import('./records.ts'), keyrings()]);
    return new Records(connection, mine);
  });
  const sharing = fetchedOnce(async () => {
    const [{ Sharing }, mine] = await Promise.all([import('./sharing.ts'), keyrings()]);
    return new Sharing(connection, mine);
  });
  return { keyrings, records, sharing };
}

type Shared = ReturnType<typeof shared>;

/** Each is fetched by its first call. */
export function clientParts(connection: Connection): ClientParts {
  const parts = shared(connection);
  return {
    ...partsOfARecord(connection, parts),
    ...partsOfCare(connection, parts),
    ...partsOfTheNetwork(connection),
    ...rareParts(connection, parts),
  };
}

function partsOfARecord(
  connection: Connection,
  { keyrings, records, sharing }: Shared,
): Pick<ClientParts, 'files' | 'records' | 'sharing'> {
  return {
    records: lazyPart<Records>(records, {
      upload: 'promise',
      anchored: 'promise',
      withoutAnchored: 'promise',
      uploadOnce: 'promise',
      search: 'promise',
      label: 'promise',
      open: 'promise',
      openAll: 'promise',
      openEach: 'generator',
      pendingReports: 'promise',
      report: 'promise',
      flushReports: 'promise',
      printed: 'promise',
    }),
    sharing: lazyPart<Sharing>(sharing, {
      requestAccess: 'promise',
      requests: 'promise',
      sent: 'promise',
      refusal: 'promise',
      message: 'promise',
      refuseRequest: 'promise',
      grant: 'promise',
      grantsOf: 'promise',
      received: 'promise',
      revoke: 'promise',
      open: 'promise',
      search: 'promise',
      openShared: 'promise',
      openSharedEach: 'generator',
    }),
    files: lazyPart<Files>(
      async () => {
        const { Files } = await import('./files.ts');
        const parts = { keyrings: await keyrings(), records: await records(), sharing: await sharing() };
        return new Files(connection, parts);
      },
      { upload: 'promise', open: 'promise', openShared: 'promise', discard: 'promise' },
    ),
  };
}

function partsOfCare(
  connection: Connection,
  { keyrings }: Shared,
): Pick<ClientParts, 'audit' | 'care' | 'erasure' | 'guardians'> {
  return {
    audit: lazyPart<Audit>(async () => new (await import('./audit.ts')).Audit(connection), {
      whoHasSeen: 'promise',
      refusals: 'promise',
      export: 'promise',
    }),
    care: lazyPart<Care>(async () => new (await import('./care.ts')).Care(connection, await keyrings()), {
      requestAssignment: 'promise',
      assignmentRequests: 'promise',
      assign: 'promise',
      assignment: 'promise',
      assignments: 'promise',
      patients: 'promise',
      acceptAssignment: 'promise',
      endAssignment: 'promise',
      startGeneration: 'promise',
      enrolDevice: 'promise',
      giveKits: 'promise',
      revokeDevice: 'promise',
      devices: 'promise',
      fetchKeys: 'promise',
    }),
    erasure: lazyPart<Erasure>(async () => new (await import('./erasure.ts')).Erasure(connection), {
      erase: 'promise',
      erasePerson: 'promise',
    }),
    guardians: lazyPart<Guardians>(async () => new (await import('./guardians.ts')).Guardians(connection), {
      propose: 'promise',
      confirm: 'promise',
      end: 'promise',
      of: 'promise',
      wards: 'promise',
      cover: 'promise',
      endCover: 'promise',
      covers: 'promise',
    }),
  };
}

function partsOfTheNetwork(connection: Connection): Pick<ClientParts, 'chain' | 'consortium'> {
  return {
    chain: lazyPart<Chain>(async () => new (await import('./chain.ts')).Chain(connection), {
      block: 'promise',
      blocks: 'generator',
    }),
    consortium: {
      ...lazyPart<Consortium>(async () => new (await import('./consortium.ts')).Consortium(connection), {
        view: 'promise',
        members: 'promise',
        roster: 'promise',
        proposals: 'promise',
        admit: 'promise',
        remove: 'promise',
        vote: 'promise',
        backups: 'promise',
        declareDashboard: 'promise',
        declaredDashboard: 'promise',
      }),
      // Asked at every sign-in: without the code of proposals and votes.
      roster: async (options) => (await import('./roster.ts')).readRoster(connection, options ?? {}),
    },
  };
}

function rareParts(
  connection: Connection,
  { keyrings, records }: Shared,
): Pick<ClientParts, 'emergencies' | 'identities' | 'recoveries' | 'rotation'> {
  return {
    emergencies: lazyPart<Emergencies>(
      async () => {
        const { Emergencies } = await import('./emergency.ts');
        return new Emergencies(connection, await keyrings(), await records());
      },
      {
        optIn: 'promise',
        renew: 'promise',
        open: 'promise',
        notices: 'promise',
        unshare: 'promise',
        request: 'promise',
        countersign: 'promise',
        end: 'promise',
        review: 'promise',
        reason: 'promise',
        find: 'promise',
        deposit: 'promise',
        of: 'promise',
        at: 'promise',
      },
    ),
    identities: lazyPart<Identities>(async () => new (await import('./identity.ts')).Identities(connection), {
      publishKey: 'promise',
      ensureKey: 'promise',
      check: 'promise',
    }),
    recoveries: lazyPart<Recoveries>(
      async () => new (await import('./recovery.ts')).Recoveries(connection, await keyrings()),
      {
        deposit: 'promise',
        withdrawDeposit: 'promise',
        isDeposited: 'promise',
        regain: 'promise',
        regainWith: 'promise',
        outdated: 'promise',
        helpers: 'promise',
        startAnew: 'promise',
        start: 'promise',
        veto: 'promise',
        finish: 'promise',
        find: 'promise',
      },
    ),
    rotation: lazyPart<Rotation>(async () => new (await import('./rotation.ts')).Rotation(connection), {
      rotate: 'promise',
    }),
  };
}
