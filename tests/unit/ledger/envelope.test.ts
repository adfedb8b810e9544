import { describe, expect, test } from 'vitest';
import { decode, encode } from '#crypto';
import {
  applyTransactions,
  checkTransaction,
  decodeTransaction,
  EXPIRY_HEIGHTS_MAX,
  isPriority,
  LedgerError,
  readPerson,
  selectTransactions,
  TRANSACTION_BYTES_MAX,
  TRANSACTION_KINDS,
  TransactionDecoder,
  VerifiedCache,
} from '#consensus/ledger';
import { ENTRY } from '../../../consensus/ledger/entry.ts';
import { remembering } from '../../../consensus/ledger/shape.ts';
import { backend, Consortium, genesisOf, person, standardConsortium } from './consortium.ts';

const report = { patient: person('maria').id, records: [], action: 'search' } as const;

describe('the envelope of every transaction', () => {
  test('refuses a replayed transaction', () => {
    const chain = standardConsortium();
    const wire = chain.sign('maria', 'access.report', report);
    expect(chain.apply(wire)).toBe('ok');
    expect(chain.apply(wire)).toBe('nonce-used');
  });

  test('refuses the same transaction twice in one block, and the block with it', () => {
    const chain = standardConsortium();
    const wire = chain.sign('maria', 'access.report', report);
    const before = chain.state.root;
    expect(chain.apply(wire, wire)).toBe('nonce-used');
    expect(chain.state.root).toEqual(before);
  });

  test('refuses a transaction of another chain', () => {
    const chain = standardConsortium();
    const { chainId } = new Consortium(genesisOf('another'));
    expect(chain.send('maria', 'access.report', report, { chainId })).toBe('other-chain');
  });

  test('refuses what is signed by another, unsigned or changed after signing', () => {
    const chain = standardConsortium();
    expect(chain.send('tom', 'access.report', report, { sender: person('maria').id, nonce: 3 })).toBe(
      'signature-invalid',
    );
    const wire = chain.sign('maria', 'access.report', report);
    const [signedBytes, signature] = decode(wire, TRANSACTION_BYTES_MAX) as [Uint8Array, Uint8Array];
    for (let i = 0; i < signature.length; i++) {
      const changed = Uint8Array.from(signature);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(chain.apply(encode([signedBytes, changed]))).toBe('signature-invalid');
    }
    const other = decodeTransaction(chain.sign('maria', 'access.report', { ...report, action: 'export' }));
    expect(chain.apply(encode([other.signedBytes, signature]))).toBe('signature-invalid');
  });

  test('refuses an unknown sender, also one that is not there yet', () => {
    expect(standardConsortium().send('nobody', 'access.report', report)).toBe('sender-unknown');
  });

  test('keeps to the nonce: used is refused for good, ahead is not applied', () => {
    const chain = standardConsortium();
    const nonce = decodeTransaction(chain.sign('maria', 'access.report', report)).transaction.nonce;
    expect(chain.send('maria', 'access.report', report, { nonce: nonce - 1 })).toBe('nonce-used');
    expect(chain.send('maria', 'access.report', report, { nonce: nonce + 1 })).toBe('nonce-ahead');
  });

  test('a forged transaction is found out before its nonce is called too high', () => {
    const chain = standardConsortium();
    expect(chain.send('tom', 'access.report', report, { sender: person('maria').id, nonce: 50 })).toBe(
      'signature-invalid',
    );
  });

  test('applies up to its expiry height, which may not be too far', () => {
    const chain = standardConsortium();
    const next = chain.height + 1;
    expect(chain.fork().send('maria', 'access.report', report, { expiresAtHeight: next - 1 })).toBe(
      'expired',
    );
    expect(chain.fork().send('maria', 'access.report', report, { expiresAtHeight: next })).toBe('ok');
    const latest = next + EXPIRY_HEIGHTS_MAX;
    expect(chain.fork().send('maria', 'access.report', report, { expiresAtHeight: latest })).toBe('ok');
    expect(chain.fork().send('maria', 'access.report', report, { expiresAtHeight: latest + 1 })).toBe(
      'expiry-too-far',
    );
  });

  test('refuses what is too large, before anything else', () => {
    const huge = encode([new Uint8Array(TRANSACTION_BYTES_MAX), new Uint8Array(64)]);
    expect(() => decodeTransaction(huge)).toThrow(LedgerError);
  });

  test('refuses fields that are missing, unknown, of another type or out of bounds', () => {
    const chain = standardConsortium();
    const envelope = decode(
      decodeTransaction(chain.sign('maria', 'access.report', report)).signedBytes,
      1 << 16,
    ) as object;
    const signature = new Uint8Array(64);
    const refusals = [
      { ...envelope, extra: 1 },
      { ...envelope, version: 2 },
      { ...envelope, nonce: -1 },
      { ...envelope, nonce: 1.5 },
      { ...envelope, sender: new Uint8Array(31) },
      { ...envelope, kind: 'person.delete' },
      { ...envelope, kind: 'toString' },
      { ...envelope, body: null },
      { ...envelope, body: { ...report, extra: 1 } },
      { ...envelope, body: { patient: report.patient, records: [] } },
      { ...envelope, body: { ...report, action: 'steal' } },
      { ...envelope, body: { ...report, records: Array.from({ length: 65 }, () => new Uint8Array(32)) } },
      { ...envelope, body: { ...report, records: [new Uint8Array(33)] } },
    ];
    for (const changed of refusals) {
      expect(chain.apply(encode([encode(changed), signature]))).toBe('malformed');
    }
    expect(chain.apply(encode([encode(envelope), signature]))).toBe('signature-invalid');
  });

  test('refuses encodings that are not the canonical one', () => {
    const chain = standardConsortium();
    const wire = chain.sign('maria', 'access.report', report);
    const { signedBytes, signature } = decodeTransaction(wire);
    const longHead = Uint8Array.of(0x82, 0x5a, 0, 0, signedBytes.length >> 8, signedBytes.length & 255);
    const reframed = new Uint8Array([...longHead, ...signedBytes, 0x58, 0x40, ...signature]);
    expect(chain.apply(reframed)).toBe('malformed');
    expect(chain.apply(new Uint8Array([...wire, 0]))).toBe('malformed');
    expect(chain.apply(wire.slice(0, -1))).toBe('malformed');
    expect(chain.apply(new Uint8Array(0))).toBe('malformed');
    expect(chain.apply(wire)).toBe('ok');
  });

  test('only what takes rights away, and emergencies, have priority', () => {
    expect(TRANSACTION_KINDS.filter(isPriority).toSorted()).toEqual([
      'assignment.end',
      'cover.end',
      'device.revoke',
      'emergency.countersign',
      'emergency.end',
      'emergency.request',
      'emergency.unshare',
      'grant.revoke',
      'guardianship.end',
      'person.suspend',
      'recovery.unshare',
      'recovery.veto',
    ]);
  });
});

describe('verification once', () => {
  test('a transaction that passed is not verified again; one that failed is', () => {
    const chain = standardConsortium();
    let verifications = 0;
    const signatures = { ...backend.signatures };
    signatures.verify = (...args) => {
      verifications++;
      return backend.signatures.verify(...args);
    };
    const counting = {
      ...backend,
      group: backend.group,
      random: backend.random,
      name: backend.name,
      signatures,
    };
    const context = { ...chain.context(), verified: new VerifiedCache() };
    const good = decodeTransaction(chain.sign('maria', 'access.report', report));
    expect(checkTransaction(counting, chain.state, context, good)).toEqual({ ok: true });
    expect(checkTransaction(counting, chain.state, context, good)).toEqual({ ok: true });
    expect(verifications).toBe(1);
    const bad = decodeTransaction(
      chain.sign('tom', 'access.report', report, { sender: person('maria').id, nonce: 9 }),
    );
    for (let i = 0; i < 2; i++) {
      expect(checkTransaction(counting, chain.state, context, bad)).toMatchObject({
        code: 'signature-invalid',
      });
    }
    expect(verifications).toBe(3);
  });
});

test('the memory of verified transactions is bounded and forgets the oldest', () => {
  const cache = new VerifiedCache(2);
  for (const hash of ['a', 'b', 'b', 'c']) cache.add(hash);
  expect(['a', 'b', 'c'].map((hash) => cache.has(hash))).toEqual([false, true, true]);
});

describe('decoding once', () => {
  test('gives the same as decoding anew, one object for the same bytes, and refuses what is malformed each time', () => {
    const chain = standardConsortium();
    const decoder = new TransactionDecoder();
    const wire = chain.sign('maria', 'access.report', report);
    const first = decoder.decode(wire);
    expect(first).toEqual(decodeTransaction(wire));
    expect(decoder.decode(wire.slice())).toBe(first);
    const other = Uint8Array.from(wire);
    const at = other.length - 1;
    other[at] = (other[at] ?? 0) ^ 1;
    expect(decoder.decode(other)).not.toBe(first);
    expect(decoder.decode(other)).toEqual(decodeTransaction(other));
    for (let i = 0; i < 2; i++) expect(() => decoder.decode(wire.subarray(1))).toThrow(LedgerError);
  });

  test('what is remembered is bounded in bytes, and the oldest goes first', () => {
    const chain = standardConsortium();
    const wires = [0, 1, 2].map((ahead) =>
      chain.sign('maria', 'access.report', report, { nonce: 20 + ahead }),
    );
    const size = wires[0]?.length ?? 0;
    const decoder = new TransactionDecoder(2 * size);
    const [a, b, c] = wires.map((wire) => decoder.decode(wire));
    expect([c, b].map((one) => one === decoder.decode(one?.wire ?? new Uint8Array(0)))).toEqual([true, true]);
    expect(decoder.decode(a?.wire ?? new Uint8Array(0))).not.toBe(a);
  });

  test('a block decoded from memory gives the same state as one decoded anew', () => {
    const chain = standardConsortium();
    const decoder = new TransactionDecoder();
    const wire = chain.sign('maria', 'access.report', report);
    decoder.decode(wire);
    const context = chain.context();
    const anew = applyTransactions(backend, chain.state, context, [wire]);
    const remembered = applyTransactions(
      backend,
      chain.state,
      { ...context, decode: (bytes) => decoder.decode(bytes) },
      [wire],
    );
    if (!anew.ok || !remembered.ok) throw new Error('does not apply');
    expect(remembered.state.root).toEqual(anew.state.root);
    expect(anew.state.root).not.toEqual(chain.state.root);
  });
});

describe('entries that are remembered', () => {
  const entryOf = (id: number, approvals: Uint8Array[] = []): Uint8Array => {
    const chain = standardConsortium();
    const maria = readPerson(chain.get, person('maria').id);
    if (maria === undefined) throw new Error('nobody');
    return ENTRY.person.encode({ ...maria, id: new Uint8Array(32).fill(id), approvals });
  };

  test('are the same as decoded anew, one object for the same bytes and another for others', () => {
    const bytes = entryOf(1);
    const first = ENTRY.person.decode(bytes);
    expect(ENTRY.person.decode(bytes.slice())).toBe(first);
    expect(ENTRY.person.encode(first)).toEqual(bytes);
    expect(ENTRY.person.decode(entryOf(2)).id).toEqual(new Uint8Array(32).fill(2));
    expect(() => ENTRY.person.decode(bytes.subarray(1))).toThrow(LedgerError);
    expect(() => ENTRY.person.decode(bytes.subarray(1))).toThrow(LedgerError);
  });

  test('cannot be changed by who has one', () => {
    const entry = ENTRY.person.decode(entryOf(3, [new Uint8Array(32).fill(9)]));
    expect(() => (entry.status = 'revoked')).toThrow(TypeError);
    expect(() => entry.approvals.push(new Uint8Array(32))).toThrow(TypeError);
    expect(ENTRY.person.decode(entryOf(3, [new Uint8Array(32).fill(9)])).approvals).toHaveLength(1);
  });

  test('are bounded: the oldest are decoded anew', () => {
    let decoded = 0;
    const codec = remembering(
      {
        encode: (value: { n: number }) => Uint8Array.of(value.n),
        decode: (bytes) => {
          decoded += 1;
          return { n: bytes[0] ?? 0 };
        },
      },
      2,
    );
    for (const n of [1, 2, 2, 3, 3, 2, 1]) expect(codec.decode(Uint8Array.of(n))).toEqual({ n });
    expect(decoded).toBe(4);
  });
});

describe('selection for a proposer', () => {
  test('drops what does not apply, and the block of the rest always applies', () => {
    const chain = standardConsortium();
    const first = chain.sign('maria', 'access.report', report);
    const nonce = decodeTransaction(first).transaction.nonce;
    const second = chain.sign(
      'maria',
      'access.report',
      { ...report, action: 'export' },
      { nonce: nonce + 1 },
    );
    const far = chain.sign('maria', 'access.report', report, { nonce: nonce + 5 });
    const refusedWire = chain.sign('bob', 'access.report', report);
    const candidates = [second, refusedWire, first, far].map(decodeTransaction);
    const selection = selectTransactions(backend, chain.state, chain.context(), candidates);
    expect(selection.chosen.map(({ wire }) => wire)).toEqual([first, second]);
    expect(selection.refused.map(({ refusal }) => refusal.code)).toEqual(['not-permitted', 'nonce-ahead']);
    expect(chain.apply(...selection.chosen.map(({ wire }) => wire))).toBe('ok');
    expect(chain.state.root).toEqual(selection.state.root);
  });
});
