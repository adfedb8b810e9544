import { describe, expect, it, vi } from 'vitest';
import { createNativeBackend } from '#crypto/native';
import { CryptoError, toHex } from '#crypto';
import { ClientError, createClient, decodeProxyAnswer, encodeProxyAnswer } from '#node/client';
import { NodeApi } from '../../../node/client/node-api.ts';
import { FakeNetwork } from './fake-node.ts';
import { urlOf } from './fake-wire.ts';

const backend = await createNativeBackend();
const network = new FakeNetwork(backend);

/** A client of a node that answers as it is told. */
const against = (respond: (url: string, init: RequestInit) => Promise<Response> | Response) =>
  createClient({
    baseUrl: 'http://node.test/',
    genesis: network.genesisBytes,
    nodeId: toHex(network.nodes[0]!.id),
    backend,
    keys: network.person('maria'),
    fetch: (input, init) => Promise.resolve(respond(urlOf(input), init ?? {})),
  });

const codeOf = async (run: Promise<unknown>): Promise<string> =>
  await run.then(
    () => 'nothing thrown',
    (error: unknown) => (error instanceof ClientError ? error.code : String(error)),
  );

const hanging = (_: string, init: RequestInit): Promise<Response> =>
  new Promise((_resolve, reject) => {
    init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
  });

describe('answers of a node', () => {
  it('ends a call that hangs at its time limit, and at once when the caller wants it', async () => {
    const client = against(hanging);
    expect(await codeOf(client.status({ timeoutMs: 5 }))).toBe('timed-out');
    const controller = new AbortController();
    const call = client.status({ signal: controller.signal });
    controller.abort();
    expect(await codeOf(call)).toBe('aborted');
  });

  it('says when a node cannot be reached', async () => {
    expect(await codeOf(against(() => Promise.reject(new TypeError('fetch failed'))).status())).toBe(
      'unreachable',
    );
  });

  it.each([
    ['no JSON', () => new Response('<html>')],
    ['another shape', () => Response.json({ node: 1 })],
    ['an error that is none of ours', () => new Response('gateway', { status: 502 })],
    ['bytes that are not UTF-8', () => new Response(new Uint8Array([0xff, 0xfe]))],
  ])('refuses %s', async (_, respond) => {
    expect(await codeOf(against(respond).status())).toBe('answer-malformed');
  });

  it('reads no further than its bound, whatever the node sends', async () => {
    let sent = 0;
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 1;
            controller.enqueue(new Uint8Array(1024 * 1024));
          },
        }),
      );
    expect(await codeOf(against(endless).status())).toBe('answer-malformed');
    expect(sent).toBeLessThan(40);
  });

  it('passes on the words of a refusal', async () => {
    const error = { code: 'rate-limited', message: 'm', safe: 's', action: 'a' };
    const call = against(() => Response.json({ error }, { status: 429 })).status();
    await expect(call).rejects.toMatchObject({ code: 'refused', api: error, facts: { status: 429 } });
  });

  it('waits for its turn at a node that says when, and not where nobody would', async () => {
    const request = { method: 'GET', path: '/blocks/x' } as const;
    const error = { code: 'rate-limited', message: 'm', safe: 's', action: 'a' };
    let refusals = 0;
    const limited = (count: number, facts: object | undefined = { retryAfterMs: 1 }): NodeApi => {
      refusals = 0;
      return new NodeApi('http://node.test', () => {
        if (refusals >= count) return Promise.resolve(new Response('taken'));
        refusals += 1;
        return Promise.resolve(Response.json({ error: { ...error, facts } }, { status: 429 }));
      });
    };
    const answer = await limited(2).bytes(request, 100, {});
    expect([new TextDecoder().decode(answer), refusals]).toEqual(['taken', 2]);
    expect(await codeOf(limited(1).bytes(request, 100, { patienceMs: 0 }))).toBe('refused');
    expect(await codeOf(limited(1).bytes(request, 100, {}, 'no-session'))).toBe('refused');
    expect(await codeOf(limited(1, {}).bytes(request, 100, {}))).toBe('refused');
    const stop = new AbortController();
    const waiting = limited(9, { retryAfterMs: 60_000 }).bytes(request, 100, { signal: stop.signal });
    await vi.waitFor(() => expect(refusals).toBe(2));
    stop.abort();
    expect(await codeOf(waiting)).toBe('aborted');
  });

  it('needs keys only for what keys are for', async () => {
    const client = network.client(undefined);
    expect(await codeOf(client.signIn())).toBe('no-keys');
    expect(await codeOf(client.people.myself())).toBe('no-keys');
  });

  it('knows the genesis state before the first block', async () => {
    const administrator = network.client(network.administrators[0]![0]!);
    const { height, header } = await administrator.read([new Uint8Array(32)]);
    expect({ height, header }).toEqual({ height: 0, header: null });
    expect((await administrator.people.myself())?.role).toBe('administrator');
  });

  it('never takes a key that was not asked for as absent', async () => {
    const administrator = network.client(network.administrators[0]![0]!);
    const { get } = await administrator.read([new Uint8Array(32)]);
    expect(get(new Uint8Array(32))).toBeUndefined();
    expect(() => get(new Uint8Array(32).fill(1))).toThrow(ClientError);
  });
});

describe('proxy answers', () => {
  const id = new Uint8Array(32).fill(1);
  const item = { item: 0, E: id, point: id, proof: new Uint8Array(64) };
  const answer = { access: id, node: id, index: 1, height: 5, items: [item] };
  const sign = (): Uint8Array => new Uint8Array(64);

  it('come back as they went', () => {
    expect(decodeProxyAnswer(encodeProxyAnswer(answer, sign))).toMatchObject(answer);
  });

  it.each([
    ['an item twice', { ...answer, items: [item, item] }],
    ['index 0', { ...answer, index: 0 }],
    ['a short access id', { ...answer, access: id.subarray(1) }],
    ['a short proof', { ...answer, items: [{ ...item, proof: id }] }],
    ['item 64', { ...answer, items: [{ ...item, item: 64 }] }],
  ])('are refused with %s', (_, wrong) => {
    expect(() => decodeProxyAnswer(encodeProxyAnswer(wrong, sign))).toThrow(CryptoError);
  });

  it('are refused with a byte too many or too few', () => {
    const bytes = encodeProxyAnswer(answer, sign);
    expect(() => decodeProxyAnswer(bytes.subarray(0, -1))).toThrow(CryptoError);
    expect(() => decodeProxyAnswer(new Uint8Array([...bytes, 0]))).toThrow(CryptoError);
  });
});
