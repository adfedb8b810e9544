import { multiaddr } from '@multiformats/multiaddr';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_PROTOCOL, DIRECT_PROTOCOL } from '#node/network';
import { failureOf, Mesh, randomBlock, text, textOf, until } from './mesh.ts';

describe('members only', () => {
  let mesh: Mesh;
  const heard: string[] = [];
  const peers: string[] = [];
  beforeAll(async () => {
    mesh = await Mesh.start(3, undefined, (network, index, node) => {
      network.direct.onMessage((_from, bytes) => void heard.push(`${index}:${textOf(bytes)}`));
      network.onPeer((id, state) => {
        const at = mesh === undefined ? -1 : mesh.nodes.findIndex((each) => each.id === id);
        peers.push(`${index}:${at}:${state}`);
        void node;
      });
    });
  });
  afterAll(async () => mesh.stop());

  it('keeps no connection to a stranger that dials, and speaks no protocol with it', async () => {
    const stranger = await mesh.stranger();
    const { network, blockstore } = mesh.node(0);
    const { cid, bytes } = randomBlock();
    await blockstore.put(cid, bytes);
    const address = multiaddr(`${network.addresses()[0]}/p2p/${network.peerId}`);
    for (const protocol of [BLOCK_PROTOCOL, DIRECT_PROTOCOL, '/meshsub/1.2.0', '/ipfs/id/1.0.0']) {
      const failure = await failureOf(
        (async () => {
          const stream = await stranger.dialProtocol(address, protocol, {
            signal: AbortSignal.timeout(5_000),
          });
          stream.send(text('anything'));
          for await (const chunk of stream) throw Object.assign(new Error('served'), { chunk });
          throw new Error('closed');
        })(),
      );
      expect(failure).toBeInstanceOf(Error);
      expect(failure).not.toMatchObject({ message: 'served' });
    }
    await until(() => stranger.getConnections().length === 0);
    expect(network.connected()).toHaveLength(2);
    // Turned away at the handshake, not hung up on afterwards: the host never had it as a peer.
    expect(mesh.node(0).log.some(({ event }) => event === 'non-member-hung-up')).toBe(false);
    const peersOf = mesh.nodes.flatMap((node) => node.log.filter(({ event }) => event === 'peer-up'));
    expect(JSON.stringify(peersOf)).not.toContain(stranger.peerId.toString());
  });

  it('does not dial anybody who is not a member', async () => {
    const failure = await failureOf(
      mesh.node(0).network.request(new Uint8Array(32), '/phr/any/1.0.0', text('x'), { bytesMax: 10 }),
    );
    expect(failure).toMatchObject({ code: 'unknown-peer' });
    expect(() => mesh.node(0).network.direct.send(new Uint8Array(32), text('x'))).toThrow(
      expect.objectContaining({ code: 'unknown-peer' }),
    );
  });

  it('connects again to a node that was down, and tells of both', async () => {
    await mesh.node(2).network.stop();
    await until(() => mesh.node(0).network.connected().length === 1);
    await until(() => peers.includes('0:2:down'));
    peers.length = 0;
    mesh.node(0).network.direct.send(mesh.node(2).id, text('while away'));
    await mesh.restart(2, (network) => {
      network.direct.onMessage((_from, bytes) => void heard.push(`2:${textOf(bytes)}`));
    });
    await until(() => mesh.nodes.every(({ network }) => network.connected().length === 2));
    await until(() => peers.includes('0:2:up'));
    await until(() => heard.includes('2:while away'));
  });

  it('hangs up on a member that is removed, hears nothing more of it and does not take it back', async () => {
    const removed = mesh.node(2);
    const remaining = mesh.node(0);
    mesh.node(2).network.direct.send(remaining.id, text('before'));
    await until(() => heard.includes('0:before'));
    const membersOfRemoved = mesh.members;
    mesh.removeMember(2);
    await until(() => remaining.network.connected().length === 1);
    expect(remaining.log.some(({ event }) => event === 'non-member-hung-up')).toBe(true);
    // The removed node still believes in the old list and dials again and again.
    mesh.members = membersOfRemoved.filter(({ id }) => id !== removed.id);
    const stranger = await mesh
      .stranger({ seed: removed.peerSeed })
      .catch((error: unknown) => error as Error);
    if (stranger instanceof Error) throw stranger;
    const address = multiaddr(`${remaining.network.addresses()[0]}/p2p/${remaining.network.peerId}`);
    const failure = await failureOf(
      stranger
        .dialProtocol(address, DIRECT_PROTOCOL, { signal: AbortSignal.timeout(5_000) })
        .then(async (stream) => {
          stream.send(text('\0\0\0\u0005after'));
          for await (const chunk of stream) void chunk;
          throw new Error('closed');
        }),
    );
    expect(failure).toBeInstanceOf(Error);
    await until(() => stranger.getConnections().length === 0);
    expect(heard).not.toContain('0:after');
    expect(remaining.network.connected()).toHaveLength(1);
  });
});
