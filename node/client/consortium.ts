import { toHex } from '#crypto';
import { validatorsHashOf } from '#consensus';
import {
  CONSORTIUM,
  readDashboard,
  readInstitution,
  readProposal,
  readSchedule,
  stateKeys,
  validatorsOfEpoch,
} from '#consensus/ledger';
import type {
  DeclaredDashboard,
  Epoch,
  InstitutionEntry,
  MembershipAdmitBody,
  MembershipRemoveBody,
  Proposal,
} from '#consensus/ledger';
import type { Connection } from './connection.ts';
import { readEach, readList } from './counted-list.ts';
import type { CallOptions } from './deadline.ts';
import { readRoster } from './roster.ts';
import type { RosterEntry } from './roster.ts';
import type { Submitted } from './submission.ts';

/** Who belongs to the consortium, proven. */
export interface ConsortiumView {
  /** The newest certified height of the answer. */
  readonly height: number;
  /** Who decides the height after it, sorted by id. */
  readonly members: readonly InstitutionEntry[];
  /** Hex of the set's hash as headers carry it: what people compare aloud. */
  readonly fingerprint: string;
  /** A change that is settled and not yet in force; its own fingerprint with it. */
  readonly coming: { readonly fromHeight: number; readonly fingerprint: string } | null;
}

/** Institutions join and leave: administrators propose and vote, two of an institution make its voice. */
export class Consortium {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws ClientError */
  async view(options: CallOptions = {}): Promise<ConsortiumView> {
    const { state } = this.#connection;
    const { get, height } = await state.read([stateKeys.schedule()], options);
    const { last, before } = readSchedule(get);
    const present = last.fromHeight <= height + 1 ? last : before;
    const members = await this.#institutions(present, options);
    const isComing = last.number > present.number;
    return {
      height,
      members,
      fingerprint: fingerprintOf(present),
      coming: isComing ? { fromHeight: last.fromHeight, fingerprint: fingerprintOf(last) } : null,
    };
  }

  /** The members of the next height, sorted by id: to whom shares of a new grant go. */
  async members(options: CallOptions = {}): Promise<readonly InstitutionEntry[]> {
    return (await this.view(options)).members;
  }

  /** Every institution that ever belonged, with its first administrators; needs no session. */
  async roster(options: CallOptions = {}): Promise<readonly RosterEntry[]> {
    return await readRoster(this.#connection, options);
  }

  /** Every proposal, oldest first. */
  async proposals(options: CallOptions = {}): Promise<Proposal[]> {
    const ids = await readList(this.#connection, 'proposals', CONSORTIUM, options);
    return await readEach(this.#connection, ids, stateKeys.proposal, readProposal, options);
  }

  /** Proposes that an institution joins; the sender's voice is the first. The proposal's id is the transaction's hash. */
  async admit(body: MembershipAdmitBody, options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('membership.admit', body, options);
  }

  /** Proposes that a member leaves. */
  async remove(body: MembershipRemoveBody, options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('membership.remove', body, options);
  }

  /** Says for one's institution what its node serves to browsers: the hash of a release, 32 bytes. */
  async declareDashboard(release: Uint8Array, options: CallOptions = {}): Promise<Submitted> {
    return await this.#connection.submission.submit('dashboard.declare', { release }, options);
  }

  /** What an institution declared last; undefined while it said nothing. */
  async declaredDashboard(
    institution: Uint8Array,
    options: CallOptions = {},
  ): Promise<DeclaredDashboard | undefined> {
    const proven = await this.#connection.state.read([stateKeys.dashboard(institution)], options);
    return readDashboard(proven.get, institution);
  }

  /** Adds the sender's voice; gives the proposal as it stands after it. */
  async vote(
    proposal: Uint8Array,
    options: CallOptions = {},
  ): Promise<Submitted & { proposal: Proposal | undefined }> {
    const { state, submission } = this.#connection;
    const submitted = await submission.submit('membership.vote', { proposal }, options);
    const { get } = await state.read([stateKeys.proposal(proposal)], options);
    return { ...submitted, proposal: readProposal(get, proposal) };
  }

  async #institutions({ members }: Epoch, options: CallOptions): Promise<InstitutionEntry[]> {
    const { state } = this.#connection;
    const { get } = await state.read(
      members.map(({ id }) => stateKeys.institution(id)),
      options,
    );
    return members.flatMap(({ id }) => readInstitution(get, id) ?? []);
  }
}

function fingerprintOf(epoch: Epoch): string {
  return toHex(validatorsHashOf(validatorsOfEpoch(epoch)));
}
