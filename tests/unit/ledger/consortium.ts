import {
  derivePersonKeys,
  deriveNodeKeys,
  DOMAIN,
  linkOf,
  recordIdOf,
  sha256,
  signTagged,
  toHex,
  utf8,
} from '#crypto';
import type { CID, NodeKeys, PersonKeys } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import {
  applyTransactions,
  chainIdOf,
  decodeGenesis,
  defaultParameters,
  encodeGenesis,
  genesisState,
  nodesOf,
  readKitSerial,
  readNextSequence,
  readNonce,
  signAdmission,
  signDeviceConsent,
  signKeyChange,
  signTransaction,
  storedHashOf,
} from '#consensus/ledger';
import type {
  Applied,
  BlockContext,
  Bodies,
  Genesis,
  LedgerState,
  PersonRole,
  StoredRecord,
  Transaction,
  TransactionKind,
} from '#consensus/ledger';
import { depositBody } from './deposit-body.ts';

/** A consortium of four institutions with a ledger, for tests: every actor by name, every block of one transaction. */
export const backend = await createNativeBackend();
export const INSTITUTIONS = ['north', 'east', 'south', 'west'] as const;
export type InstitutionName = (typeof INSTITUTIONS)[number];
export const START_MS = 1_790_000_000_000;
export const DAY_MS = 24 * 3_600_000;

const people = new Map<string, PersonKeys>();
const nodes = new Map<string, NodeKeys>();

/** The keys of an actor: always the same for a name. */
export function person(name: string): PersonKeys {
  const known = people.get(name) ?? derivePersonKeys(backend, sha256(utf8(`person ${name}`)));
  people.set(name, known);
  return known;
}

export function node(name: string): NodeKeys {
  const known = nodes.get(name) ?? deriveNodeKeys(backend, sha256(utf8(`node ${name}`)));
  nodes.set(name, known);
  return known;
}

export const id32 = (name: string): Uint8Array => sha256(utf8(name));
/** The id of a record that `anchor` made; the standard ones by their writers. */
export const recordId = (
  name: string,
  writer = { r2: 'gateway', t1: 'tom' }[name] ?? 'alice',
  patient = name === 't1' ? 'tom' : 'maria',
): Uint8Array => recordIdOf(person(patient).id, person(writer).id, id32(name));
/** What an honest holder finds in the headers of these. */
export const storedOf = (
  records: readonly { nonce: Uint8Array; header: CID }[],
  sender: string,
  patient: string,
): StoredRecord[] =>
  records.map(({ nonce, header }) => ({
    recordId: recordIdOf(person(patient).id, person(sender).id, nonce),
    header,
  }));
export const tag16 = (name: string): Uint8Array => id32(`tag ${name}`).slice(0, 16);
export const link = (name: string): CID => linkOf('dag-cbor', utf8(name));

export function genesisOf(name = 'test'): Genesis {
  const institutions = INSTITUTIONS.map((institution) => {
    const { id, validator, seal } = node(institution);
    return {
      id,
      name: institution,
      validatorKey: validator.publicKey,
      sealKey: seal.publicKey,
      peerId: `peer-${institution}`,
      addresses: ['/ip4/127.0.0.1/tcp/4001'],
      administrators: [
        person(`${institution}-admin-1`).publicKeys,
        person(`${institution}-admin-2`).publicKeys,
      ],
    };
  });
  return decodeGenesis(
    encodeGenesis({ version: 1, name, timeMs: START_MS, parameters: defaultParameters(4), institutions }),
  );
}

/** A chain that grows by one block for each transaction that applies. */
export class Consortium {
  readonly genesis: Genesis;
  readonly chainId: Uint8Array;
  state: LedgerState;
  height = 0;
  timeMs = START_MS;
  lastFacts: object = {};
  last: Applied | undefined;

  constructor(genesis: Genesis = genesisOf()) {
    this.genesis = genesis;
    this.chainId = chainIdOf(genesis);
    this.state = genesisState(genesis);
  }

  readonly get = (key: Uint8Array): Uint8Array | undefined => this.state.get(key);

  fork(): Consortium {
    const copy = new Consortium(this.genesis);
    copy.state = this.state;
    copy.height = this.height;
    copy.timeMs = this.timeMs;
    return copy;
  }

  context(): BlockContext {
    return {
      chainId: this.chainId,
      genesis: this.genesis,
      height: this.height + 1,
      timeMs: this.timeMs + 1000,
    };
  }

  nonce(name: string): number {
    return readNonce(this.get, person(name).id);
  }

  /** What a mempool says of a transaction, with what this node has verified before. */
  check(wire: Uint8Array, verified: NonNullable<BlockContext['verified']>): string {
    const applied = applyTransactions(backend, this.state, { ...this.context(), verified }, [wire]);
    return applied.ok ? 'ok' : applied.code;
  }

  sign<K extends TransactionKind>(
    sender: string,
    kind: K,
    body: Bodies[K],
    changed: Partial<Transaction> = {},
  ): Uint8Array {
    const keys = person(sender);
    const transaction = {
      version: 1,
      chainId: this.chainId,
      sender: keys.id,
      nonce: readNonce(this.get, keys.id),
      expiresAtHeight: this.height + 100,
      kind,
      body,
      ...changed,
    } as Transaction;
    return signTransaction(backend, transaction, keys.sign.secretKey);
  }

  /** Applies wire transactions as one block: 'ok', or the code of the refusal, which leaves everything as it was. */
  apply(...transactions: Uint8Array[]): string {
    const context = this.context();
    const applied = applyTransactions(backend, this.state, context, transactions);
    if (!applied.ok) {
      this.lastFacts = applied.facts;
      return applied.code;
    }
    this.state = applied.state;
    this.height = context.height;
    this.timeMs = context.timeMs;
    this.last = applied;
    return 'ok';
  }

  send<K extends TransactionKind>(
    sender: string,
    kind: K,
    body: Bodies[K],
    changed: Partial<Transaction> = {},
  ): string {
    return this.apply(this.sign(sender, kind, body, changed));
  }

  /** `send` that must succeed; gives the transaction's hash. */
  must<K extends TransactionKind>(sender: string, kind: K, body: Bodies[K]): Uint8Array {
    const result = this.send(sender, kind, body);
    if (result !== 'ok') throw new Error(`${kind} by ${sender}: ${result} ${JSON.stringify(this.lastFacts)}`);
    const event = this.last?.events[0];
    if (event === undefined) throw new Error('no event');
    return event.transaction;
  }

  register(name: string, role: PersonRole, home: InstitutionName): void {
    this.must(name, 'person.register', {
      role,
      home: node(home).id,
      keys: person(name).publicKeys,
      profile: null,
    });
  }

  /** Registered and approved by as many administrators as the role needs. */
  admit(name: string, role: PersonRole, home: InstitutionName): void {
    this.register(name, role, home);
    const needed = role === 'doctor' || role === 'administrator' ? 2 : 1;
    for (let i = 1; i <= needed; i++) {
      this.must(`${home}-admin-${i}`, 'person.approve', { person: person(name).id, reason: null });
    }
  }

  /** A doctor who is a custodian of a patient. */
  assign(patient: string, doctor: string, home: InstitutionName): void {
    const body = { patient: person(patient).id, doctor: person(doctor).id };
    this.must(`${home}-admin-1`, 'assignment.create', body);
    this.must(patient, 'assignment.accept', body);
  }

  receipts(
    patient: Uint8Array,
    records: readonly StoredRecord[],
    by: readonly InstitutionName[] = ['north', 'south'],
  ) {
    const stored = storedHashOf(this.chainId, patient, records);
    return by.map((name) => ({
      node: node(name).id,
      signature: signTagged(backend, DOMAIN.receipt, stored, node(name).validator.secretKey),
    }));
  }

  /** An anchor of records by name, each with its tags, at the next places of the sender's lane. */
  anchor(sender: string, patient: string, records: Record<string, string[]>): Bodies['record.anchor'] {
    const patientId = person(patient).id;
    const next = readNextSequence(this.get, patientId, person(sender).id);
    const anchored = Object.entries(records).map(([name, tags], i) => ({
      nonce: id32(name),
      header: link(`header ${name}`),
      sequence: next + i,
      previous: null,
      tags: tags.map(tag16),
    }));
    return {
      patient: patientId,
      records: anchored,
      receipts: this.receipts(patientId, storedOf(anchored, sender, patient)),
      kitSerial: readKitSerial(this.get, patientId),
    };
  }

  /** New keys for a person, by the name they are derived from, with the new key's signature. */
  keyChange(name: string, newName: string): Bodies['person.rotate-keys'] {
    const { publicKeys, sign } = person(newName);
    const signature = signKeyChange(backend, this.chainId, person(name).id, publicKeys, sign.secretKey);
    return { keys: publicKeys, signature };
  }

  /** A device by name, with its consent to be this patient's. */
  device(patient: string, name: string): Bodies['device.enrol'] {
    const { publicKeys: keys, sign } = person(name);
    return {
      keys,
      signature: signDeviceConsent(backend, this.chainId, person(patient).id, keys, sign.secretKey),
    };
  }

  /** A deposit for emergencies; what is in the parts no ledger sees. */
  deposit(patient: string, nonce = 1): Bodies['emergency.share'] {
    const shares = nodesOf(this.genesis).map(({ id }) => ({ node: id, box: link(`part ${toHex(id)}`) }));
    return depositBody(person(patient).id, nonce, shares);
  }

  /** A deposit for a recovery: one scalar is shared. */
  recoveryDeposit(patient: string, nonce = 1): Bodies['recovery.share'] {
    const body = this.deposit(patient, nonce);
    return { ...body, commitments: body.commitments.slice(0, 1) };
  }

  /** The application of an institution that is none yet, by name, with two administrators of its own. */
  application(
    name: string,
    fromHeight = this.height + 50,
    lifetimeMs = 40 * DAY_MS,
  ): Bodies['membership.admit'] {
    const { validator, seal } = node(name);
    const applicant = {
      name,
      validatorKey: validator.publicKey,
      sealKey: seal.publicKey,
      peerId: `peer-${name}`,
      addresses: ['/ip4/127.0.0.1/tcp/4005'],
      administrators: [person(`${name}-admin-1`).publicKeys, person(`${name}-admin-2`).publicKeys],
      expiresAtMs: this.timeMs + lifetimeMs,
    };
    const signature = signAdmission(backend, this.chainId, applicant, validator.secretKey);
    return { ...applicant, signature, fromHeight };
  }

  /** A proposal by the first administrator of an institution, with the voices of both of each named one. */
  agree(proposal: Uint8Array, ...institutions: string[]): void {
    for (const name of institutions) {
      for (const i of [1, 2]) {
        const result = this.send(`${name}-admin-${i}`, 'membership.vote', { proposal });
        if (result !== 'ok' && result !== 'already-decided-by-sender' && result !== 'proposal-over')
          throw new Error(`vote of ${name}-admin-${i}: ${result}`);
      }
    }
  }

  /** One joins and another leaves, by the voices of all but that; gives the first height without it. */
  exchange(joiner: string, leaver: InstitutionName): number {
    const voices = INSTITUTIONS.filter((name) => name !== leaver);
    const by = `${voices[0]}-admin-1`;
    const joining = this.height + 20;
    this.agree(this.must(by, 'membership.admit', this.application(joiner, joining)), ...voices);
    this.advance(joining);
    const fromHeight = this.height + 20;
    const institution = node(leaver).id;
    this.agree(this.must(by, 'membership.remove', { institution, fromHeight }), ...voices, joiner);
    return fromHeight;
  }

  /** Blocks with nothing in them, until the chain is at `height`. */
  advance(height: number): void {
    this.timeMs += 1000 * (height - this.height);
    this.height = height;
  }

  emergency(patient: string): Bodies['emergency.request'] {
    const textCommitment = id32('why');
    const lifetimeMs = 3_600_000;
    return { patient: person(patient).id, reason: 'ETREAT', text: null, textCommitment, lifetimeMs };
  }

  grant(patient: string, delegate: string, nonce = 1): Bodies['grant.create'] {
    return {
      patient: person(patient).id,
      delegate: person(delegate).id,
      nonce: new Uint8Array(16).fill(nonce),
      threshold: 3,
      rekeys: [0, 1].map((i) => ({
        X: id32(`X ${i}`),
        commitments: [0, 1, 2].map((k) => id32(`C ${i} ${k}`)),
      })),
      shares: nodesOf(this.genesis).map(({ id }) => ({ node: id, box: link(`share ${toHex(id)}`) })),
      terms: link('terms'),
      termsCommitment: id32('terms'),
      expiresAtMs: this.timeMs + 30 * DAY_MS,
      request: null,
    };
  }
}

let standard: Consortium | undefined;

/**
 * Patients maria (north) and tom (east); doctors alice (north, maria's custodian), bob (east) and carol (north);
 * researcher rita (south); auditor ada (north); maria's device `gateway`; records r1 (alice) and r2 (gateway) of maria,
 * t1 of tom; a grant of alice to bob over maria's records. A fresh copy each time.
 */
export function standardConsortium(): Consortium {
  standard ??= makeStandard();
  return standard.fork();
}

export const GRANT_NONCE = 1;

function makeStandard(): Consortium {
  const chain = new Consortium();
  chain.admit('maria', 'patient', 'north');
  chain.admit('tom', 'patient', 'east');
  chain.admit('alice', 'doctor', 'north');
  chain.admit('bob', 'doctor', 'east');
  chain.admit('carol', 'doctor', 'north');
  chain.admit('rita', 'researcher', 'south');
  chain.admit('ada', 'auditor', 'north');
  chain.assign('maria', 'alice', 'north');
  chain.must('maria', 'device.enrol', chain.device('maria', 'gateway'));
  chain.must('alice', 'record.anchor', chain.anchor('alice', 'maria', { r1: ['a', 'b'] }));
  chain.must('gateway', 'record.anchor', chain.anchor('gateway', 'maria', { r2: ['a'] }));
  chain.must('tom', 'record.anchor', chain.anchor('tom', 'tom', { t1: ['a'] }));
  chain.must('alice', 'grant.create', chain.grant('maria', 'bob', GRANT_NONCE));
  return chain;
}
