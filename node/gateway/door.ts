import { GatewayError } from './gateway-error.ts';
import type { Accepted, Intake } from './intake.ts';
import type { Lane } from './lane.ts';
import { SourceLimits } from './source-limits.ts';
import { readAddress } from './source-secret.ts';

/** One source at the door of its own lane. */
export interface Entry {
  /** @throws GatewayError `forged` */
  checkSecret(secret: string): void;
  /** The message in what came over MQTT. @throws GatewayError `forged` */
  openMessage(topic: string, payload: Uint8Array): Uint8Array;
  /** @throws GatewayError, see `Intake.accept`; `too-fast` */
  accept(message: Uint8Array): Promise<Accepted>;
  /** What this lane may know of the gateway. */
  status(): unknown;
}

export interface DoorInit {
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly intake: Intake;
  readonly monotonic: () => number;
  readonly statusOf: (lane: Lane) => unknown;
}

/**
 * Leads every message to the lane that its address names, and to no other: the secret that is asked for there is made of
 * that lane's own keys, so a device of one patient cannot write to another one.
 */
export class Door {
  readonly refusals: Record<string, number> = {};
  readonly #init: DoorInit;
  readonly #limits: SourceLimits;

  constructor(init: DoorInit) {
    this.#init = init;
    this.#limits = new SourceLimits(init.monotonic);
  }

  /** @throws GatewayError `forged` for what is no address, `source-unknown` */
  enter(text: string): Entry {
    const address = readAddress(text);
    if (address === undefined) throw new GatewayError('forged');
    const { enrolment, source } = address;
    const lane = this.#init.lanes.get(enrolment);
    if (lane === undefined || !lane.isOpen) throw new GatewayError('source-unknown');
    const { secrets } = lane;
    return {
      checkSecret: (secret) => secrets.checkSecret(source, secret),
      openMessage: (topic, payload) => secrets.openMessage(source, topic, payload),
      accept: (message) =>
        this.#limits.within(`${enrolment}/${source}`, message.length, () =>
          this.#init.intake.accept(lane, source, message),
        ),
      status: () => this.#init.statusOf(lane),
    };
  }

  /** Counts a refusal, for the gateway and for the lane that it was about. */
  refused(text: string, code: string): void {
    const lane = this.#init.lanes.get(readAddress(text)?.enrolment ?? '');
    for (const counts of [this.refusals, ...(lane === undefined ? [] : [lane.refusals])])
      counts[code] = (counts[code] ?? 0) + 1;
  }
}
