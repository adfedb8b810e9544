import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { derivePersonKeys, personIdOf } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import {
  answerOf,
  encodeEnrolmentCode,
  ENROLMENT_TIMEOUT_MS,
  inviteDevice,
  readAnswer,
  readEnrolmentCode,
} from '#node/client';
import { enrolGateway, openGatewayHome } from '#node/gateway';
import { FakeNetwork } from '../client/fake-node.ts';
import { NOW_MS, PASSPHRASE } from './ward.ts';

const backend = await createNativeBackend();
const network = new FakeNetwork(backend);
const invitation = (change: { chainId?: Uint8Array; nodeUrl?: string } = {}) =>
  inviteDevice(backend, {
    patient: new Uint8Array(32).fill(9),
    chainId: network.chainId,
    nodeId: network.nodes[0]!.id,
    nodeUrl: 'https://node.test',
    nowMs: NOW_MS,
    ...change,
  });
const device = derivePersonKeys(backend, new Uint8Array(32).fill(5));
const other = derivePersonKeys(backend, new Uint8Array(32).fill(6));
let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'phr-enrol-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the enrolment code', () => {
  it('comes back from its text, and nothing else does', () => {
    const code = invitation();
    expect(readEnrolmentCode(` ${encodeEnrolmentCode(code)}\n`)).toEqual(code);
    const text = encodeEnrolmentCode(code);
    for (const wrong of ['', 'phr-enrol-', text.slice(0, -4), text.replace('phr', 'php'), `${text}AAAA`])
      expect(() => readEnrolmentCode(wrong)).toThrow('input-invalid');
  });

  it('takes an answer that was made with it, in time, and no other', () => {
    const code = invitation();
    const answer = answerOf(backend, code, device);
    expect(readAnswer(backend, { code, answer, nowMs: NOW_MS })).toMatchObject({ keys: device.publicKeys });
    const late = NOW_MS + ENROLMENT_TIMEOUT_MS;
    expect(() => readAnswer(backend, { code, answer, nowMs: late })).toThrow('expired');
    expect(() => readAnswer(backend, { code: invitation(), answer, nowMs: NOW_MS })).toThrow(
      'enrolment answer',
    );
    // Somebody in between puts in the keys of another device, under the authentication code of the first.
    const mixed = answerOf(backend, { ...code, secret: new Uint8Array(32) }, other);
    expect(() => readAnswer(backend, { code, answer: mixed, nowMs: NOW_MS })).toThrow('enrolment answer');
  });
});

describe('the home of a gateway', () => {
  it('is made once, for the network of the code, and opens with its passphrase alone', async () => {
    const directory = join(scratch, 'home');
    const init = { backend, directory, passphrase: PASSPHRASE, nowMs: NOW_MS, fetch: network.fetchOf() };
    const foreign = encodeEnrolmentCode(invitation({ chainId: new Uint8Array(32).fill(1) }));
    await expect(enrolGateway({ ...init, code: foreign })).rejects.toMatchObject({ code: 'other-network' });
    const inTheClear = encodeEnrolmentCode(invitation({ nodeUrl: 'http://node.test' }));
    await expect(enrolGateway({ ...init, code: inTheClear })).rejects.toMatchObject({
      code: 'transport-insecure',
    });
    await expect(openGatewayHome({ backend, directory, passphrase: PASSPHRASE })).rejects.toMatchObject({
      code: 'not-enrolled',
    });
    const code = invitation();
    const answer = await enrolGateway({ ...init, code: encodeEnrolmentCode(code) });
    const home = await openGatewayHome({ backend, directory, passphrase: PASSPHRASE });
    expect(personIdOf(readAnswer(backend, { code, answer, nowMs: NOW_MS }).keys)).toEqual(home.keys.id);
    await expect(enrolGateway({ ...init, code: encodeEnrolmentCode(code) })).rejects.toMatchObject({
      code: 'already-enrolled',
    });
    const file = join(directory, 'gateway.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('https://node.test', 'http://node.test'));
    await expect(openGatewayHome({ backend, directory, passphrase: PASSPHRASE })).rejects.toMatchObject({
      code: 'transport-insecure',
    });
    writeFileSync(file, text);
    await expect(
      openGatewayHome({ backend, directory, passphrase: 'not this passphrase' }),
    ).rejects.toMatchObject({
      code: 'open-failed',
    });
  });
});
