import { equalBytes, toHex } from '#crypto';
import type { ValidatorSet } from '#consensus';
import type { Seat } from '#consensus/pbft';
import type { ConsensusPorts } from './consensus-ports.ts';

/** Peers that are told apart; the network lets members in only, and every member of every time is far below this. */
const PEERS_MAX = 1_024;

/**
 * Who is who at which height. A validator's index in votes is its place in the set of that height, and changes with the
 * set; a peer's number here stays its own for as long as the node runs.
 */
export class Seats {
  readonly self: number;
  readonly #ports: ConsensusPorts;
  readonly #ids: Uint8Array[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(ports: ConsensusPorts) {
    this.#ports = ports;
    this.self = this.numberOf(ports.identity.id) ?? 0;
  }

  /** The peer's number, given at first sight; undefined when there are too many to be true. */
  numberOf(id: Uint8Array): number | undefined {
    const name = toHex(id);
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.#ids.length >= PEERS_MAX) return undefined;
    this.#numbers.set(name, this.#ids.length);
    this.#ids.push(id);
    return this.#ids.length - 1;
  }

  idOf(peer: number): Uint8Array | undefined {
    return this.#ids[peer];
  }

  /** The last height whose set this node knows: the one after the height it works on. */
  get knownHeight(): number {
    return this.#ports.application.head().height + 2;
  }

  /** The validators of the height that this node works on. */
  present(): ValidatorSet {
    return this.#setAt(this.#ports.application.head().height + 1);
  }

  /** The validators of `height`, or undefined for one that is not settled here yet. */
  setAt(height: number): ValidatorSet | undefined {
    return height > this.knownHeight ? undefined : this.#setAt(height);
  }

  /** The peer's index in the set of `height`; -1 when it is none of it. */
  indexAt(height: number, peer: number): number {
    const id = this.#ids[peer];
    if (id === undefined) return -1;
    return this.setAt(height)?.findIndex((validator) => equalBytes(validator.id, id)) ?? -1;
  }

  /** The number of the validator with this index at `height`. */
  peerAt(height: number, index: number): number | undefined {
    const validator = this.setAt(height)?.[index];
    return validator === undefined ? undefined : this.numberOf(validator.id);
  }

  /** This node's own place at `height`. */
  seatAt(height: number): Seat {
    return { self: this.indexAt(height, this.self), validatorCount: this.#setAt(height).length };
  }

  /** Numbers of those who decide the height that this node works on. */
  voters(): number[] {
    return this.present().flatMap(({ id }) => this.numberOf(id) ?? []);
  }

  #setAt(height: number): ValidatorSet {
    return this.#ports.application.validatorsAt(height);
  }
}
