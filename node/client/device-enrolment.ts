import {
  CryptoError,
  decode,
  DOMAIN,
  encode,
  equalBytes,
  expectBytes,
  expectInteger,
  expectMap,
  expectText,
  fromBase64Url,
  personIdOf,
  prf,
  SEAL_PUBLIC_KEY_BYTES,
  toBase64Url,
  utf8,
  verifyPublicKeys,
} from '#crypto';
import type { Backend, PersonKeys, PublicKeys } from '#crypto';
import { signDeviceConsent, verifyDeviceConsent } from '#consensus/ledger';
import { ClientError } from './client-error.ts';

/**
 * How a device comes to a patient without anybody in between who has to be trusted. Two texts cross by hand or by
 * camera: the patient's client makes a code, the device answers with its public keys under the code's secret. Who
 * reads the answer learns nothing and can change nothing in it; who reads the code before it is used could put in
 * another device, which is why it is short-lived and good for one.
 */
export const ENROLMENT_TIMEOUT_MS = 30 * 60_000;
const CODE_PREFIX = 'phr-enrol-';
const CODE_BYTES_MAX = 1024;
const ANSWER_BYTES_MAX = 4096;

export interface EnrolmentCode {
  /** 32 bytes each. */
  readonly patient: Uint8Array;
  /** Hash of the genesis: the device accepts no other network. */
  readonly chainId: Uint8Array;
  readonly nodeId: Uint8Array;
  readonly secret: Uint8Array;
  /** Origin of the node through which the device will write. */
  readonly nodeUrl: string;
  readonly expiresAtMs: number;
}

/** A fresh code of the patient. Whoever keeps it must let `readAnswer` succeed once and then forget it. */
export function inviteDevice(
  backend: Backend,
  init: Omit<EnrolmentCode, 'secret' | 'expiresAtMs'> & { readonly nowMs: number },
): EnrolmentCode {
  const { patient, chainId, nodeId, nodeUrl, nowMs } = init;
  const secret = backend.random(32);
  return { patient, chainId, nodeId, nodeUrl, secret, expiresAtMs: nowMs + ENROLMENT_TIMEOUT_MS };
}

/** The code as a text to show, print or scan: about 300 characters. */
export function encodeEnrolmentCode(code: EnrolmentCode): string {
  return `${CODE_PREFIX}${toBase64Url(encode({ version: 1, ...code }))}`;
}

/** @throws ClientError `input-invalid` */
export function readEnrolmentCode(text: string): EnrolmentCode {
  const trimmed = text.trim();
  if (!trimmed.startsWith(CODE_PREFIX)) throw new ClientError('input-invalid', { what: 'enrolment code' });
  return shaped('enrolment code', () => {
    const map = expectMap(
      decode(fromBase64Url(trimmed.slice(CODE_PREFIX.length)), CODE_BYTES_MAX),
      ['version', 'patient', 'chainId', 'nodeId', 'secret', 'nodeUrl', 'expiresAtMs'],
      'code',
    );
    expectInteger(map.version, 1, 1, 'version');
    return {
      patient: expectBytes(map.patient, 32, 'patient'),
      chainId: expectBytes(map.chainId, 32, 'chainId'),
      nodeId: expectBytes(map.nodeId, 32, 'nodeId'),
      secret: expectBytes(map.secret, 32, 'secret'),
      nodeUrl: expectText(map.nodeUrl, 256, 'nodeUrl'),
      expiresAtMs: expectInteger(map.expiresAtMs, 0, Number.MAX_SAFE_INTEGER, 'expiresAtMs'),
    };
  });
}

/** What a device shows of itself: its public keys, and that it wants to be this patient's. */
export interface DeviceAnswer {
  readonly keys: PublicKeys;
  /** See `signDeviceConsent`, 64 bytes. */
  readonly signature: Uint8Array;
}

/** What a device says to a patient of a network. */
export function deviceAnswer(
  backend: Backend,
  { chainId, patient }: Pick<EnrolmentCode, 'chainId' | 'patient'>,
  { publicKeys: keys, sign: { secretKey } }: Pick<PersonKeys, 'publicKeys' | 'sign'>,
): DeviceAnswer {
  return { keys, signature: signDeviceConsent(backend, chainId, patient, keys, secretKey) };
}

function macOf(code: EnrolmentCode, keys: PublicKeys): Uint8Array {
  return prf(
    DOMAIN.enrolment,
    code.secret,
    utf8(encodeEnrolmentCode(code)),
    personIdOf(keys),
    keys.possession,
  );
}

/**
 * The device's answer: its public keys and its consent to this patient, authenticated under the code's secret. About
 * 2,000 characters.
 */
export function answerOf(
  backend: Backend,
  code: EnrolmentCode,
  device: Pick<PersonKeys, 'publicKeys' | 'sign'>,
): string {
  const { keys, signature: consent } = deviceAnswer(backend, code, device);
  const { sign, seal, delegate, possession } = keys;
  const mac = macOf(code, keys);
  return toBase64Url(encode({ version: 1, sign, seal, delegate, possession, consent, mac }));
}

/**
 * The device's keys and consent out of its answer, for `care.enrolDevice`.
 * @throws ClientError `input-invalid` for an expired code, another code's answer, or keys that cannot be registered.
 */
export function readAnswer(
  backend: Backend,
  init: { readonly code: EnrolmentCode; readonly answer: string; readonly nowMs: number },
): DeviceAnswer {
  if (init.nowMs >= init.code.expiresAtMs)
    throw new ClientError('input-invalid', { what: 'enrolment code expired' });
  const { keys, signature, mac } = shaped('enrolment answer', () => {
    const map = expectMap(
      decode(fromBase64Url(init.answer.trim()), ANSWER_BYTES_MAX),
      ['version', 'sign', 'seal', 'delegate', 'possession', 'consent', 'mac'],
      'answer',
    );
    expectInteger(map.version, 1, 1, 'version');
    return {
      keys: {
        sign: expectBytes(map.sign, 32, 'sign'),
        seal: expectBytes(map.seal, SEAL_PUBLIC_KEY_BYTES, 'seal'),
        delegate: expectBytes(map.delegate, 32, 'delegate'),
        possession: expectBytes(map.possession, 64, 'possession'),
      },
      signature: expectBytes(map.consent, 64, 'consent'),
      mac: expectBytes(map.mac, 32, 'mac'),
    };
  });
  const { chainId, patient } = init.code;
  const isTrue =
    equalBytes(mac, macOf(init.code, keys)) &&
    verifyPublicKeys(backend, keys) &&
    verifyDeviceConsent(backend, chainId, patient, keys, signature);
  if (!isTrue) throw new ClientError('input-invalid', { what: 'enrolment answer' });
  return { keys, signature };
}

function shaped<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new ClientError('input-invalid', { what }, { cause });
  }
}
