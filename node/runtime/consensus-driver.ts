import { ConsensusError, quorum } from '#consensus';
import type { Block, CommitCertificate } from '#consensus';
import {
  blockHashOf,
  CatchUp,
  commitCertificateOf,
  encodeEvidence,
  encodeMessage,
  PbftCore,
  qbftRules,
  votesOf,
} from '#consensus/pbft';
import type { BlockBody, Certificate, Effect, Event, Outward, Proposal, Rules } from '#consensus/pbft';
import { fromHex, toHex } from '#crypto';
import { HeadStatements } from './consensus-heads.ts';
import { VoteJournal } from './consensus-journal.ts';
import { ConsensusPeers } from './consensus-peers.ts';
import type { ConsensusDriver, ConsensusPorts, DriverStatus, Freshness } from './consensus-ports.ts';
import { buildProposal, judgeProposal } from './consensus-proposals.ts';
import { Seats } from './consensus-seats.ts';
import { isHeld, verifyCertified } from './consensus-sync.ts';
import type { CertifiedBytes } from './consensus-wire.ts';
import { ForkWatch } from './fork-watch.ts';
import type { Fork } from './fork-watch.ts';
import { errorCode } from './logger.ts';
import { OwnPast } from './own-past.ts';
import { signedMessage } from './vote-signing.ts';

/** T0 of the round timer, and the first pause before stored bytes are repeated. */
export const ROUND_TIMEOUT_MS = 1_000;
export const RESEND_MS = 500;
/** Head statements and a look at the clock. */
export const HEARTBEAT_TICK_MS = 1_000;
/** Beyond this, clocks are not just a slow link apart, and proposals are refused for their time. */
export const CLOCK_OFFSET_MS_MAX = 2_000;
/** What of one peer may wait to be handled; more is dropped, and repeated by whoever needs it. */
export const WAITING_MESSAGES_MAX = 1_024;
export const WAITING_BYTES_MAX = 32 * 1024 * 1024;

type Input =
  | { readonly kind: 'event'; readonly event: Event<BlockBody> }
  | { readonly kind: 'wire'; readonly from: number; readonly bytes: Uint8Array }
  | { readonly kind: 'range'; readonly from: number; readonly blocks: readonly CertifiedBytes[] }
  | { readonly kind: 'tick' };

/** Makes the driver of one node; nothing happens before `start`. */
export function createConsensusDriver(ports: ConsensusPorts): ConsensusDriver {
  return new Driver(ports);
}

/**
 * Turns the core's effects into I/O. One loop: every input that waits is stepped, one group sync brings the votes to
 * disk, and only then does anything leave. While the disk works, inputs gather for the next group.
 */
class Driver implements ConsensusDriver {
  readonly failure: Promise<unknown>;
  readonly #ports: ConsensusPorts;
  readonly #seats: Seats;
  readonly #rules: Rules;
  readonly #heads: HeadStatements;
  readonly #catchUp: CatchUp;
  readonly #votes: VoteJournal;
  readonly #past: OwnPast;
  readonly #waiting = new Map<number, { messages: number; bytes: number }>();
  readonly #timers = new Map<'round' | 'resend' | 'tick', () => void>();
  readonly #onCommit: ((block: Block, certificate: CommitCertificate) => void)[] = [];
  readonly #forks: ForkWatch;
  readonly #onEvidence: ((evidence: Uint8Array, validator: Uint8Array) => void)[] = [];
  #fail: (cause: unknown) => void = () => undefined;
  #core: PbftCore<BlockBody> | undefined;
  #peers: ConsensusPeers | undefined;
  #inbox: Input[] = [];
  #outbox: Outward<BlockBody>[] = [];
  #looping = false;
  #running: Promise<void> | undefined;
  #clockDiffers = false;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(ports: ConsensusPorts) {
    const { roundTimeoutMs = ROUND_TIMEOUT_MS } = ports;
    this.#ports = ports;
    this.#seats = new Seats(ports);
    this.#rules = qbftRules({ roundTimeoutMs, resendMs: RESEND_MS });
    this.#heads = new HeadStatements(ports, this.#seats);
    this.#forks = new ForkWatch(ports);
    this.#catchUp = new CatchUp(this.#seats.self, this.#seats.voters());
    this.#votes = new VoteJournal(ports);
    const parts = { ports, seats: this.#seats, heads: this.#heads, catchUp: this.#catchUp };
    this.#past = new OwnPast({ ...parts, votes: this.#votes });
    this.failure = new Promise((resolve) => (this.#fail = resolve));
  }

  async start(): Promise<void> {
    const { application, clock, transport } = this.#ports;
    if (this.#state !== 'new') throw new ConsensusError('stopped', 'a driver starts once');
    const records = await this.#past.open();
    this.#state = 'running';
    const { height, hash } = application.head();
    const head = { height, hash: blockHashOf(hash) };
    this.#core = new PbftCore(this.#rules, { ...this.#seats.seatAt(height + 1), head, records });
    this.#peers = new ConsensusPeers({
      ports: this.#ports,
      seats: this.#seats,
      core: this.#core,
      heads: this.#heads,
      forks: this.#forks,
      catchUp: this.#catchUp,
      past: this.#past,
      step: (event) => this.#step(event),
      takeRange: (from, blocks) => this.#takeRange(from, blocks),
    });
    this.#catchUp.reached(height, clock.now());
    transport.onMessage((id, bytes) => {
      const from = this.#seats.numberOf(id);
      if (from !== undefined && from !== this.#seats.self) this.#hear(from, bytes);
    });
    this.#push({ kind: 'tick' });
    this.#push({ kind: 'event', event: { kind: 'start' } });
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#inbox = [];
    await this.#running;
  }

  notifyWork(): void {
    if (this.#ports.application.hasWork()) this.#event({ kind: 'work' });
  }

  status(): DriverStatus {
    const { height } = this.#ports.application.head();
    const core = this.#core?.status();
    return {
      height,
      round: core?.round ?? 0,
      phase: core?.phase ?? 'idle',
      syncing: this.#catchUp.isBehind(),
      abstains: core?.abstains ?? true,
      lastSeen: this.#heads.lastSeen(),
    };
  }

  freshness(): Freshness {
    return this.#heads.freshness();
  }

  onCommit(listener: (block: Block, certificate: CommitCertificate) => void): void {
    this.#onCommit.push(listener);
  }

  onEvidence(listener: (evidence: Uint8Array, validator: Uint8Array) => void): void {
    this.#onEvidence.push(listener);
  }

  onFork(listener: (fork: Fork) => void): void {
    this.#forks.onFork(listener);
  }

  #hear(from: number, bytes: Uint8Array): void {
    const waiting = this.#waiting.get(from) ?? { messages: 0, bytes: 0 };
    this.#waiting.set(from, waiting);
    if (waiting.messages >= WAITING_MESSAGES_MAX) return;
    if (waiting.bytes + bytes.length > WAITING_BYTES_MAX) return;
    waiting.messages++;
    waiting.bytes += bytes.length;
    this.#push({ kind: 'wire', from, bytes });
  }

  #handle(from: number, bytes: Uint8Array): void {
    const waiting = this.#waiting.get(from);
    if (waiting !== undefined) {
      waiting.messages--;
      waiting.bytes -= bytes.length;
    }
    this.#peers?.receive(from, bytes);
  }

  #push(input: Input): void {
    if (this.#state !== 'running') return;
    this.#inbox.push(input);
    if (this.#looping) return;
    this.#looping = true;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    try {
      while (this.#state === 'running' && this.#inbox.length + this.#outbox.length > 0) {
        this.#stepWaiting();
        await this.#past.remember();
        await this.#votes.sync();
        const outward = this.#outbox;
        this.#outbox = [];
        for (const effect of outward) {
          if (this.#isStopped()) return;
          await this.#perform(effect);
        }
      }
    } catch (error) {
      // a disk that failed, or a quorum that disagrees with us: never sign again
      this.#state = 'stopped';
      for (const cancel of this.#timers.values()) cancel();
      this.#ports.logger.error({ code: errorCode(error) }, 'consensus-stopped');
      this.#fail(error);
    } finally {
      this.#looping = false;
    }
  }

  #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  /** A decided block goes to disk before anything after it is looked at. */
  #stepWaiting(): void {
    while (!this.#isDeciding()) {
      const input = this.#inbox.shift();
      if (input === undefined) return;
      if (input.kind === 'event') this.#step(input.event);
      else if (input.kind === 'tick') this.#tick();
      else if (input.kind === 'range') this.#takeRange(input.from, input.blocks);
      else this.#handle(input.from, input.bytes);
    }
  }

  #isDeciding(): boolean {
    return this.#outbox.some((effect) => effect.kind === 'decided');
  }

  #step(event: Event<BlockBody>): void {
    for (const effect of this.#core?.step(event) ?? []) {
      if (effect.kind === 'persist') this.#votes.append(effect.record);
      else if (effect.kind === 'sign')
        this.#step({ kind: 'signed', message: signedMessage(this.#ports, effect.draft) });
      else this.#outbox.push(effect);
    }
  }

  async #perform(effect: Outward<BlockBody>): Promise<void> {
    switch (effect.kind) {
      case 'send': {
        const to = effect.to === 'all' ? 'all' : this.#seats.peerAt(effect.message.vote.height, effect.to);
        const message = encodeMessage(effect.message);
        return to === undefined ? undefined : this.#peers?.send(to, { kind: 'vote', message });
      }
      case 'timer':
        return this.#setTimer(effect);
      case 'build': {
        const block = await buildProposal(this.#ports, this.#seats.seatAt(effect.height).self, effect.round);
        return this.#event({ kind: 'built', height: effect.height, round: effect.round, block });
      }
      case 'validate':
        return await this.#validate(effect);
      case 'needBlock':
        return this.#peers?.send('all', { kind: 'need', height: effect.height, hash: fromHex(effect.hash) });
      case 'decided':
        return await this.#commit(effect.block, effect.certificate);
      case 'evidence': {
        const { height, validator } = effect.first;
        const accused = this.#seats.setAt(height)?.[validator]?.id ?? new Uint8Array(32);
        this.#ports.logger.warn({ validator: toHex(accused), vote: effect.first.kind }, 'equivocation');
        const evidence = encodeEvidence(effect.first, effect.second);
        for (const listener of this.#onEvidence) listener(evidence, accused);
        return;
      }
      case 'answer': {
        const to = this.#seats.peerAt(effect.height, effect.validator);
        return to === undefined ? undefined : this.#peers?.answer(to, effect.height, 1);
      }
      case 'syncFrom': {
        const peer = this.#seats.peerAt(effect.height, effect.validator);
        if (peer !== undefined) this.#catchUp.claim(peer, effect.height - 1);
        this.#look();
      }
    }
  }

  async #validate(effect: Effect<BlockBody> & { kind: 'validate' }): Promise<void> {
    const { hash, height, body } = effect.block;
    const proposer = this.#rules.proposerOf(height, effect.round, this.#seats.seatAt(height).validatorCount);
    const fresh = effect.fresh ? { proposer, roundMs: this.#rules.roundTimeoutMs(effect.round) } : undefined;
    const verdict = await judgeProposal(this.#ports, body.block, fresh);
    if (!verdict.ok) this.#ports.logger.warn({ height, code: verdict.code }, 'proposal-refused');
    this.#event({ kind: 'validated', height, hash, ok: verdict.ok });
  }

  async #commit(proposal: Proposal<BlockBody>, certificate: Certificate): Promise<void> {
    const { application, clock } = this.#ports;
    const { block } = proposal.body;
    const verdict = await application.validate(block, true);
    if (!verdict.ok) throw new ConsensusError('state-diverged', `height ${proposal.height}: ${verdict.code}`);
    const n = this.#seats.seatAt(proposal.height).validatorCount;
    const commitCertificate = commitCertificateOf(certificate, n, quorum(n));
    await application.commit(block, commitCertificate);
    await this.#votes.committed();
    this.#catchUp.reached(proposal.height, clock.now());
    this.#catchUp.setVoters(this.#seats.voters());
    const next = this.#seats.seatAt(proposal.height + 1);
    this.#step({ kind: 'committed', height: proposal.height, hash: proposal.hash, next });
    this.#look();
    if (application.hasWork()) this.#step({ kind: 'work' });
    for (const listener of this.#onCommit) listener(block, commitCertificate);
  }

  #event(event: Event<BlockBody>): void {
    this.#push({ kind: 'event', event });
  }

  #setTimer(effect: Effect<BlockBody> & { kind: 'timer' }): void {
    const { height, round } = effect;
    const event: Event<BlockBody> =
      effect.name === 'round'
        ? { kind: 'timeout', height, round }
        : { kind: 'resend', height, round, count: effect.count };
    this.#timers.get(effect.name)?.();
    this.#timers.set(
      effect.name,
      this.#ports.clock.setTimeout(() => this.#event(event), effect.afterMs),
    );
  }

  /** Says where this node is, and looks whether the network is elsewhere or a heartbeat block is due. */
  #tick(): void {
    const { application, clock } = this.#ports;
    const isValidator = this.#seats.seatAt(application.head().height + 1).self >= 0;
    if (isValidator) this.#peers?.send('all', { kind: 'head', statement: this.#heads.own() });
    this.#past.tick();
    this.#look();
    this.#compareClocks();
    if (application.hasWork()) this.#step({ kind: 'work' });
    this.#timers.set(
      'tick',
      clock.setTimeout(() => this.#push({ kind: 'tick' }), HEARTBEAT_TICK_MS),
    );
  }

  /** A clock that is off makes this node refuse what the others propose: said once, and again when it is right. */
  #compareClocks(): void {
    const offsetMs = this.#heads.clockOffsetMs();
    const differs = Math.abs(offsetMs) > CLOCK_OFFSET_MS_MAX;
    if (differs === this.#clockDiffers) return;
    this.#clockDiffers = differs;
    this.#ports.logger.warn({ othersAheadMs: offsetMs }, differs ? 'clock-differs' : 'clock-agrees');
  }

  /** Is this node where the network is? If not, it asks for blocks and stays silent. */
  #look(): void {
    const { clock } = this.#ports;
    this.#step({ kind: 'abstain', on: this.#past.isSilent() || this.#catchUp.isBehind() });
    // While what was given is still being taken, asking for the rest would bring it again after every block of it.
    const request = this.#inbox[0]?.kind === 'range' ? undefined : this.#catchUp.next(clock.now());
    if (request !== undefined) this.#peers?.send(request.validator, { kind: 'sync', from: request.from });
  }

  /** One block after the other: the next is checked when the one before is committed. */
  #takeRange(from: number, blocks: readonly CertifiedBytes[]): void {
    for (const [position, item] of blocks.entries()) {
      if (this.#isDeciding()) {
        this.#inbox.unshift({ kind: 'range', from, blocks: blocks.slice(position) });
        return;
      }
      if (isHeld(this.#ports, item)) continue;
      const { height, hash } = this.#ports.application.head();
      const certified = verifyCertified(this.#ports, item);
      if (certified !== undefined && certified.proposal.height <= height) {
        this.#forks.compare(item, certified);
        continue;
      }
      const next =
        certified?.proposal.height === height + 1 && certified.proposal.parent === blockHashOf(hash);
      if (certified === undefined || !next) {
        this.#peers?.refuse(from, 'sync-refused');
        // A certified block on another parent than our head: the fork is at our height or below.
        const at = certified === undefined ? undefined : this.#forks.ask(from, height);
        if (at !== undefined && at > 0) this.#peers?.send(from, { kind: 'sync', from: at });
        return this.#catchUp.failed(from, this.#ports.clock.now());
      }
      const certificate = votesOf(certified.certificate, this.#seats.seatAt(height + 1).validatorCount);
      this.#step({ kind: 'certified', block: certified.proposal, certificate });
    }
  }
}
