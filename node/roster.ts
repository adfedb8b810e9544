import { equalBytes, toHex } from '#crypto';
import { membersAt, readInstitution, readSchedule } from '#consensus/ledger';
import type { InstitutionEntry } from '#consensus/ledger';
import type { LedgerApplication } from '#node/runtime';
import type { Member } from './member.ts';

/** A node that this one may speak with. */
export interface Peer {
  readonly id: Uint8Array;
  readonly peerId: string;
  readonly addresses: readonly string[];
}

/**
 * Who belongs to the network as this node's ledger has it, at the height that it works on. Lists are the same objects
 * until a block changes them.
 */
export class Roster {
  readonly #member: Member;
  readonly #application: LedgerApplication;
  #height = -1;
  #members: readonly InstitutionEntry[] = [];
  #peers: readonly Peer[] = [];
  #names = '';

  constructor(member: Member, application: LedgerApplication) {
    this.#member = member;
    this.#application = application;
  }

  /** Institutions that decide now, sorted by id. */
  members(): readonly InstitutionEntry[] {
    this.#refresh();
    return this.#members;
  }

  /**
   * Whom the network lets in: those who decide now, those whose admission is settled (so that they are up to date when
   * they begin), and those of the configuration whom this ledger does not know yet: a newcomer catches up from them,
   * and what they send is checked block by block.
   */
  peers(): readonly Peer[] {
    this.#refresh();
    return this.#peers;
  }

  /** An institution that belongs, is to belong or did. */
  institution(id: Uint8Array): InstitutionEntry | undefined {
    return readInstitution(this.#get, id);
  }

  /** True when the node's own institution has left, or was made to. */
  hasLeft(): boolean {
    const untilHeight = this.institution(this.#member.keys.id)?.untilHeight ?? null;
    return untilHeight !== null && untilHeight <= this.#application.height + 1;
  }

  readonly #get = (key: Uint8Array): Uint8Array | undefined => this.#application.state.get(key);

  #refresh(): void {
    const { height } = this.#application;
    if (height === this.#height) return;
    this.#height = height;
    const { last } = readSchedule(this.#get);
    const members = membersAt(this.#get, height + 1);
    const coming = membersAt(this.#get, last.fromHeight);
    const told = this.#member.config.peers
      .map(({ node, peerId, addresses }) => ({
        id: new Uint8Array(Buffer.from(node, 'hex')),
        peerId,
        addresses,
      }))
      .filter(({ id }) => this.institution(id) === undefined);
    const peers = new Map([...members, ...coming, ...told].map((peer) => [toHex(peer.id), peer]));
    const names = `${members.map(({ id }) => toHex(id)).join()}/${[...peers.keys()].join()}`;
    if (names === this.#names) return;
    this.#names = names;
    this.#members = members;
    this.#peers = [...peers.values()];
  }
}

/** The entry of a list with this id. */
export function withId<T extends { readonly id: Uint8Array }>(
  list: readonly T[],
  id: Uint8Array,
): T | undefined {
  return list.find((one) => equalBytes(one.id, id));
}
