import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeRecordHeader, fromBase64Url, nobleBackend, toBase64Url, toHex } from '#crypto';
import { nodesOf, readEmergency, readRecord, readSharing, stateKeys } from '#consensus/ledger';
import { ClientError, conversionsSchema, decodeReleaseAnswer, verifyEmergencyReceipt } from '#node/client';
import type { PhrClient } from '#node/client';
import { falseRelease } from '../unit/client/false-release.ts';
import { FourNodes, until } from './four-nodes.ts';

const HOUR_MS = 3_600_000;
const CARD = ['penicillin: anaphylaxis', 'blood group 0 negative'];

let nodes: FourNodes;
let [maria, tom, bob, first]: PhrClient[] = [];
let failed = false;

const note = (text: string) => ({
  resource: new TextEncoder().encode(text),
  category: 'emergency',
  month: 'all',
  keywords: ['card'],
});
const textsOf = (list: readonly { resource: Uint8Array }[]): string[] =>
  list.map(({ resource }) => new TextDecoder().decode(resource)).toSorted();
const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('absent');
  return value;
};

/** Bob's try: the texts that it opens, or the reasons why not. */
async function attempt(client: PhrClient, emergency: Uint8Array): Promise<string[] | string> {
  try {
    return textsOf((await client.emergencies.open(emergency)).records);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return String(error.facts['codes'] ?? error.api?.code ?? error.code);
  }
}

async function requested(lifetimeMs = HOUR_MS): Promise<Uint8Array> {
  const request = {
    patient: must(maria).keys.id,
    reason: 'ETREAT',
    text: 'unconscious',
    lifetimeMs,
  } as const;
  return (await must(bob).emergencies.request(request)).emergency;
}

beforeAll(async () => {
  nodes = await FourNodes.open('emergency', 28_000);
  maria = await nodes.admit('maria', 'patient', 'north');
  tom = await nodes.admit('tom', 'patient', 'west');
  bob = await nodes.admit('bob', 'doctor', 'east');
  [first] = nodes.administrators('east');
  for (const patient of [maria, tom]) {
    await patient.emergencies.optIn({ patient: patient.keys.id });
    const card = patient === maria ? CARD : ['tom’s'];
    await patient.records.upload({ patient: patient.keys.id, records: card.map(note) });
  }
});

afterAll(async () => {
  await nodes.close(failed);
});

describe('an emergency over four nodes', () => {
  let emergency: Uint8Array;

  it('opens nothing before it is countersigned, whatever a client asks of the nodes', async () => {
    failed = true;
    emergency = await requested();
    expect(await attempt(must(bob), emergency)).toBe('no-access');
    const json = { ground: 'emergency', id: toHex(emergency), items: [] };
    const { answers, refusals } = await askReleases(must(bob), json);
    expect(answers).toEqual([]);
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['not-countersigned']));
    expect(refusals).toHaveLength(4);
  });

  it('opens the emergency records through institutions that never saw them, with receipts', async () => {
    await must(first).emergencies.countersign(emergency);
    const { records, receipts } = await must(bob).emergencies.open(emergency);
    expect(textsOf(records)).toEqual(CARD.toSorted());
    for (const receipt of receipts) {
      const shown = verifyEmergencyReceipt(nobleBackend, nodes.genesisBytes, receipt);
      expect(shown.nodes.length).toBeGreaterThanOrEqual(3);
      expect(shown).toMatchObject({ emergency, patient: must(maria).keys.id });
    }
  });

  it('gives one institution nothing alone: its own node has one share of three', async () => {
    const sharing = must(await must(maria).emergencies.deposit(must(maria).keys.id));
    expect(sharing.threshold).toBe(3);
    const others = nodes.genesis.institutions.map(({ id }) => toHex(id));
    const own = toHex(nodes.keysOf('east').id);
    const without = others.filter((id) => id !== own);
    const json = { ground: 'emergency', id: toHex(emergency), items: [], without };
    const { answers } = await askReleases(must(bob), json);
    expect(answers).toHaveLength(1);
    // What a node of one institution can get for a doctor who does not help it: boxes that it can not open.
    expect(await attempt(must(first), emergency)).toBe('not-found');
  });

  it('names a node that signs a false share, and opens without it', async () => {
    const { records, liars } = await lying('south').emergencies.open(emergency);
    expect(textsOf(records)).toEqual(CARD.toSorted());
    expect(liars.map(({ node }) => toHex(node))).toEqual([toHex(nodes.keysOf('south').id)]);
  });

  it('opens no record of another patient', async () => {
    const { hits } = await must(tom).records.search({
      patient: must(tom).keys.id,
      categories: ['emergency'],
      months: ['all'],
      keywords: '*',
    });
    const items = [{ record: toHex(must(hits[0]).recordId), slot: 0 }];
    const { answers, refusals } = await askReleases(must(bob), {
      ground: 'emergency',
      id: toHex(emergency),
      items,
    });
    expect(answers).toEqual([]);
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['other-patient']));
  });

  it('works with one of four nodes down and not with two, and again when they are back', async () => {
    await nodes.stop('west');
    expect(await attempt(must(bob), emergency)).toEqual(CARD.toSorted());
    await nodes.stop('south');
    expect(await attempt(must(bob), emergency)).not.toEqual(CARD.toSorted());
    await Promise.all([nodes.start('south'), nodes.start('west')]);
    const again = until(async () => {
      const came = await attempt(must(bob), emergency);
      return typeof came === 'string' ? undefined : came;
    }, 'opens with all back');
    expect(await again).toEqual(CARD.toSorted());
    // What west refused before it was stopped it still tells the patient, and nobody whom it does not concern.
    const refusalsFor = async (person: PhrClient) =>
      (await nodes.client(person.keys, 'west').audit.refusals()).map(
        ({ code, access }) => `${code} ${access}`,
      );
    expect(await refusalsFor(must(maria))).toContain(`not-countersigned ${toHex(emergency)}`);
    expect(await refusalsFor(must(tom))).toEqual([]);
  });

  it('is over by block time, and then no node releases', async () => {
    expect((await must(maria).emergencies.notices()).map(({ emergency: { phase } }) => phase)).toEqual([
      'open',
    ]);
    nodes.pass(HOUR_MS);
    // Nodes make a block when the newest is old: nobody has to send anything.
    await until(async () => (await attempt(must(bob), emergency)) === 'emergency-over' || undefined, 'over');
    const [north] = nodes.administrators('north');
    expect((await north.emergencies.notices())[0]).toMatchObject({ duty: 'review' });
    await north.emergencies.review(emergency, 'justified');
    failed = false;
  });

  it('ends with the opt-in, and a new deposit does not bring it back', async () => {
    failed = true;
    const [bobs, patient] = [must(bob), must(maria).keys.id];
    const id = await requested();
    await must(first).emergencies.countersign(id);
    expect(await attempt(bobs, id)).toEqual(CARD.toSorted());
    await must(maria).emergencies.unshare(patient);
    expect(await attempt(bobs, id)).toBe('sharing-off');
    await must(maria).emergencies.renew({ patient });
    expect(await attempt(bobs, id)).toBe('sharing-off');
    await bobs.emergencies.end(id);
    const next = await requested();
    await must(first).emergencies.countersign(next);
    expect(await attempt(bobs, next)).toEqual(CARD.toSorted());
    failed = false;
  });
});

const askReleases = async (client: PhrClient, json: object) =>
  await nodes.askReleases(client.keys, 'east', json);

/** Bob, to whom the answer of one node comes as that node would lie: signed, sealed and false. */
function lying(name: 'south'): PhrClient {
  const liar = nodes.keysOf(name);
  const [doctor, issuer] = [must(bob), must(maria)];
  const forge = async (text: string): Promise<string> => {
    const honest = fromBase64Url(text);
    const { node, id, index, items } = decodeReleaseAnswer(honest);
    if (toHex(node) !== toHex(liar.id)) return text;
    const proven = await doctor.read([
      stateKeys.emergency(id),
      stateKeys.sharing(issuer.keys.id),
      ...items.map(({ record }) => stateKeys.record(record)),
    ]);
    const sharing = must(readSharing(proven.get, issuer.keys.id));
    const { boxes } = must(sharing.shares.find((share) => toHex(share.node) === toHex(node)));
    const capsules = await Promise.all(
      items.map(async ({ record, slot }) => {
        const { header } = must(readRecord(proven.get, record));
        const { slots } = decodeRecordHeader(await doctor.get(header));
        return { E: must(slots[slot]).E, recordId: record, slot };
      }),
    );
    const answer = falseRelease(nodes.backend, {
      honest,
      node: liar,
      index,
      issuer: issuer.keys,
      doctor: doctor.keys,
      chainId: doctor.chainId,
      emergency: must(readEmergency(proven.get, id)),
      sharing,
      partBox: await doctor.get(must(boxes[0])),
      sealed: await doctor.get(sharing.sealed),
      capsules,
      about: 'scalar',
    });
    return toBase64Url(answer);
  };
  expect(nodesOf(nodes.genesis)).toHaveLength(4);
  const wire: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (!String(input instanceof Request ? input.url : input).endsWith('/releases') || !response.ok)
      return response;
    const { answers, refusals } = conversionsSchema.parse(await response.json());
    const forged = await Promise.all(answers.map(forge));
    // The liar comes first: an honest threshold before it would never look at its answer.
    const isLie = (text: string, i: number): boolean => text !== answers[i];
    const ordered = [...forged.filter(isLie), ...forged.filter((text, i) => !isLie(text, i))];
    return Response.json({ answers: ordered, refusals });
  };
  return nodes.client(doctor.keys, 'east', { fetch: wire });
}
