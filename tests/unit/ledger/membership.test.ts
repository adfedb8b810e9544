import { describe, expect, test } from 'vitest';
import { compareBytes, equalBytes, toHex } from '#crypto';
import {
  ADMISSION_LIFETIME_MS_MAX,
  epochAt,
  grantThresholdLeast,
  membersAt,
  membershipMajority,
  nodesOf,
  readEpoch,
  readInstitution,
  readPerson,
  readProposal,
  readProposalAbout,
  readSchedule,
  validatorsAt,
  VerifiedCache,
} from '#consensus/ledger';
import {
  Consortium,
  DAY_MS,
  genesisOf,
  id32,
  link,
  node,
  person,
  standardConsortium,
  storedOf,
} from './consortium.ts';

const namesAt = (chain: Consortium, height: number): string[] =>
  membersAt(chain.get, height)
    .map(({ name }) => name)
    .toSorted();

/** A fifth institution is admitted by three of the four; it begins at the height that was stated. */
function admitted(fromHeight = 60): { chain: Consortium; proposal: Uint8Array } {
  const chain = standardConsortium();
  const proposal = chain.must('north-admin-1', 'membership.admit', chain.application('fifth', fromHeight));
  chain.agree(proposal, 'north', 'east', 'south');
  return { chain, proposal };
}

describe('an institution joins', () => {
  test('when two administrators each of more than two thirds of the institutions agree, and not one voice sooner', () => {
    const chain = standardConsortium();
    const body = chain.application('fifth', 60);
    const proposal = chain.must('north-admin-1', 'membership.admit', body);
    const voices = ['north-admin-2', 'east-admin-1', 'east-admin-2', 'south-admin-1', 'west-admin-1'];
    for (const voice of voices) {
      expect(chain.send(voice, 'membership.vote', { proposal })).toBe('ok');
      expect(readProposal(chain.get, proposal)?.status).toBe('open');
    }
    chain.must('west-admin-2', 'membership.vote', { proposal });
    const decided = readProposal(chain.get, proposal);
    expect(decided).toMatchObject({ status: 'decided', decidedHeight: chain.height, effectiveHeight: 60 });
    expect(chain.send('south-admin-2', 'membership.vote', { proposal })).toBe('proposal-over');
  });

  test('at the stated height, and not before: sets and share indices are settled for every height', () => {
    const { chain } = admitted();
    const before = ['east', 'north', 'south', 'west'];
    expect(namesAt(chain, 59)).toEqual(before);
    expect(namesAt(chain, 60)).toEqual(['east', 'fifth', 'north', 'south', 'west']);
    expect(readSchedule(chain.get).last).toMatchObject({ number: 1, fromHeight: 60 });
    expect(readEpoch(chain.get, 0)?.members).toHaveLength(4);
    const { members } = epochAt(chain.get, 60);
    expect(members.map(({ id }) => id)).toEqual(members.map(({ id }) => id).toSorted(compareBytes));
    for (const { id, index } of nodesOf(chain.genesis)) {
      expect(members.find((one) => equalBytes(one.id, id))?.index).toBe(index);
    }
    expect(readInstitution(chain.get, node('fifth').id)).toMatchObject({ index: 5, fromHeight: 60 });
  });

  test('two blocks after the decision at the earliest, so that no header breaks the promise of the one before', () => {
    const chain = standardConsortium();
    const proposal = chain.must(
      'north-admin-1',
      'membership.admit',
      chain.application('fifth', chain.height + 2),
    );
    chain.agree(proposal, 'north', 'east', 'south');
    const { decidedHeight, effectiveHeight } = readProposal(chain.get, proposal)!;
    expect(effectiveHeight).toBe(decidedHeight! + 2);
    expect(namesAt(chain, decidedHeight! + 1)).toHaveLength(4);
  });

  test('its administrators act once it belongs, and nobody registers there before', () => {
    const { chain } = admitted();
    const register = {
      role: 'patient',
      home: node('fifth').id,
      keys: person('new').publicKeys,
      profile: null,
    };
    expect(readPerson(chain.get, person('fifth-admin-1').id)?.status).toBe('active');
    expect(chain.send('new', 'person.register', register as never)).toBe('institution-not-member');
    const remove = { institution: node('west').id, fromHeight: 200 };
    expect(chain.send('fifth-admin-1', 'membership.remove', remove)).toBe('institution-not-member');
    chain.advance(59);
    expect(chain.send('fifth-admin-1', 'membership.remove', remove)).toBe('ok');
    chain.admit('new', 'patient', 'fifth' as never);
    expect(readPerson(chain.get, person('new').id)?.status).toBe('active');
  });

  test('only with its own signature over its keys, addresses and administrators, for this chain', () => {
    const chain = standardConsortium();
    const body = chain.application('fifth');
    const other = new Consortium(genesisOf('another'));
    const changed = [
      { ...body, name: 'sixth' },
      { ...body, addresses: ['/ip4/10.0.0.1/tcp/1'] },
      { ...body, administrators: [...body.administrators].reverse() },
      { ...body, peerId: 'peer-of-another' },
      { ...body, sealKey: node('other').seal.publicKey },
      { ...body, signature: other.application('fifth').signature },
    ];
    for (const one of changed)
      expect(chain.fork().send('north-admin-1', 'membership.admit', one)).toBe('admission-invalid');
    const [first] = body.administrators;
    const stolen = { ...first!, delegate: person('rita').publicKeys.delegate };
    const application = chain.application('fifth');
    expect(
      chain.send('north-admin-1', 'membership.admit', { ...application, administrators: [stolen, first!] }),
    ).toBe('admission-invalid');
    expect(chain.send('north-admin-1', 'membership.admit', body)).toBe('ok');
  });

  test('never twice with the same keys, also after it left, and never with an administrator who is somebody', () => {
    const { chain } = admitted(60);
    chain.advance(60);
    expect(chain.send('north-admin-1', 'membership.admit', chain.application('fifth'))).toBe(
      'institution-known',
    );
    const removal = chain.must('north-admin-1', 'membership.remove', {
      institution: node('fifth').id,
      fromHeight: 90,
    });
    chain.agree(removal, 'north', 'east', 'south', 'west');
    chain.advance(90);
    expect(chain.send('north-admin-1', 'membership.admit', chain.application('fifth'))).toBe(
      'institution-known',
    );
    const taken = chain.must('north-admin-1', 'membership.admit', chain.application('seventh'));
    chain.register('seventh-admin-2', 'patient', 'north');
    for (const name of ['north-admin-2', 'east-admin-1', 'east-admin-2', 'south-admin-1'])
      chain.must(name, 'membership.vote', { proposal: taken });
    expect(chain.send('south-admin-2', 'membership.vote', { proposal: taken })).toBe('already-registered');
  });
});

describe('an institution leaves', () => {
  test('never below four, but where the consortium began smaller', () => {
    const chain = standardConsortium();
    const body = { institution: node('west').id, fromHeight: chain.height + 20 };
    expect(chain.send('north-admin-1', 'membership.remove', body)).toBe('too-few-members');
  });

  test('its staff acts no more, its patients do, and what it signed stays verifiable', () => {
    const { chain } = admitted(60);
    chain.admit('peter', 'patient', 'west');
    const { index } = readInstitution(chain.get, node('west').id)!;
    chain.admit('wanda', 'doctor', 'west');
    chain.advance(60);
    const proposal = chain.must('west-admin-1', 'membership.remove', {
      institution: node('west').id,
      fromHeight: 100,
    });
    chain.agree(proposal, 'west', 'north', 'east', 'south');
    chain.advance(98);
    const suspend = { person: person('peter').id, reason: null };
    expect(chain.fork().send('west-admin-1', 'person.suspend', suspend)).toBe('ok');
    chain.advance(99);
    expect(namesAt(chain, 100)).toEqual(['east', 'fifth', 'north', 'south']);
    expect(chain.send('west-admin-1', 'person.suspend', suspend)).toBe('institution-not-member');
    const ask = { patient: person('maria').id, to: person('maria').id, message: null };
    expect(chain.send('wanda', 'grant.request', ask)).toBe('institution-not-member');
    expect(chain.send('peter', 'device.enrol', chain.device('peter', 'watch of peter'))).toBe('ok');
    expect(readInstitution(chain.get, node('west').id)).toMatchObject({ index, untilHeight: 100 });
    expect(validatorsAt(chain.get, 99).some(({ id }) => equalBytes(id, node('west').id))).toBe(true);
  });

  test('what an applicant signed runs out, for who proposes and for the voice that would decide', () => {
    const chain = standardConsortium();
    const admit = (lifetimeMs: number): string =>
      chain
        .fork()
        .send('north-admin-1', 'membership.admit', chain.application('fifth', chain.height + 50, lifetimeMs));
    expect(admit(0)).toBe('expiry-wrong');
    expect(admit(ADMISSION_LIFETIME_MS_MAX + DAY_MS)).toBe('expiry-wrong');
    expect(admit(ADMISSION_LIFETIME_MS_MAX)).toBe('ok');
    const application = chain.application('fifth', chain.height + 50, 2 * DAY_MS);
    const longer = { ...application, expiresAtMs: application.expiresAtMs + DAY_MS };
    expect(chain.send('north-admin-1', 'membership.admit', longer)).toBe('admission-invalid');
    const proposal = chain.must('north-admin-1', 'membership.admit', application);
    chain.agree(proposal, 'north', 'east');
    chain.must('south-admin-1', 'membership.vote', { proposal });
    const late = chain.fork();
    late.timeMs = application.expiresAtMs;
    expect(late.send('south-admin-2', 'membership.vote', { proposal })).toBe('expiry-wrong');
    expect(chain.send('south-admin-2', 'membership.vote', { proposal })).toBe('ok');
    expect(readProposal(chain.get, proposal)?.status).toBe('decided');
  });

  test('storage receipts of one that left count no more, and those of one that joined do', () => {
    const { chain } = admitted(60);
    const anchorBy = (...names: string[]) => {
      const body = chain.anchor('alice', 'maria', { r9: [] });
      const receipts = chain.receipts(
        person('maria').id,
        storedOf(body.records, 'alice', 'maria'),
        names as never,
      );
      return chain.fork().send('alice', 'record.anchor', { ...body, receipts });
    };
    expect(anchorBy('fifth', 'north')).toBe('receipt-invalid');
    chain.advance(60);
    expect(anchorBy('fifth', 'north')).toBe('ok');
    const proposal = chain.must('north-admin-1', 'membership.remove', {
      institution: node('west').id,
      fromHeight: 100,
    });
    chain.agree(proposal, 'north', 'east', 'south', 'fifth');
    expect(anchorBy('west', 'north')).toBe('ok');
    chain.advance(99);
    expect(anchorBy('west', 'north')).toBe('receipt-invalid');
  });

  test('a receipt that was verified in time is still judged by the members of its block', () => {
    const { chain } = admitted(60);
    chain.advance(60);
    const removal = { institution: node('west').id, fromHeight: 70 };
    const proposal = chain.must('north-admin-1', 'membership.remove', removal);
    chain.agree(proposal, 'north', 'east', 'south', 'fifth');
    const body = chain.anchor('alice', 'maria', { r9: [] });
    const stored = storedOf(body.records, 'alice', 'maria');
    const receipts = chain.receipts(person('maria').id, stored, ['west', 'north']);
    const wire = chain.sign('alice', 'record.anchor', { ...body, receipts });
    const verified = new VerifiedCache();
    expect(chain.check(wire, verified)).toBe('ok');
    chain.advance(70);
    expect(chain.check(wire, verified)).toBe('receipt-invalid');
  });
});

describe('proposals and voices', () => {
  test('one voice a person, one open proposal of an institution about another, one settled change at a time', () => {
    const chain = standardConsortium();
    const proposal = chain.must('north-admin-1', 'membership.admit', chain.application('fifth', 80));
    expect(chain.send('north-admin-1', 'membership.vote', { proposal })).toBe('already-decided-by-sender');
    expect(chain.send('north-admin-2', 'membership.admit', chain.application('fifth', 90))).toBe(
      'proposal-open',
    );
    const sixth = chain.must('west-admin-1', 'membership.admit', chain.application('sixth', 70));
    chain.agree(proposal, 'north', 'east', 'south');
    for (const name of ['west-admin-2', 'north-admin-1', 'north-admin-2', 'east-admin-1'])
      chain.must(name, 'membership.vote', { proposal: sixth });
    expect(chain.send('east-admin-2', 'membership.vote', { proposal: sixth })).toBe('change-scheduled');
    chain.advance(80);
    // five belong now: three institutions are no longer more than two thirds
    expect(chain.send('east-admin-2', 'membership.vote', { proposal: sixth })).toBe('ok');
    expect(readProposal(chain.get, sixth)?.status).toBe('open');
    chain.agree(sixth, 'fifth');
    expect(readProposal(chain.get, sixth)).toMatchObject({ status: 'decided' });
  });

  test('a voice ends with its owner’s office, and with the institution’s', () => {
    const chain = standardConsortium();
    const proposal = chain.must('north-admin-1', 'membership.admit', chain.application('fifth', 90));
    chain.agree(proposal, 'north', 'east');
    chain.admit('east-admin-3', 'administrator', 'east');
    chain.must('east-admin-3', 'person.suspend', { person: person('east-admin-1').id, reason: null });
    chain.agree(proposal, 'south');
    expect(readProposal(chain.get, proposal)?.status).toBe('open');
    chain.must('east-admin-3', 'membership.vote', { proposal });
    expect(readProposal(chain.get, proposal)?.status).toBe('decided');
  });

  test('a proposal is void after thirty days, and can be made again', () => {
    const chain = standardConsortium();
    const proposal = chain.must('north-admin-1', 'membership.admit', chain.application('fifth', 90));
    chain.timeMs += 30 * DAY_MS;
    expect(chain.send('east-admin-1', 'membership.vote', { proposal })).toBe('proposal-over');
    const again = chain.must('north-admin-2', 'membership.admit', chain.application('fifth', 90));
    expect(toHex(readProposalAbout(chain.get, node('fifth').id, node('north').id)!.id)).toBe(toHex(again));
  });

  test('who proposes first keeps nobody else from proposing, be it the one that is to leave, for a far height', () => {
    const { chain } = admitted(60);
    chain.advance(60);
    const west = node('west').id;
    const [soon, far] = [chain.height + 20, chain.height + 90_000];
    const stalled = chain.must('west-admin-1', 'membership.remove', { institution: west, fromHeight: far });
    const proposal = chain.must('north-admin-1', 'membership.remove', {
      institution: west,
      fromHeight: soon,
    });
    const copied = { ...chain.application('sixth'), fromHeight: far };
    const stolen = chain.must('west-admin-1', 'membership.admit', copied);
    const sixth = chain.must('north-admin-1', 'membership.admit', chain.application('sixth', soon + 20));
    chain.agree(proposal, 'north', 'east', 'south', 'fifth');
    expect(readProposal(chain.get, proposal)).toMatchObject({ status: 'decided', effectiveHeight: soon });
    chain.advance(soon);
    chain.agree(sixth, 'north', 'east', 'south', 'fifth');
    expect(readProposal(chain.get, sixth)).toMatchObject({ status: 'decided', effectiveHeight: soon + 20 });
    chain.advance(soon + 20);
    // What was proposed besides is no longer true, and changes nothing: nobody leaves twice, nobody joins twice.
    const voices = ['north', 'east', 'south', 'fifth'].flatMap((name) => [
      `${name}-admin-1`,
      `${name}-admin-2`,
    ]);
    for (const [left, code] of [
      [stalled, 'institution-not-member'],
      [stolen, 'institution-known'],
    ] as const) {
      const results = voices.map((voice) => chain.send(voice, 'membership.vote', { proposal: left }));
      expect(results.slice(0, -1)).not.toContain(code);
      expect(results.at(-1)).toBe(code);
    }
    expect(namesAt(chain, chain.height + 1)).toEqual(['east', 'fifth', 'north', 'sixth', 'south']);
  });

  test.each([1, 100_002])('a change is stated for a later height within reach, not %i ahead', (ahead) => {
    const chain = standardConsortium();
    const application = chain.application('fifth', chain.height + ahead);
    expect(chain.send('north-admin-1', 'membership.admit', application)).toBe('height-wrong');
  });

  test('an id that nobody proposed is unknown', () => {
    const chain = standardConsortium();
    const result = chain.send('north-admin-1', 'membership.vote', { proposal: id32('nothing') });
    expect(result).toBe('proposal-unknown');
  });
});

describe('what follows the number of members', () => {
  test('more than two thirds, and never fewer than a quorum', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 10, 31].map(membershipMajority)).toEqual([1, 2, 3, 3, 4, 5, 5, 7, 21]);
    for (let n = 1; n <= 64; n++) expect(3 * membershipMajority(n)).toBeGreaterThan(2 * n);
  });

  test('grants name a share for each member of their block, with at least its threshold', () => {
    const { chain } = admitted(60);
    const genesis = genesisOf();
    expect([4, 5, 6, 7, 10].map((n) => grantThresholdLeast(genesis, n))).toEqual([3, 4, 4, 5, 7]);
    chain.advance(60);
    expect(chain.send('alice', 'grant.create', chain.grant('maria', 'rita', 9))).toBe('threshold-wrong');
    const members = membersAt(chain.get, 61);
    const shares = members.map(({ id }) => ({ node: id, box: link(`share ${toHex(id)}`) }));
    const body = chain.grant('maria', 'rita', 9);
    const rekeys = body.rekeys.map(({ X }) => ({ X, commitments: [0, 1, 2, 3].map((k) => id32(`C ${k}`)) }));
    const wide = { ...body, threshold: 4, rekeys, shares };
    expect(chain.fork().send('alice', 'grant.create', { ...wide, shares: body.shares })).toBe('shares-wrong');
    expect(chain.send('alice', 'grant.create', wide)).toBe('ok');
  });
});
