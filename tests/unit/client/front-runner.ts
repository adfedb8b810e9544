import { linkOf, recordIdOf, toHex, utf8 } from '#crypto';
import type { CID } from '#crypto';
import {
  decodeTransaction,
  readKitSerial,
  readNextSequence,
  readNonce,
  signTransaction,
  storedHashOf,
} from '#consensus/ledger';
import type { Transaction } from '#consensus/ledger';
import type { PhrClient } from '#node/client';
import type { FakeNetwork } from './fake-node.ts';
import { receiptsOver } from './fake-wire.ts';

/**
 * Anchors, for a patient, what the attacker saw of somebody's records: their nonces, and their headers or junk in their
 * place. Holders who sign anything vouch for it.
 */
export function squat(
  network: FakeNetwork,
  attacker: PhrClient,
  patient: Uint8Array,
  seen: readonly { readonly nonce: Uint8Array; readonly header?: CID }[],
): { code: string } | undefined {
  const get = (key: Uint8Array): Uint8Array | undefined => network.state.get(key);
  const { id, sign } = attacker.keys;
  const next = readNextSequence(get, patient, id);
  const records = seen.map(({ nonce, header }, i) => {
    const bytes = utf8(`nothing under ${toHex(nonce)}`);
    const junk = linkOf('dag-cbor', bytes);
    network.blocks.set(junk.toString(), bytes);
    return { nonce, header: header ?? junk, sequence: next + i, previous: null, tags: [] };
  });
  const named = records.map(({ nonce, header }) => ({ recordId: recordIdOf(patient, id, nonce), header }));
  const stored = storedHashOf(network.chainId, patient, named);
  const receipts = receiptsOver(network.backend, stored, network.nodes.slice(0, 3));
  const transaction: Transaction = {
    version: 1,
    chainId: network.chainId,
    sender: id,
    nonce: readNonce(get, id),
    expiresAtHeight: network.height + 100,
    kind: 'record.anchor',
    body: { patient, records, receipts, kitSerial: readKitSerial(get, patient) },
  };
  return network.commit([signTransaction(network.backend, transaction, sign.secretKey)]);
}

/**
 * Somebody who sees anchors on their way and puts their nonces and headers into a block first, for himself as the
 * patient; the first `times` of them.
 */
export function runAhead(network: FakeNetwork, attacker: PhrClient, times: number): { taken: number } {
  const seen = { taken: 0 };
  const commit = network.commit.bind(network);
  network.commit = (transactions) => {
    for (const wire of transactions) {
      const { kind, sender, body } = decodeTransaction(wire).transaction;
      if (kind !== 'record.anchor' || toHex(sender) === toHex(attacker.keys.id) || seen.taken === times)
        continue;
      seen.taken += 1;
      const refused = squat(network, attacker, attacker.keys.id, body.records);
      if (refused) throw new Error(refused.code);
    }
    return commit(transactions);
  };
  return seen;
}
