import { beforeAll, describe, expect, it } from 'vitest';
import { isLabel } from '#node/client';
import type { PhrClient } from '#node/client';
import { admit, NOVEMBER, openClinic, readings } from './clinic.ts';
import type { Clinic } from './clinic.ts';

let clinic: Clinic;
let researcher: PhrClient;
beforeAll(async () => {
  clinic = await openClinic();
  researcher = await admit(clinic.network, 'rosa', 'researcher', 1);
}, 60_000);

const shareStudy = async (label: string) => {
  const { maria } = clinic;
  const { grant } = await maria.sharing.grant({
    patient: maria.keys.id,
    delegate: researcher.keys.id,
    categories: [label],
    months: [NOVEMBER],
    purpose: 'HRESCH',
    expiresAtMs: Date.UTC(2026, 11, 1),
  });
  return grant;
};
const texts = (opened: readonly { resource: Uint8Array }[]) =>
  opened.map(({ resource }) => new TextDecoder().decode(resource)).toSorted();

describe('records labelled for a study', () => {
  it('are what a grant of the label finds and opens, and all of it', async () => {
    const { maria } = clinic;
    const patient = maria.keys.id;
    const [labelled, plain] = [readings(3), readings(4, Date.UTC(2026, 10, 10), 2)];
    await maria.records.upload({
      patient,
      records: [...labelled.map((record) => ({ ...record, labels: ['study-heart'] })), ...plain],
    });
    const grant = await shareStudy('study-heart');
    const found = await researcher.sharing.search({ grant, keywords: '*' });
    expect(found.complete).toBe(true);
    const { records: opened } = await researcher.sharing.openShared({ grant, hits: found.hits });
    expect(texts(opened)).toEqual(texts(labelled));
    // Keywords are in the study's lane as in the category's.
    const byCode = await researcher.sharing.search({ grant, keywords: 'category:vital-signs' });
    expect(byCode.hits).toHaveLength(3);
    // The patient and her doctor see all of them where they always were.
    const selection = { patient, categories: ['vital-signs'], months: [NOVEMBER], keywords: '*' };
    expect((await maria.records.search(selection)).hits).toHaveLength(7);
  });

  it('give nothing of one study to another, and nothing of the category to either', async () => {
    const { maria } = clinic;
    const patient = maria.keys.id;
    const [first] = readings(1, Date.UTC(2026, 10, 12), 3);
    await maria.records.upload({ patient, records: [{ ...first!, labels: ['study-lung'] }] });
    const lung = await shareStudy('study-lung');
    const found = await researcher.sharing.search({ grant: lung, keywords: '*' });
    expect(found.hits).toHaveLength(1);
    const selection = { patient, categories: ['vital-signs'], months: [NOVEMBER], keywords: '*' };
    const { hits } = await maria.records.search(selection);
    const others = hits.filter(({ sequence }) => sequence !== found.hits[0]!.sequence);
    expect(others.length).toBeGreaterThan(0);
    await expect(researcher.sharing.openShared({ grant: lung, hits: others })).rejects.toMatchObject({
      code: 'no-access',
    });
  });

  it('can be labelled later: the doctor in charge seals a new version, and the old one stays', async () => {
    const { maria, alice } = clinic;
    const patient = maria.keys.id;
    const records = readings(2, Date.UTC(2026, 10, 14), 4);
    // The study has its seed from the patient: whoever labels must hold it.
    const uploaded = await maria.records.upload({ patient, records });
    const selection = { patient, categories: ['vital-signs'], months: [NOVEMBER], keywords: '*' };
    const { hits } = await alice.records.search(selection);
    const mine = hits.filter(({ sequence }) => uploaded.some((one) => one.sequence === sequence));
    const labelled = await alice.records.label(mine, ['study-heart']);
    expect(labelled).toHaveLength(2);
    const grant = await shareStudy('study-heart');
    const found = await researcher.sharing.search({ grant, keywords: '*' });
    expect(found.hits).toHaveLength(5);
    const { records: opened } = await researcher.sharing.openShared({ grant, hits: found.hits });
    for (const text of texts(records)) expect(texts(opened)).toContain(text);
    const after = await maria.records.search(selection);
    const old = after.hits.filter(({ sequence, amendedBy }) => amendedBy !== null && sequence >= 0);
    expect(old).toHaveLength(2);
    expect(texts(await maria.records.openAll(old))).toEqual(texts(records));
  });

  it('have at most seven labels with names that are labels', async () => {
    const { maria } = clinic;
    const [record] = readings(1);
    for (const labels of [['vital-signs'], ['study-'], Array.from({ length: 8 }, (_, i) => `study-${i}`)]) {
      await expect(
        maria.records.upload({ patient: maria.keys.id, records: [{ ...record!, labels }] }),
      ).rejects.toMatchObject({ code: 'input-invalid' });
    }
    expect(isLabel('study-heart-2026')).toBe(true);
    expect(isLabel('study-Heart')).toBe(false);
    expect(isLabel(`study-${'a'.repeat(59)}`)).toBe(false);
  });
});
