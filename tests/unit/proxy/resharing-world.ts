import {
  combine,
  dealSubShares,
  decodeRecordHeader,
  openRecord,
  openShares,
  verifyConversion,
} from '#crypto';
import type { CID } from '#crypto';
import {
  membersAt,
  readAccess,
  readGrant,
  readInstitution,
  readNonce,
  readRecord,
  readSchedule,
  signTransaction,
  thresholdAmong,
} from '#consensus/ledger';
import type { Bodies, Grant, Transaction } from '#consensus/ledger';
import { Resharer } from '#node/proxy';
import { backend, node, person } from '../ledger/consortium.ts';
import { ProxyWorld } from './proxy-world.ts';

/** A grant of Alice to Bob among four institutions, a fifth that joins, and every node's resharer on one chain. */
export class ResharingWorld {
  readonly world: ProxyWorld;
  /** What the ledger said to every transaction of a node. */
  readonly answers: string[] = [];
  readonly #resharers = new Map<string, Resharer>();

  private constructor(world: ProxyWorld) {
    this.world = world;
  }

  static async create(): Promise<ResharingWorld> {
    return new ResharingWorld(await ProxyWorld.create());
  }

  get grant(): Grant {
    const grant = readGrant(this.world.chain.get, this.world.grantId);
    if (grant === undefined) throw new Error('no grant');
    return grant;
  }

  join(name: string, ...voters: string[]): void {
    const { chain } = this.world;
    const proposal = chain.must(`${voters[0]}-admin-1`, 'membership.admit', chain.application(name));
    this.#decide(proposal, voters);
  }

  leave(name: string, ...voters: string[]): void {
    const { chain } = this.world;
    const body = { institution: node(name).id, fromHeight: chain.height + 5 };
    this.#decide(chain.must(`${voters[0]}-admin-1`, 'membership.remove', body), voters);
  }

  #decide(proposal: Uint8Array, voters: string[]): void {
    const { chain } = this.world;
    chain.agree(proposal, ...voters);
    const { last } = readSchedule(chain.get);
    chain.advance(last.fromHeight);
  }

  /** A node forgets all that it had in memory. */
  kill(name: string): void {
    this.#resharers.delete(name);
  }

  /** One turn of the named nodes, in order. */
  async turn(...names: string[]): Promise<void> {
    for (const name of names) await this.#resharer(name).step(new AbortController().signal);
  }

  /** Turns until nothing changes. */
  async settle(...names: string[]): Promise<void> {
    for (let before = -1; before !== this.answers.length;) {
      before = this.answers.length;
      await this.turn(...names);
    }
  }

  #resharer(name: string): Resharer {
    const { chain, blocks } = this.world;
    const known =
      this.#resharers.get(name) ??
      new Resharer({
        backend,
        keys: node(name),
        chainId: chain.chainId,
        genesis: chain.genesis,
        head: () => ({ state: chain.state, height: chain.height, timeMs: chain.timeMs }),
        fetchBlock: async (cid) => this.block(cid),
        spread: async (boxes) => {
          for (const { cid, bytes } of boxes) blocks.set(cid.toString(), bytes);
        },
        submit: async (wire) => void this.answers.push(chain.apply(wire)),
        clock: { now: () => chain.timeMs, setTimeout: () => () => undefined },
        logger: { info: () => undefined },
      });
    this.#resharers.set(name, known);
    return known;
  }

  block(cid: CID): Uint8Array {
    const bytes = this.world.blocks.get(cid.toString());
    if (bytes === undefined) throw new Error('no such block');
    return bytes;
  }

  /** A transaction of a node, whatever it says. */
  send<K extends 'reshare.deal' | 'reshare.confirm'>(name: string, kind: K, body: Bodies[K]): string {
    const { chain } = this.world;
    const keys = node(name);
    const transaction = {
      version: 1,
      chainId: chain.chainId,
      sender: keys.id,
      nonce: readNonce(chain.get, keys.id),
      expiresAtHeight: chain.height + 100,
      kind,
      body,
    } as Transaction;
    return chain.apply(signTransaction(backend, transaction, keys.validator.secretKey));
  }

  /** The shares that the issuer gave a node, as it opens them. */
  shares(name: string): Uint8Array[] {
    const { id, rekeys, shares, issuer } = this.grant;
    const mine = shares.find(({ node: holder }) => holder.join() === node(name).id.join());
    const box = mine?.boxes[0];
    if (box === undefined) throw new Error('no share');
    const signPublicKey = person('alice').sign.publicKey;
    const index = this.index(name);
    return openShares(backend, {
      node: node(name),
      issuer: { id: issuer, signPublicKey },
      grantId: id,
      index,
      rekeys,
      box: this.block(box),
    });
  }

  index(name: string): number {
    return readInstitution(this.world.chain.get, node(name).id)?.index ?? 0;
  }

  /** A deal of a node in order but for the shares that go in, for the members of the present epoch. */
  deal(name: string, shares: Uint8Array[]): Bodies['reshare.deal'] {
    const { chain } = this.world;
    const { last } = readSchedule(chain.get);
    const members = membersAt(chain.get, last.fromHeight);
    const { commitments, boxes } = dealSubShares(backend, {
      owner: this.grant.id,
      epoch: last.number,
      dealer: { id: node(name).id, index: this.index(name), secretKey: node(name).validator.secretKey },
      shares,
      threshold: thresholdAmong(
        chain.genesis,
        this.grant.threshold,
        this.grant.shares.length,
        members.length,
      ),
      holders: members.map(({ id, index, sealKey }) => ({ id, index, seal: sealKey })),
    });
    return {
      owner: this.grant.id,
      epoch: last.number,
      commitments,
      boxes: boxes.map(({ id, box }) => ({ node: id, box: this.world.put(box) })),
    };
  }

  /** Bob asks the named nodes under a new access and opens; a code when one refuses or too few convert. */
  async open(...names: string[]): Promise<string> {
    const { world } = this;
    const access = world.access(['vital']);
    const { grant } = this;
    const entry = readAccess(world.chain.get, access);
    const record = readRecord(world.chain.get, world.recordId('vital'));
    const rekey = grant.rekeys[world.rekey];
    if (entry === undefined || record === undefined || rekey === undefined)
      throw new Error('nothing to open');
    const conversions = [];
    for (const name of names) {
      const answer = await world.ask(name, access);
      if (typeof answer === 'string') return answer;
      const [item] = answer.items;
      if (item === undefined) return 'nothing';
      const { point, proof, E } = item;
      const conversion = { index: answer.index, point, proof };
      const context = {
        chainId: world.chain.chainId,
        grantId: grant.id,
        rekey: world.rekey,
        recordId: record.id,
        slot: 0,
        delegate: entry.delegate,
        accessId: access,
        height: entry.height,
      };
      if (!verifyConversion(backend, { rekey, E, conversion, context })) return 'false';
      conversions.push(conversion);
    }
    if (conversions.length !== grant.threshold) return 'not the threshold';
    const Y = combine(backend, {
      delegate: person('bob'),
      grantId: grant.id,
      rekeyIndex: world.rekey,
      rekey,
      conversions,
    });
    const { A, ix, kappa, name } = world.vitals;
    const opened = await openRecord(backend, {
      header: decodeRecordHeader(this.block(record.header)),
      fetch: async (cid: CID) => this.block(cid),
      key: { kind: 'converted', compartment: { A, ix, kappa, name }, Y },
    });
    return new TextDecoder().decode(opened);
  }
}
