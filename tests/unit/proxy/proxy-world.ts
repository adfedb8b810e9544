import {
  createGrant,
  deriveCompartment,
  linkOf,
  openTerms,
  recordIdOf,
  sealRecord,
  sha256,
  uint64,
  utf8,
  writerKit,
} from '#crypto';
import type { Backend, CID, Compartment, SealedRecord } from '#crypto';
import { hashTransaction, nodesOf, readNextSequence } from '#consensus/ledger';
import type { Bodies } from '#consensus/ledger';
import { decodeProxyAnswer } from '#node/client';
import type { UnverifiedProxyAnswer } from '#node/client';
import { decodeProxyReply, Proxy } from '#node/proxy';
import { backend, DAY_MS, node, person, standardConsortium } from '../ledger/consortium.ts';
import type { Consortium } from '../ledger/consortium.ts';

export const NONCE = new Uint8Array(16).fill(9);

const nonceOf = (name: string): Uint8Array => sha256(utf8(`record ${name}`));

/** A consortium with real sealed records of Maria and Tom, a real grant of Alice to Bob, and every node's proxy. */
export class ProxyWorld {
  readonly chain: Consortium = standardConsortium();
  readonly blocks = new Map<string, Uint8Array>();
  readonly fetched: string[] = [];
  readonly vitals: Compartment;
  readonly labs: Compartment;
  fresh = true;
  forked = false;
  nowMs: number;
  /** Runs before a block is handed to a proxy: the moment at which the world may change under it. */
  onFetch: () => void | Promise<void> = () => undefined;
  grantId: Uint8Array = new Uint8Array(32);
  /** Where the one compartment of the grant lies among the padded rekeys; only Bob knows. */
  rekey = -1;

  private constructor() {
    const seed = sha256(utf8('generation seed'));
    this.vitals = deriveCompartment(backend, seed, {
      category: 'vital-signs',
      generation: 0,
      period: '2026-11',
    });
    this.labs = deriveCompartment(backend, sha256(utf8('other seed')), {
      category: 'laboratory',
      generation: 0,
      period: '2026-11',
    });
    this.nowMs = this.chain.timeMs;
  }

  static async create(): Promise<ProxyWorld> {
    const world = new ProxyWorld();
    await world.anchor('alice', 'maria', 'vital', world.vitals);
    await world.anchor('tom', 'tom', 'toms', world.vitals);
    world.grant();
    return world;
  }

  put(bytes: Uint8Array): CID {
    const cid = linkOf('dag-cbor', bytes);
    this.blocks.set(cid.toString(), bytes);
    return cid;
  }

  /** Of the record of this name: Tom's own, the gateway's two of Maria, else Alice's of Maria. */
  recordId(name: string): Uint8Array {
    const patient = name === 'toms' ? 'tom' : 'maria';
    const writer = { toms: 'tom', junk: 'gateway', renamed: 'gateway' }[name] ?? 'alice';
    return recordIdOf(person(patient).id, person(writer).id, nonceOf(name));
  }

  seal(writer: string, patient: string, name: string, compartment: Compartment): Promise<SealedRecord> {
    const keys = person(writer);
    return sealRecord(backend, {
      chainId: this.chain.chainId,
      recordId: this.recordId(name),
      patient: person(patient).id,
      sequence: readNextSequence(this.chain.get, person(patient).id, keys.id),
      previous: null,
      writer: { id: keys.id, secretKey: keys.sign.secretKey },
      slots: [writerKit(backend, compartment, keys.id, 0)],
      plaintext: utf8(`plaintext of ${name}`),
    });
  }

  /** Seals and anchors; `header` may be replaced, as an attacker would. */
  async anchor(
    writer: string,
    patient: string,
    name: string,
    compartment: Compartment,
    header?: (sealed: SealedRecord) => Uint8Array,
  ): Promise<void> {
    const sealed = await this.seal(writer, patient, name, compartment);
    const cid = this.put(header?.(sealed) ?? sealed.header);
    for (const block of sealed.blocks) this.blocks.set(block.cid.toString(), block.bytes);
    const patientId = person(patient).id;
    const sequence = readNextSequence(this.chain.get, patientId, person(writer).id);
    this.chain.must(writer, 'record.anchor', {
      patient: patientId,
      records: [{ nonce: nonceOf(name), header: cid, sequence, previous: null, tags: [] }],
      receipts: this.chain.receipts(patientId, [{ recordId: this.recordId(name), header: cid }]),
      kitSerial: 0,
    });
  }

  /** Alice's grant of the vitals, under which the other methods ask. */
  grant(): void {
    const { grantId, rekey } = this.grantOf('alice', this.vitals);
    this.grantId = grantId;
    this.rekey = rekey;
  }

  /** A grant of one compartment to Bob, from whoever the ledger lets; `changed` lies about its body. */
  grantOf(
    issuer: string,
    compartment: Compartment,
    init: { nonce?: Uint8Array; changed?: Partial<Bodies['grant.create']> } = {},
  ): { grantId: Uint8Array; rekey: number; wire: Uint8Array } {
    const nonce = init.nonce ?? NONCE;
    const expiresAtMs = this.chain.timeMs + 30 * DAY_MS;
    const draft = createGrant(backend, {
      issuer: person(issuer),
      patient: person('maria').id,
      delegate: person('bob').publicKeys,
      compartments: [compartment],
      threshold: 3,
      nodes: nodesOf(this.chain.genesis).map(({ id, index, sealKey }) => ({ id, index, seal: sealKey })),
      terms: { purpose: 'TREAT', expiresAtMs },
      nonce,
    });
    const body = {
      patient: person('maria').id,
      delegate: person('bob').id,
      nonce,
      threshold: 3,
      rekeys: draft.rekeys,
      shares: draft.nodeShares.map((share) => ({ node: share.node, box: this.put(share.box) })),
      terms: this.put(draft.terms),
      termsCommitment: draft.termsCommitment,
      expiresAtMs,
      request: null,
      ...init.changed,
    };
    const wire = this.chain.sign(issuer, 'grant.create', body);
    const result = this.chain.apply(wire);
    if (result !== 'ok') throw new Error(result);
    const terms = openTerms(backend, {
      delegate: person('bob'),
      issuer: { id: person(issuer).id, signPublicKey: person(issuer).sign.publicKey },
      grantId: draft.grantId,
      box: draft.terms,
    });
    return { grantId: draft.grantId, rekey: terms.compartments[0]?.rekey ?? -1, wire };
  }

  /** Bob's access request as a wire transaction, not yet on the chain. */
  requestFor(names: string[], changed: { slot?: number; rekey?: number } = {}): Uint8Array {
    return this.chain.sign('bob', 'access.request', {
      grant: this.grantId,
      items: names.map((name) => ({ record: this.recordId(name), slot: 0, rekey: this.rekey, ...changed })),
      purpose: sha256(utf8('purpose')),
    });
  }

  /** A committed access request of Bob; its id. */
  access(names: string[], changed: { slot?: number; rekey?: number } = {}): Uint8Array {
    const wire = this.requestFor(names, changed);
    const result = this.chain.apply(wire);
    if (result !== 'ok') throw new Error(result);
    return hashTransaction(wire);
  }

  proxy(name: string, own: Backend = backend): Proxy {
    return new Proxy({
      backend: own,
      keys: node(name),
      chainId: this.chain.chainId,
      head: () => ({
        state: this.chain.state,
        height: this.chain.height,
        timeMs: this.chain.timeMs,
        hash: sha256(uint64(this.chain.height)),
      }),
      fresh: () => this.fresh,
      isForked: () => this.forked,
      clock: {
        now: () => this.nowMs,
        setTimeout: (fn, ms) => {
          this.nowMs += ms;
          queueMicrotask(fn);
          return () => undefined;
        },
      },
      accessWindowHeights: this.chain.genesis.parameters.accessWindowHeights,
      fetchBlock: async (cid) => {
        this.fetched.push(cid.toString());
        await this.onFetch();
        const bytes = this.blocks.get(cid.toString());
        if (bytes === undefined) throw new Error('no such block');
        return bytes;
      },
    });
  }

  /** What a proxy says to an access id: its decoded answer, or the code of its refusal. */
  async ask(name: string, access: Uint8Array): Promise<UnverifiedProxyAnswer | string> {
    const reply = await this.proxy(name).answer(Proxy.request(access), new AbortController().signal);
    const decoded = decodeProxyReply(reply);
    return 'refused' in decoded ? decoded.refused : decodeProxyAnswer(decoded.answer);
  }
}
