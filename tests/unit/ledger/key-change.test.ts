import { describe, expect, test } from 'vitest';
import { encode, toHex } from '#crypto';
import {
  KEY_CHANGES_MAX,
  readAudit,
  readAuditCount,
  readFormerKeys,
  readPerson,
  readRecovery,
  readSignKeysAt,
  RECOVERY_WINDOW_MS,
  signTransaction,
  stateKeys,
  VerifiedCache,
} from '#consensus/ledger';
import type { Transaction } from '#consensus/ledger';
import { backend, id32, person, standardConsortium } from './consortium.ts';
import type { Consortium } from './consortium.ts';

const maria = person('maria').id;

/** A transaction of `name` signed with the keys of `signer`. */
function signedBy(chain: Consortium, name: string, signer: string): Uint8Array {
  const transaction = {
    version: 1,
    chainId: chain.chainId,
    sender: person(name).id,
    nonce: chain.nonce(name),
    expiresAtHeight: chain.height + 100,
    kind: 'emergency.share',
    body: chain.deposit(name),
  } as Transaction;
  return signTransaction(backend, transaction, person(signer).sign.secretKey);
}

describe('rotation of keys', () => {
  test('keeps the id, and from this block on only the new key counts', () => {
    const chain = standardConsortium();
    chain.must('maria', 'person.rotate-keys', chain.keyChange('maria', 'maria 2'));
    expect(readPerson(chain.get, maria)).toMatchObject({ id: maria, keys: person('maria 2').publicKeys });
    expect(chain.apply(signedBy(chain, 'maria', 'maria'))).toBe('signature-invalid');
    expect(chain.apply(signedBy(chain, 'maria', 'maria 2'))).toBe('ok');
  });

  test('is not undone by what a node verified before it', () => {
    const chain = standardConsortium();
    const verified = new VerifiedCache();
    const early = signedBy(chain, 'maria', 'maria');
    expect(chain.check(early, verified)).toBe('ok');
    const rotate = chain.sign('maria', 'person.rotate-keys', chain.keyChange('maria', 'maria 2'));
    const late = signedBy(chain, 'maria', 'maria');
    expect(chain.apply(rotate)).toBe('ok');
    expect(chain.check(late, verified)).not.toBe('ok');
    // The same wire, were its nonce the next one: what counts is the key, not that it was good once.
    const state = chain.state.with([[stateKeys.nonce(maria), encode([chain.nonce('maria') - 1])]]);
    chain.state = state;
    expect(chain.check(early, verified)).toBe('signature-invalid');
  });

  test('leaves what was signed before verifiable, by height', () => {
    const chain = standardConsortium();
    const before = chain.height;
    chain.must('maria', 'person.rotate-keys', chain.keyChange('maria', 'maria 2'));
    const [first, second] = [person('maria'), person('maria 2')].map(({ sign }) => toHex(sign.publicKey));
    const at = (height: number) => readSignKeysAt(chain.get, maria, height).map(toHex);
    expect(at(before)).toEqual([first]);
    expect(at(chain.height)).toEqual([first, second]);
    expect(at(chain.height + 1)).toEqual([second]);
    expect(readSignKeysAt(chain.get, id32('nobody'), 1)).toEqual([]);
  });

  test('needs the new key’s word, for this person on this chain', () => {
    const chain = standardConsortium();
    const good = chain.keyChange('maria', 'maria 2');
    const ofTom = chain.keyChange('tom', 'maria 2');
    const rotate = (body: typeof good): string => chain.send('maria', 'person.rotate-keys', body);
    expect(rotate({ ...good, signature: ofTom.signature })).toBe('keys-invalid');
    expect(rotate({ ...good, signature: new Uint8Array(64) })).toBe('keys-invalid');
    const { possession } = person('tom').publicKeys;
    expect(rotate({ ...good, keys: { ...good.keys, possession } })).toBe('keys-invalid');
    expect(rotate(good)).toBe('ok');
  });

  test('never goes back to keys that were used, here or by somebody else', () => {
    const chain = standardConsortium();
    expect(chain.send('maria', 'person.rotate-keys', chain.keyChange('maria', 'maria'))).toBe('keys-used');
    expect(chain.send('maria', 'person.rotate-keys', chain.keyChange('maria', 'tom'))).toBe('keys-used');
    chain.must('maria', 'person.rotate-keys', chain.keyChange('maria', 'maria 2'));
    const back = { person: maria, ...chain.keyChange('maria', 'maria') };
    expect(chain.send('north-admin-1', 'recovery.start', back)).toBe('keys-used');
  });

  test('is bounded', () => {
    const chain = standardConsortium();
    const former = Array.from({ length: KEY_CHANGES_MAX }, (_, i) => ({
      sign: id32(`sign ${i}`),
      delegate: id32(`delegate ${i}`),
      untilHeight: 1,
    }));
    chain.state = chain.state.with([[stateKeys.keyHistory(maria), encode([former])]]);
    expect(readFormerKeys(chain.get, maria)).toEqual(former);
    expect(chain.send('maria', 'person.rotate-keys', chain.keyChange('maria', 'maria 2'))).toBe(
      'too-many-key-changes',
    );
  });
});

describe('recovery', () => {
  const start = (chain: Consortium, name = 'maria') => ({
    person: person(name).id,
    ...chain.keyChange(name, `${name} recovered`),
  });
  const started = (): Consortium => {
    const chain = standardConsortium();
    chain.must('north-admin-1', 'recovery.start', start(chain));
    return chain;
  };

  test('takes two administrators and the whole window of block time', () => {
    const chain = started();
    const startedMs = chain.timeMs;
    const finish = (by: string, timeMs: number): string => {
      const copy = chain.fork();
      copy.timeMs = timeMs - 1000;
      return copy.send(by, 'recovery.finish', { person: maria });
    };
    const due = startedMs + RECOVERY_WINDOW_MS;
    expect(finish('north-admin-2', due - 1)).toBe('window-open');
    expect(finish('north-admin-1', due)).toBe('already-decided-by-sender');
    expect(finish('east-admin-1', due)).toBe('other-institution');
    expect(finish('north-admin-2', due)).toBe('ok');
    chain.timeMs = due;
    chain.must('north-admin-2', 'recovery.finish', { person: maria });
    expect(chain.apply(signedBy(chain, 'maria', 'maria'))).toBe('signature-invalid');
    expect(chain.apply(signedBy(chain, 'maria', 'maria recovered'))).toBe('ok');
    expect(chain.send('north-admin-2', 'recovery.finish', { person: maria })).toBe('wrong-status');
  });

  test.each(['maria', 'alice', 'north-admin-2', 'north-admin-1'])('%s can stop it', (name) => {
    const chain = started();
    chain.must(name, 'recovery.veto', { person: maria });
    expect(readRecovery(chain.get, maria)).toMatchObject({ status: 'vetoed', decidedBy: person(name).id });
    chain.timeMs += RECOVERY_WINDOW_MS;
    expect(chain.send('north-admin-2', 'recovery.finish', { person: maria })).toBe('wrong-status');
    expect(chain.send('north-admin-1', 'recovery.start', start(chain))).toBe('ok');
  });

  test('is not finished for an administrator who lost the office since, until another starts it', () => {
    const chain = started();
    chain.admit('north-admin-3', 'administrator', 'north');
    chain.must('north-admin-3', 'person.suspend', { person: person('north-admin-1').id, reason: null });
    chain.timeMs += RECOVERY_WINDOW_MS;
    expect(chain.send('north-admin-2', 'recovery.finish', { person: maria })).toBe('person-not-active');
    chain.must('north-admin-2', 'recovery.veto', { person: maria });
    chain.must('north-admin-2', 'recovery.start', start(chain));
    chain.timeMs += RECOVERY_WINDOW_MS;
    expect(chain.send('north-admin-3', 'recovery.finish', { person: maria })).toBe('ok');
  });

  test('strangers cannot stop it', () => {
    for (const name of ['tom', 'bob', 'carol', 'east-admin-1', 'ada']) {
      expect(started().send(name, 'recovery.veto', { person: maria })).toBe('not-permitted');
    }
  });

  test('who still has the key ends it by changing keys', () => {
    const chain = started();
    chain.must('maria', 'person.rotate-keys', chain.keyChange('maria', 'maria 2'));
    chain.timeMs += RECOVERY_WINDOW_MS;
    expect(chain.send('north-admin-2', 'recovery.finish', { person: maria })).toBe('wrong-status');
  });

  test('one at a time, at home, never for oneself, for a known person who was not refused', () => {
    const chain = started();
    const begin = (by: string, name: string): string => chain.send(by, 'recovery.start', start(chain, name));
    expect(begin('north-admin-2', 'maria')).toBe('recovery-open');
    expect(begin('north-admin-1', 'tom')).toBe('other-institution');
    expect(begin('north-admin-1', 'north-admin-1')).toBe('own-case');
    expect(begin('north-admin-1', 'gateway')).toBe('person-unknown');
    expect(begin('north-admin-1', 'nobody')).toBe('person-unknown');
    chain.register('pia', 'patient', 'north');
    expect(begin('north-admin-1', 'pia')).toBe('wrong-status');
    const forged = { ...start(chain, 'alice'), signature: new Uint8Array(64) };
    expect(chain.send('north-admin-1', 'recovery.start', forged)).toBe('keys-invalid');
    for (const kind of ['recovery.veto', 'recovery.finish'] as const) {
      expect(chain.send('north-admin-1', kind, { person: person('alice').id })).toBe('recovery-unknown');
      expect(chain.send('north-admin-1', kind, { person: id32('nobody') })).toBe('person-unknown');
    }
    chain.must('north-admin-1', 'recovery.start', start(chain, 'north-admin-2'));
    expect(chain.send('north-admin-2', 'recovery.finish', { person: person('north-admin-2').id })).toBe(
      'own-case',
    );
  });

  test('a thief who has the key cannot object once suspended', () => {
    const chain = started();
    chain.must('north-admin-1', 'person.suspend', { person: maria, reason: null });
    expect(chain.send('maria', 'recovery.veto', { person: maria })).toBe('sender-not-active');
    chain.timeMs += RECOVERY_WINDOW_MS;
    chain.must('north-admin-2', 'recovery.finish', { person: maria });
    expect(readPerson(chain.get, maria)?.status).toBe('suspended');
  });

  test('every step is in the audit list of the patient', () => {
    const chain = started();
    const kinds = (): (string | undefined)[] => {
      const count = readAuditCount(chain.get, maria);
      return [readAudit(chain.get, maria, count - 1)?.kind];
    };
    expect(kinds()).toEqual(['recovery.start']);
    chain.must('maria', 'recovery.veto', { person: maria });
    expect(kinds()).toEqual(['recovery.veto']);
    chain.must('maria', 'person.rotate-keys', chain.keyChange('maria', 'maria 2'));
    expect(kinds()).toEqual(['person.rotate-keys']);
  });
});
