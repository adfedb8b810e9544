import { describe, expect, test } from 'vitest';
import { DOMAIN, signTagged, toHex } from '#crypto';
import {
  bitmapOf,
  encodeCertificate,
  encodeHeader,
  evidenceHashOf,
  hashHeader,
  lastCommitHashOf,
  txRootOf,
  validatorsHashOf,
  voteBytes,
} from '#consensus';
import type { CommitCertificate, Header } from '#consensus';
import {
  decodeGenesis,
  encodeGenesis,
  genesisState,
  LedgerError,
  nodesOf,
  provenReader,
  readPerson,
  readRecord,
  stateKeys,
  transactionProof,
  validatorsOf,
  verifyGenesis,
  verifyHead,
  verifyProof,
  verifyTransactionInclusion,
} from '#consensus/ledger';
import {
  backend,
  Consortium,
  genesisOf,
  id32,
  INSTITUTIONS,
  node,
  person,
  recordId,
  standardConsortium,
} from './consortium.ts';

function headerOf(chain: Consortium, transactions: Uint8Array[], changed: Partial<Header> = {}): Header {
  const validatorsHash = validatorsHashOf(validatorsOf(chain.genesis));
  return {
    version: 1,
    chainId: chain.chainId,
    height: 7,
    parentHash: id32('parent'),
    time: chain.timeMs,
    proposer: 0,
    txRoot: txRootOf(transactions),
    stateRoot: chain.state.root,
    validatorsHash,
    nextValidatorsHash: validatorsHash,
    lastCommitHash: lastCommitHashOf(null),
    evidenceHash: evidenceHashOf([]),
    ...changed,
  };
}

function certify(chain: Consortium, header: Header, signers = 3): CommitCertificate {
  const validators = validatorsOf(chain.genesis).slice(0, signers);
  const blockHash = hashHeader(header);
  const vote = voteBytes(chain.chainId, 'commit', header.height, 0, blockHash);
  const signatures = validators.map(({ id }) => {
    const name = INSTITUTIONS.find((institution) => toHex(node(institution).id) === toHex(id));
    if (name === undefined) throw new Error('not a validator');
    return signTagged(backend, DOMAIN.vote, vote, node(name).validator.secretKey);
  });
  const bitmap = bitmapOf(
    validators.map((_, i) => i),
    4,
  );
  return { height: header.height, round: 0, blockHash, scheme: 1, bitmap, signatures };
}

describe('a certified head', () => {
  test('is believed with nothing but the genesis', () => {
    const chain = standardConsortium();
    const header = headerOf(chain, []);
    const bytes = [encodeHeader(header), encodeCertificate(certify(chain, header))] as const;
    expect(verifyHead(backend, decodeGenesis(encodeGenesis(chain.genesis)), ...bytes)).toEqual(header);
  });

  test('carries proven values to a client, present and absent', () => {
    const chain = standardConsortium();
    const header = headerOf(chain, []);
    const keys = [
      stateKeys.record(recordId('r1')),
      stateKeys.record(id32('none')),
      stateKeys.person(person('bob').id),
    ];
    const values = verifyProof(header.stateRoot, chain.state.prove(keys), keys);
    const get = provenReader(values);
    expect(readRecord(get, recordId('r1'))?.writer).toEqual(person('alice').id);
    expect(readRecord(get, id32('none'))).toBeUndefined();
    expect(readPerson(get, person('bob').id)?.role).toBe('doctor');
    expect(() => readPerson(get, person('alice').id)).toThrow('coverage');
  });

  test.each([
    ['of another chain', () => ({ chainId: new Consortium(genesisOf('another')).chainId })],
    ['with another validator set', () => ({ validatorsHash: id32('set') })],
  ])('is refused %s', (_, changed) => {
    const chain = standardConsortium();
    const header = headerOf(chain, [], changed());
    const certificate = encodeCertificate(certify(chain, header));
    expect(() => verifyHead(backend, chain.genesis, encodeHeader(header), certificate)).toThrow(LedgerError);
  });

  test('is refused with too few signers, of another block, height or with a changed byte', () => {
    const chain = standardConsortium();
    const header = headerOf(chain, []);
    const verify =
      (certificate: Uint8Array, bytes = encodeHeader(header)) =>
      () =>
        verifyHead(backend, chain.genesis, bytes, certificate);
    const good = certify(chain, header);
    expect(verify(encodeCertificate(good))).not.toThrow();
    expect(verify(encodeCertificate(certify(chain, header, 2)))).toThrow('certificate');
    const other = headerOf(chain, [], { time: 1 });
    expect(verify(encodeCertificate(certify(chain, other)))).toThrow('blockHash');
    expect(verify(encodeCertificate({ ...good, height: 8 }))).toThrow('height');
    const [first, ...rest] = good.signatures;
    if (first === undefined) throw new Error('no signature');
    expect(verify(encodeCertificate({ ...good, signatures: [first, first, ...rest.slice(1)] }))).toThrow(
      'certificate',
    );
    expect(verify(new Uint8Array(3))).toThrow('encoding');
    for (let bit = 0; bit < 8 * encodeHeader(header).length; bit += 5) {
      const flipped = encodeHeader(header);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verify(encodeCertificate(good), flipped)).toThrow(LedgerError);
    }
  });

  test('a transaction is shown to be in its block, and no other is', () => {
    const transactions = Array.from({ length: 7 }, (_, i) => id32(`transaction ${i}`));
    const header = headerOf(new Consortium(), transactions);
    for (const [i, transaction] of transactions.entries()) {
      const proof = transactionProof(transactions, i);
      const verify = (shown: Uint8Array, index: number) => () =>
        verifyTransactionInclusion(header, shown, { ...proof, index });
      expect(verify(transaction, i)).not.toThrow();
      expect(verify(id32('another'), i)).toThrow('inclusion-invalid');
      expect(verify(transaction, (i + 1) % 7)).toThrow('inclusion-invalid');
    }
  });
});

describe('the genesis', () => {
  test('names the nodes with their share index by ascending id', () => {
    const nodes = nodesOf(genesisOf());
    expect(nodes.map(({ index }) => index)).toEqual([1, 2, 3, 4]);
    expect(nodes.map(({ id }) => toHex(id))).toEqual(nodes.map(({ id }) => toHex(id)).toSorted());
  });

  test('makes administrators who can act, two for each institution', () => {
    const chain = new Consortium();
    expect(() => verifyGenesis(backend, chain.genesis)).not.toThrow();
    for (const name of ['north-admin-1', 'north-admin-2', 'west-admin-1', 'west-admin-2']) {
      expect(readPerson(chain.get, person(name).id)).toMatchObject({
        role: 'administrator',
        status: 'active',
      });
    }
    chain.register('maria', 'patient', 'west');
    expect(chain.send('west-admin-2', 'person.approve', { person: person('maria').id, reason: null })).toBe(
      'ok',
    );
  });

  test('refuses what is not sound', () => {
    const genesis = genesisOf();
    const [first, ...rest] = genesis.institutions;
    if (first === undefined) throw new Error('no institution');
    const refused = (changed: object, field: string): void =>
      expect(() => encodeGenesis({ ...genesis, ...changed })).toThrow(field);
    refused({ institutions: [] }, 'institutions');
    refused({ institutions: [first, first, ...rest] }, 'institutions');
    refused({ institutions: [{ ...first, sealKey: node('west').seal.publicKey }, ...rest] }, 'id');
    refused({ institutions: [{ ...first, administrators: [] }, ...rest] }, 'administrators');
    refused({ parameters: { ...genesis.parameters, grantThresholdMin: 5 } }, 'grantThresholdMin');
    refused({ version: 2 }, 'version');
    refused({ secret: 1 }, 'genesis');
    const shared = {
      ...genesis,
      institutions: genesis.institutions.map((one) => ({ ...one, administrators: first.administrators })),
    };
    expect(() => genesisState(shared)).toThrow('administrators');
    const [keys, other] = first.administrators;
    if (keys === undefined || other === undefined) throw new Error('no administrator');
    const unproven = { ...first, administrators: [{ ...keys, possession: other.possession }] };
    expect(() => verifyGenesis(backend, { ...genesis, institutions: [unproven, ...rest] })).toThrow(
      'administrators',
    );
  });
});
