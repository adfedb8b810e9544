import { timingSafeEqual } from 'node:crypto';
import { DOMAIN, fromBase64Url, kdf, prf, toBase64Url, utf8 } from '#crypto';
import { GatewayError } from './gateway-error.ts';

const SOURCE = /^[a-z0-9][a-z0-9-]{0,62}$/;
const MAC_TEXT_LENGTH = 43;
/** The enrolment that lies in the gateway's directory itself. */
export const FIRST_ENROLMENT = 'default';

/** The name of a wearable or sensor: lowercase letters, digits and hyphens. */
export const isSourceName = (text: string): boolean => SOURCE.test(text);

/**
 * Enrolment and source of an address: `bed-12/watch-1`, or `watch-1` alone for the enrolment that a gateway of one patient
 * has. Undefined for what is no address.
 */
export function readAddress(text: string): { enrolment: string; source: string } | undefined {
  const parts = text.split('/');
  const [first = '', second] = parts;
  if (parts.length > 2 || !parts.every(isSourceName)) return undefined;
  return second === undefined
    ? { enrolment: FIRST_ENROLMENT, source: first }
    : { enrolment: first, source: second };
}

/** What its devices are called by: by their names alone in the first enrolment. */
export const addressOf = (enrolment: string, source: string): string =>
  enrolment === FIRST_ENROLMENT ? source : `${enrolment}/${source}`;

/**
 * The secrets of the sources, each out of the gateway's root and the source's name: none is stored, and a source can
 * speak for no other. Over HTTP the secret is the bearer token; over MQTT, where a broker stands between, it makes an
 * authentication code over topic and message.
 */
export class SourceSecrets {
  readonly #key: Uint8Array;
  readonly #epochOf: (source: string) => number;

  /** @param epochOf how often a source's secret was withdrawn, see `SourceEpochs` */
  constructor(root: Uint8Array, epochOf: (source: string) => number = () => 0) {
    this.#key = kdf(DOMAIN.gatewaySource, root, [], 32);
    this.#epochOf = epochOf;
  }

  /** 43 characters of base64url. */
  secretOf(source: string): string {
    const epoch = this.#epochOf(source);
    const parts = epoch === 0 ? [utf8(source)] : [utf8(source), utf8(String(epoch))];
    return toBase64Url(prf(DOMAIN.gatewaySource, this.#key, ...parts));
  }

  /** @throws GatewayError `forged` */
  checkSecret(source: string, given: string): void {
    if (!isSourceName(source) || !equalTexts(given, this.secretOf(source))) throw new GatewayError('forged');
  }

  /** The message out of what came over MQTT. @throws GatewayError `forged` */
  openMessage(source: string, topic: string, payload: Uint8Array): Uint8Array {
    const message = payload.subarray(MAC_TEXT_LENGTH + 1);
    const mac = new TextDecoder().decode(payload.subarray(0, MAC_TEXT_LENGTH));
    if (!isSourceName(source) || payload[MAC_TEXT_LENGTH] !== 0x2e) throw new GatewayError('forged');
    if (!equalTexts(mac, macOf(this.secretOf(source), topic, message))) throw new GatewayError('forged');
    return message;
  }
}

/** What a source sends over MQTT: `<authentication code>.<message>`. */
export function sealMessage(secret: string, topic: string, message: Uint8Array): Uint8Array {
  return Buffer.concat([utf8(`${macOf(secret, topic, message)}.`), message]);
}

const macOf = (secret: string, topic: string, message: Uint8Array): string =>
  toBase64Url(prf(DOMAIN.gatewayMessage, fromBase64Url(secret), utf8(topic), message));

function equalTexts(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
