import { beforeEach, describe, expect, it } from 'vitest';
import { nobleBackend, personIdOf, toHex } from '#crypto';
import type { NodeKeys } from '#crypto';
import { encodeCertificate, encodeHeader, validatorsHashOf } from '#consensus';
import { validatorsOf } from '#consensus/ledger';
import type { MembershipAdmitBody } from '#consensus/ledger';
import {
  ClientError,
  emptyProfile,
  MEMBERS_TRUST_MS,
  openVault,
  readProofFile,
  sealVault,
  verifyAudit,
  verifyReceipt,
} from '#node/client';
import type { PhrClient } from '#node/client';
import { failure, NOVEMBER, openClinic, readings } from './clinic.ts';
import {
  administratorOf,
  advanced,
  agreed,
  applicationOf,
  fifthNode,
  firstLeft,
  joined,
} from './changing-clinic.ts';
import type { Clinic } from './clinic.ts';
import { START_MS } from './fake-node.ts';

const DAY_MS = 24 * 3_600_000;

let clinic: Clinic;
let fifth: NodeKeys;

beforeEach(async () => {
  clinic = await openClinic();
  fifth = fifthNode(clinic);
});

const application = (name: string, keys: NodeKeys, fromHeight: number): MembershipAdmitBody =>
  applicationOf(clinic, name, keys, fromHeight);
const administrator = (institution: number, which: number): PhrClient =>
  administratorOf(clinic, institution, which);
const agree = async (proposal: Uint8Array, institutions: readonly number[]): Promise<void> =>
  await agreed(clinic, proposal, institutions);
const advance = (blocks: number): void => advanced(clinic, blocks);
const admitFifth = async (): Promise<void> => await joined(clinic, fifth);
const removeFirst = async (): Promise<void> => await firstLeft(clinic);

describe('a client whose consortium changes', () => {
  it('sees who belongs, who is to, and what was proposed, all proven', async () => {
    const { network } = clinic;
    const before = await clinic.maria.consortium.view();
    expect(before.members.map(({ name }) => name).toSorted()).toEqual(
      [0, 1, 2, 3].map((i) => `institution ${i}`),
    );
    expect(before.coming).toBeNull();
    const { hash } = await administrator(0, 0).consortium.admit(
      application('fifth', fifth, network.height + 30),
    );
    await agree(hash, [0, 1, 2]);
    const settled = await clinic.maria.consortium.view();
    network.addNode(fifth);
    expect(settled.fingerprint).toBe(before.fingerprint);
    expect(settled.coming?.fromHeight).toBeGreaterThan(network.height);
    advance(30);
    const after = await clinic.maria.consortium.view();
    expect(after.fingerprint).toBe(settled.coming?.fingerprint);
    expect(after.members.map(({ name }) => name)).toContain('fifth');
    expect((await clinic.maria.consortium.proposals()).map(({ status }) => status)).toEqual(['decided']);
  });

  it('names every institution without a session, and seals a profile to a joined one’s administrators', async () => {
    const { network } = clinic;
    const stranger = () => network.client(network.person('pia'), { node: 1 });
    expect((await stranger().consortium.roster()).map(({ isMember }) => isMember)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    const profile = { ...emptyProfile, family: 'Moser', given: 'Pia' };
    const early = stranger().people.register({ role: 'patient', home: fifth.id, profile });
    expect(await failure(early)).toBe('input-invalid');
    await admitFifth();
    await removeFirst();
    const roster = await stranger().consortium.roster();
    expect(roster.map(({ index, isMember }) => [index, isMember])).toEqual(
      [1, 2, 3, 4, 5].map((i) => [i, toHex(roster[i - 1]!.id) !== toHex(network.nodes[0]!.id)]),
    );
    const administrators = [1, 2].map((k) => network.person(`administrator ${k} of fifth`));
    expect(roster.at(-1)).toMatchObject({ name: 'fifth', id: fifth.id });
    // Not the proofs of possession: they are made anew each time.
    expect(roster.at(-1)!.administrators.map((keys) => toHex(personIdOf(keys)))).toEqual(
      administrators.map(({ id }) => toHex(id)),
    );
    const pia = stranger();
    await pia.people.register({ role: 'patient', home: fifth.id, profile });
    const [first, elsewhere] = [network.client(administrators[0]!, { node: 4 }), administrator(1, 0)];
    const person = (await first.people.find(pia.keys.id))!;
    expect(await first.profiles.of(person)).toEqual(profile);
    expect(
      await failure(
        network
          .client(network.person('late'), { node: 1 })
          .people.register({ role: 'patient', home: network.nodes[0]!.id }),
      ),
    ).toBe('institution-not-member');
    expect(await elsewhere.profiles.of(person)).toBeUndefined();
  });

  it('believes no list of institutions that leaves one out, adds one, or gives another’s administrators', async () => {
    const { network } = clinic;
    await admitFifth();
    const roster = async () =>
      await failure(network.client(network.person('pia'), { node: 1 }).consortium.roster());
    expect(await roster()).toBe('nothing thrown');
    network.tampering.institutions = ({ institutions, admissions }) => ({
      institutions: institutions.slice(0, 4),
      admissions,
    });
    expect(await roster()).toBe('proof-invalid');
    network.tampering.institutions = ({ institutions, admissions }) => ({
      institutions: [...institutions, institutions[0]!],
      admissions,
    });
    expect(await roster()).toBe('proof-invalid');
    network.tampering.institutions = ({ institutions }) => ({ institutions, admissions: [] });
    expect(await roster()).toBe('proof-invalid');
    network.tampering.institutions = ({ institutions }) => ({ institutions, admissions: [fifth.id] });
    expect(await roster()).toBe('proof-invalid');
  });

  it('goes on over a join and a leave: uploads, grants to the new set, conversions, receipts, audit', async () => {
    const { network, maria, alice, bob } = clinic;
    await maria.records.upload({ patient: maria.keys.id, records: readings(2) });
    await admitFifth();
    await removeFirst();
    // her own institution left: she goes on through another node
    const mariaNow = network.client(maria.keys, { node: 1, vault: maria.vault });
    await mariaNow.records.upload({
      patient: maria.keys.id,
      records: readings(2, Date.UTC(2026, 10, 23), 2),
    });
    const { grant } = await mariaNow.sharing.grant({
      patient: maria.keys.id,
      delegate: bob.keys.id,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      expiresAtMs: network.timeMs + DAY_MS,
      purpose: 'TREAT',
    });
    const { hits } = await bob.sharing.search({ grant, keywords: '*' });
    const opened = await bob.sharing.openShared({ grant, hits });
    expect(opened.records).toHaveLength(4);
    const receipt = verifyReceipt(nobleBackend, network.genesisBytes, opened.receipts[0]!);
    expect(receipt.proxies).toHaveLength(3);
    const audit = verifyAudit(nobleBackend, network.genesisBytes, await mariaNow.audit.export(maria.keys.id));
    expect(audit.lines.some(({ grant: of }) => of !== null && toHex(of) === toHex(grant))).toBe(true);
    const late = alice.records.upload({ patient: maria.keys.id, records: readings(1) });
    expect(await failure(late)).toBe('institution-not-member');
  });

  it('a receipt names the newcomer, and is nothing without the changes or with one byte of them altered', async () => {
    const { network, maria, bob } = clinic;
    await maria.records.upload({ patient: maria.keys.id, records: readings(1) });
    await admitFifth();
    network.tampering = { isLate: (keys) => keys === network.nodes[0] };
    const { grant } = await maria.sharing.grant({
      patient: maria.keys.id,
      delegate: bob.keys.id,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      expiresAtMs: network.timeMs + DAY_MS,
      purpose: 'TREAT',
    });
    const { hits } = await bob.sharing.search({ grant, keywords: '*' });
    const [receipt] = (await bob.sharing.openShared({ grant, hits })).receipts;
    const shown = verifyReceipt(nobleBackend, network.genesisBytes, receipt!);
    // By name, which the genesis does not know: the file proves it.
    expect(shown.proxyNames[shown.proxies.map(toHex).indexOf(toHex(fifth.id))]).toBe('fifth');
    expect(new TextDecoder().decode(receipt)).toContain('"fifth"');
    const { proof } = readProofFile(receipt!);
    const at = indexOf(proof, fifth.validator.publicKey);
    expect(at).toBeGreaterThan(0);
    for (const offset of [at, at + 31]) {
      const text = new TextDecoder().decode(receipt);
      const altered = proof.slice();
      altered[offset] = (altered[offset] ?? 0) ^ 1;
      const file = new TextEncoder().encode(
        text.replace(Buffer.from(proof).toString('base64url'), Buffer.from(altered).toString('base64url')),
      );
      expect(() => verifyReceipt(nobleBackend, network.genesisBytes, file)).toThrow(ClientError);
    }
  });
});

describe('a client that was away while members changed', () => {
  /** A head by a quorum of the genesis, of whom one has left, above everything that is true. */
  function forgedHead(): { header: Uint8Array; certificate: Uint8Array } {
    const { network } = clinic;
    const set = validatorsOf(network.genesis);
    const hash = validatorsHashOf(set);
    const header = {
      ...network.headerFor(network.height + 5, network.timeMs, new Uint8Array(32).fill(6), []),
      validatorsHash: hash,
      nextValidatorsHash: hash,
    };
    const certificate = network.certify(header, network.nodes.slice(0, 3), set);
    return { header: encodeHeader(header), certificate: encodeCertificate(certificate) };
  }

  it('catches up over several changes, and then is fooled by no removed validators', async () => {
    const { network, maria } = clinic;
    await admitFifth();
    await removeFirst();
    expect((await maria.head()).height).toBe(network.height);
    network.tampering = { head: forgedHead };
    expect(await failure(maria.head())).toBe('proof-invalid');
    network.tampering = { head: forgedHead, changes: () => [] };
    expect(await failure(maria.head())).toBe('proof-invalid');
  });

  it('remembers the members in its vault: a forged chain is refused by the next session as well', async () => {
    const { network, maria } = clinic;
    await admitFifth();
    await removeFirst();
    await maria.head();
    expect(maria.vault.trust?.fromHeight).toBeGreaterThan(1);
    const sealed = await sealVault(network.backend, {
      keys: maria.keys,
      vault: maria.vault,
      passphrase: 'a passphrase of maria',
    });
    const { vault } = await openVault(network.backend, { sealed, passphrase: 'a passphrase of maria' });
    expect(vault.trust).toEqual(maria.vault.trust);
    const again = (): PhrClient => network.client(maria.keys, { node: 1, vault: structuredClone(vault) });
    network.tampering = { head: forgedHead, changes: () => [] };
    expect(await failure(again().head())).toBe('proof-invalid');
    network.tampering = {};
    expect((await again().head()).height).toBe(network.height);
  });

  it('asks a person to compare the fingerprint when it was away for more than a month, and takes no other', async () => {
    const { network, maria } = clinic;
    const vault = structuredClone(maria.vault);
    const now = (): number => START_MS + MEMBERS_TRUST_MS + DAY_MS;
    await admitFifth();
    const { fingerprint } = await maria.consortium.view();
    const late = network.client(maria.keys, { vault: structuredClone(vault), now });
    const refused = await late.head().catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'members-unconfirmed', facts: { fingerprint, changes: 1 } });
    const wrong = network.client(maria.keys, {
      vault: structuredClone(vault),
      now,
      members: '00'.repeat(32),
    });
    expect(await failure(wrong.head())).toBe('members-unconfirmed');
    const told = network.client(maria.keys, { vault: structuredClone(vault), now, members: fingerprint });
    expect((await told.head()).height).toBe(network.height);
    // from then on it knows
    const later = network.client(maria.keys, {
      vault: structuredClone(told.vault),
      now: () => now() + 90 * DAY_MS,
    });
    expect((await later.head()).height).toBe(network.height);
  });

  it('is not asked when nobody joined or left, however long it was away', async () => {
    const { network, maria } = clinic;
    const years = network.client(maria.keys, { now: () => START_MS + 1000 * DAY_MS });
    expect((await years.head()).height).toBe(network.height);
  });
});

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  return Buffer.from(bytes).indexOf(Buffer.from(part));
}
