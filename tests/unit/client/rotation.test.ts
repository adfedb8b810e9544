import { beforeAll, describe, expect, it } from 'vitest';
import { derivePersonKeys, sha256, utf8 } from '#crypto';
import { RECOVERY_WINDOW_MS, signKeyChange } from '#consensus/ledger';
import { keysUnderId, verifyReceipt } from '#node/client';
import type { Hit } from '#node/client';
import { everything, failure, NOVEMBER, openClinic, readings, textsOf } from './clinic.ts';
import type { Clinic } from './clinic.ts';

describe('new keys under an old id', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await openClinic();
  });

  it('let a doctor go on, and what she signed and sealed before stays readable', async () => {
    const { network, maria, alice } = clinic;
    const patient = maria.keys.id;
    await alice.records.upload({ patient, records: readings(2) });
    const next = derivePersonKeys(network.backend, sha256(utf8('alice 2')));
    await maria.care.startGeneration(patient);
    await alice.care.fetchKeys(patient);
    await alice.care.startGeneration(patient);
    const { keys } = await alice.rotation.rotate(next);
    expect(keys.id).toEqual(alice.keys.id);
    // Maria's entry was sealed with the key that Alice has no more.
    await maria.care.fetchKeys(patient);
    await maria.care.startGeneration(patient);
    const again = network.client(keys);
    const found = await again.records.search({ ...everything(patient), keywords: '*' });
    expect(textsOf(await again.records.openAll(found.hits))).toEqual(textsOf(readings(2)));
    expect(textsOf(await maria.records.openAll(found.hits))).toEqual(textsOf(readings(2)));
    const report = { patient, records: [], action: 'open' } as const;
    expect(await failure(alice.submit('access.report', report))).toBe('signature-invalid');
  });

  it('leave a delegate’s receipts good: those written before, and one that is put together afterwards', async () => {
    const { network, maria, bob } = clinic;
    const patient = maria.keys.id;
    await maria.records.upload({ patient, records: readings(1) });
    const { grant } = await maria.sharing.grant({
      patient,
      delegate: bob.keys.id,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      purpose: 'TREAT',
      expiresAtMs: network.timeMs + 86_400_000,
    });
    const { hits } = await bob.sharing.search({ grant, keywords: '*' });
    const before = await bob.sharing.openShared({ grant, hits });
    const { terms } = await bob.sharing.open(grant);
    const rekeyOf = (hit: Hit): number =>
      terms.compartments.find(({ compartment: { name } }) => name.generation === hit.compartment.generation)!
        .rekey;
    const items = hits.map((hit) => ({ record: hit.recordId, slot: 0, rekey: rekeyOf(hit) }));
    const purpose = network.backend.random(32);
    const access = await bob.submit('access.request', { grant, items, purpose });
    const { keys } = await bob.rotation.rotate(derivePersonKeys(network.backend, sha256(utf8('bob 2'))));
    // Who kept the old root opens what was asked for before; the request is judged by the key of its block.
    const after = await bob.sharing.openShared({ grant, hits, access });
    for (const receipt of [...before.receipts, ...after.receipts]) {
      const shown = verifyReceipt(network.backend, network.genesisBytes, receipt);
      expect(shown.delegate).toEqual(keys.id);
    }
    expect(after.receipts).toHaveLength(1);
    // The former key signs nothing any more, so it makes no receipt for a new access.
    const late = bob.submit('access.request', { grant, items, purpose });
    expect(await failure(late)).toBe('signature-invalid');
  });

  it('come back by two administrators after the window, unless somebody objects', async () => {
    const { network, maria, administrators } = clinic;
    const next = derivePersonKeys(network.backend, sha256(utf8('maria 2')));
    const { id } = maria.keys;
    const signature = signKeyChange(
      network.backend,
      network.chainId,
      id,
      next.publicKeys,
      next.sign.secretKey,
    );
    const start = () => administrators[0]!.recoveries.start({ person: id, keys: next.publicKeys, signature });
    await start();
    await maria.recoveries.veto(id);
    expect((await maria.recoveries.find(id))?.status).toBe('vetoed');
    await start();
    expect(await failure(administrators[1]!.recoveries.finish(id))).toBe('window-open');
    network.timeMs += RECOVERY_WINDOW_MS;
    expect(await failure(administrators[0]!.recoveries.finish(id))).toBe('already-decided-by-sender');
    await administrators[1]!.recoveries.finish(id);
    const again = network.client(keysUnderId(next, id));
    await again.signIn();
    expect((await again.people.myself())?.keys.sign).toEqual(next.publicKeys.sign);
  });
});
