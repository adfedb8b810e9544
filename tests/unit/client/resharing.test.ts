import { beforeEach, describe, expect, it } from 'vitest';
import { derivePersonKeys, nobleBackend } from '#crypto';
import type { NodeKeys } from '#crypto';
import {
  readEmergency,
  readGrant,
  readRecoverySharing,
  readSharing,
  RECOVERY_WINDOW_MS,
  signKeyChange,
} from '#consensus/ledger';
import { keysUnderId, verifyEmergencyReceipt, verifyReceipt } from '#node/client';
import type { EmergencyOpening, PhrClient, SharedOpening } from '#node/client';
import { fifthNode, firstLeft, joined, Resharing } from './changing-clinic.ts';
import { failure, NOVEMBER, openClinic, readings, textsOf } from './clinic.ts';
import type { Clinic } from './clinic.ts';

const HOUR_MS = 3_600_000;
const CARD = ['penicillin: anaphylaxis', 'blood group 0 negative'];
const encoder = new TextEncoder();
const note = (text: string) => ({
  resource: encoder.encode(JSON.stringify({ resourceType: 'Basic', text })),
  category: 'emergency',
  month: 'all',
  keywords: ['card'],
});

let clinic: Clinic;
let fifth: NodeKeys;
let resharing: Resharing;
/** What happens on the wire of the client under test, once each, in this order. */
let moments: Moment[];

/** Before or after the first request from now on that fits. */
interface Moment {
  readonly when: 'before' | 'after';
  readonly path: string;
  readonly body?: string;
  run(): Promise<unknown>;
}

beforeEach(async () => {
  clinic = await openClinic();
  fifth = fifthNode(clinic);
  resharing = new Resharing(clinic.network);
  moments = [];
});

/** A client of these keys over a wire on which things happen. */
function watched(client: PhrClient, node: number): PhrClient {
  const wire = clinic.network.fetchOf(node);
  const fits = ({ path, body = '' }: Moment, url: string, sent: unknown): boolean =>
    url.endsWith(path) && (typeof sent === 'string' ? sent.includes(body) : body === '');
  const eventful: typeof fetch = async (input, init) => {
    const url = typeof input === 'string' ? input : '';
    const [moment] = moments;
    const isNow = moment !== undefined && fits(moment, url, init?.body);
    if (isNow) moments.shift();
    if (isNow && moment.when === 'before') await moment.run();
    const answer = await wire(input, init);
    if (isNow && moment.when === 'after') await moment.run();
    return answer;
  };
  return clinic.network.clientOver(client.keys, eventful, node);
}

const settle = async (): Promise<void> => {
  await resharing.settle();
  expect(resharing.refusals).toEqual([]);
};
const get = (key: Uint8Array): Uint8Array | undefined => clinic.network.state.get(key);

describe('a doctor who opens in an emergency', () => {
  let bob: PhrClient;
  let emergency: Uint8Array;

  beforeEach(async () => {
    const { maria, network } = clinic;
    const patient = maria.keys.id;
    await maria.emergencies.optIn({ patient });
    await maria.records.upload({ patient, records: CARD.map(note) });
    bob = watched(clinic.bob, 1);
    ({ emergency } = await bob.emergencies.request({
      patient,
      reason: 'ETREAT' as const,
      text: 'found unconscious',
      lifetimeMs: 24 * HOUR_MS,
    }));
    await network.client(network.administrators[1]![0], { node: 1 }).emergencies.countersign(emergency);
  });

  /** Where the request's block is asked for, after who holds the deposit was read. */
  const provenAt = (): string => `/ledger/${readEmergency(get, emergency)!.height}`;
  const heldBy = () => readSharing(get, clinic.maria.keys.id)!;

  /** Everything is open, no node is blamed, and every receipt verifies; how many released for each. */
  function checked({ records, receipts, liars }: EmergencyOpening): number[] {
    expect(textsOf(records)).toEqual(textsOf(CARD.map(note)));
    expect(liars).toEqual([]);
    expect(moments).toEqual([]);
    return receipts.map(
      (file) => verifyEmergencyReceipt(nobleBackend, clinic.network.genesisBytes, file).nodes.length,
    );
  }

  it('does so through the new holders when they took over after the request', async () => {
    await joined(clinic, fifth);
    await settle();
    expect(heldBy()).toMatchObject({ threshold: 4, epoch: 1 });
    expect(checked(await bob.emergencies.open(emergency))).toEqual([4, 4]);
  });

  it('asks the new holders when the deposit moved after he had read who holds it', async () => {
    await joined(clinic, fifth);
    moments = [{ when: 'before', path: '/releases', run: settle }];
    const opening = await bob.emergencies.open(emergency);
    expect(checked(opening)).toEqual([4, 4]);
    const shown = verifyEmergencyReceipt(nobleBackend, clinic.network.genesisBytes, opening.receipts[0]!);
    expect(shown.nodeNames.every((name) => !/^[0-9a-f]{64}$/.test(name))).toBe(true);
  });

  it('puts no parts of two times together when the deposit moves between two answers', async () => {
    await joined(clinic, fifth);
    const { network } = clinic;
    const late = new Set(network.nodes.slice(2));
    network.tampering = { isLate: (node, round) => round === 0 && late.has(node) };
    // Two of three are there, then the others are asked.
    moments = [{ when: 'before', path: '/releases', body: 'without', run: settle }];
    expect(checked(await bob.emergencies.open(emergency))).toEqual([4, 4]);
  });

  it('has a receipt from the holders of before for the index, and of now for the records', async () => {
    await joined(clinic, fifth);
    moments = [{ when: 'before', path: '/releases', body: '"items":[{', run: settle }];
    expect(checked(await bob.emergencies.open(emergency))).toEqual([3, 4]);
  });

  it('has all in order when the deposit moves while what proves his emergency is gathered', async () => {
    await joined(clinic, fifth);
    moments = [{ when: 'before', path: provenAt(), run: settle }];
    expect(checked(await bob.emergencies.open(emergency))).toEqual([4, 4]);
  });

  it('has all in order when that happens and the nodes that answer are behind', async () => {
    await joined(clinic, fifth);
    const { network } = clinic;
    const behind = network.view();
    moments = [
      { when: 'before', path: provenAt(), run: settle },
      { when: 'before', path: '/releases', run: async () => (network.tampering = { behind }) },
      { when: 'after', path: '/releases', run: async () => (network.tampering = {}) },
    ];
    expect(checked(await bob.emergencies.open(emergency))).toEqual([4, 4]);
  });

  it('follows two changes in one opening', async () => {
    await joined(clinic, fifth);
    moments = [
      { when: 'before', path: '/releases', run: settle },
      {
        when: 'before',
        path: '/releases',
        body: '"items":[{',
        run: async () => {
          await firstLeft(clinic);
          await settle();
        },
      },
    ];
    expect(checked(await bob.emergencies.open(emergency))).toEqual([4, 3]);
  });

  it('gets nothing out of a new deposit that the patient makes meanwhile, and is told why', async () => {
    await joined(clinic, fifth);
    const { maria } = clinic;
    moments = [
      {
        when: 'before',
        path: '/releases',
        run: async () => {
          await settle();
          await maria.emergencies.optIn({ patient: maria.keys.id });
        },
      },
    ];
    expect(await bob.emergencies.open(emergency).catch((error: unknown) => error)).toMatchObject({
      code: 'not-enough-conversions',
      facts: { codes: 'sharing-off', honest: 0 },
    });
  });

  it('gets nothing after its end, whoever holds it', async () => {
    await joined(clinic, fifth);
    moments = [
      {
        when: 'before',
        path: '/releases',
        run: async () => {
          await settle();
          await clinic.bob.emergencies.end(emergency);
        },
      },
    ];
    expect(await bob.emergencies.open(emergency).catch((error: unknown) => error)).toMatchObject({
      code: 'not-enough-conversions',
      facts: { codes: 'emergency-over', honest: 0 },
    });
  });

  it('does not wait for ever when too few of the new holders answer', async () => {
    await joined(clinic, fifth);
    const { network } = clinic;
    const [first, second] = network.nodes;
    network.tampering = { isLate: (node) => node === first || node === second };
    moments = [{ when: 'before', path: '/releases', run: settle }];
    expect(await failure(bob.emergencies.open(emergency))).toBe('not-enough-conversions');
  });
});

describe('a delegate who opens under a grant', () => {
  let bob: PhrClient;
  let grant: Uint8Array;

  beforeEach(async () => {
    const { maria, network } = clinic;
    const patient = maria.keys.id;
    await maria.records.upload({ patient, records: readings(2) });
    ({ grant } = await maria.sharing.grant({
      patient,
      delegate: clinic.bob.keys.id,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      expiresAtMs: network.timeMs + 24 * HOUR_MS,
      purpose: 'TREAT',
    }));
    bob = watched(clinic.bob, 1);
    await joined(clinic, fifth);
  });

  async function open(): Promise<SharedOpening> {
    const { hits } = await bob.sharing.search({ grant, keywords: '*' });
    expect(hits).toHaveLength(2);
    return await bob.sharing.openShared({ grant, hits });
  }

  /** Access lines in Maria's list, and how many proxies the receipt has; nobody is accused of anything. */
  async function checked({ records, receipts, liars }: SharedOpening): Promise<[number, number]> {
    const { maria, network } = clinic;
    expect(records).toHaveLength(2);
    expect([liars, bob.evidence, moments]).toEqual([[], [], []]);
    const [receipt] = receipts;
    const { proxies } = verifyReceipt(nobleBackend, network.genesisBytes, receipt!);
    const { lines } = await maria.audit.whoHasSeen(maria.keys.id);
    return [lines.filter(({ kind }) => kind === 'access.request').length, proxies.length];
  }

  const thresholdNow = (): number => readGrant(get, grant)!.threshold;

  it('asks again when the holders changed before they were asked: two lines, one receipt', async () => {
    moments = [{ when: 'before', path: '/conversions', run: settle }];
    expect(await checked(await open())).toEqual([2, 4]);
  });

  it('does so before anybody is asked when the holders changed since his request', async () => {
    const { hits } = await bob.sharing.search({ grant, keywords: '*' });
    moments = [{ when: 'after', path: '/transactions', run: settle }];
    expect(await checked(await bob.sharing.openShared({ grant, hits }))).toEqual([2, 4]);
    expect(clinic.network.requests.filter(({ path }) => path === '/conversions')).toHaveLength(1);
  });

  it('keeps what was converted when the holders change after that: one line', async () => {
    const { hits } = await bob.sharing.search({ grant, keywords: '*' });
    const opening = await bob.sharing.openShared({ grant, hits });
    expect(await checked(opening)).toEqual([1, 3]);
    await settle();
    const [receipt] = opening.receipts;
    expect(() => verifyReceipt(nobleBackend, clinic.network.genesisBytes, receipt!)).not.toThrow();
  });

  it('asks again when they were changed between the conversions and what proves the request', async () => {
    const { network } = clinic;
    const { hits } = await bob.sharing.search({ grant, keywords: '*' });
    // The state that the receipt is proven by is of after the change, the proxies that answer are not that far.
    moments = [
      {
        when: 'after',
        path: '/transactions',
        run: async () => {
          moments = [
            {
              when: 'before',
              path: `/ledger/${network.height}`,
              run: async () => {
                network.tampering = { behind: network.view() };
                await settle();
              },
            },
            { when: 'after', path: '/conversions', run: async () => (network.tampering = {}) },
          ];
        },
      },
    ];
    expect(await checked(await bob.sharing.openShared({ grant, hits }))).toEqual([2, 4]);
  });

  it('follows two changes in one opening', async () => {
    moments = [
      { when: 'before', path: '/conversions', run: settle },
      {
        when: 'before',
        path: '/conversions',
        run: async () => {
          await firstLeft(clinic);
          await settle();
        },
      },
    ];
    expect(await checked(await open())).toEqual([3, 3]);
  });

  it('is told when too few of the new holders answer, and nobody is accused', async () => {
    const { network } = clinic;
    const [first, second] = network.nodes;
    network.tampering = { isLate: (node) => node === first || node === second };
    moments = [{ when: 'before', path: '/conversions', run: settle }];
    expect(await failure(open())).toBe('not-enough-conversions');
    expect(thresholdNow()).toBe(4);
    expect([bob.evidence, resharing.refusals]).toEqual([[], []]);
  });
});

describe('a patient who recovers', () => {
  it('gets her root from the new holders when they took over while she asked', async () => {
    const { maria, network, administrators } = clinic;
    const { id } = maria.keys;
    await maria.recoveries.deposit({ passphrase: null });
    await joined(clinic, fifth);
    const next = derivePersonKeys(network.backend, new Uint8Array(32).fill(77));
    const signature = signKeyChange(network.backend, maria.chainId, id, next.publicKeys, next.sign.secretKey);
    await administrators[0]!.recoveries.start({ person: id, keys: next.publicKeys, signature });
    network.timeMs += RECOVERY_WINDOW_MS;
    await administrators[1]!.recoveries.finish(id);
    const again = watched(network.client(keysUnderId(next, id)), 0);
    await again.signIn();
    expect(readRecoverySharing(get, id)!.threshold).toBe(3);
    moments = [{ when: 'before', path: '/releases', run: settle }];
    const { former, liars } = await again.recoveries.regain(null);
    expect([former.root, liars, moments]).toEqual([maria.keys.root, [], []]);
    expect(readRecoverySharing(get, id)!.threshold).toBe(4);
    // and does not go on for ever where too few answer
    const [first, second] = network.nodes;
    network.tampering = { isLate: (node) => node === first || node === second };
    expect(await failure(again.recoveries.regain(null))).toBe('not-enough-conversions');
  });
});
