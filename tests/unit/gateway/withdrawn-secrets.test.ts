import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SourceEpochs, SourceSecrets } from '#node/gateway';
import type { Gateway } from '#node/gateway';
import { pulse, Ward } from './ward.ts';

describe('the secret of a lost wearable', () => {
  let ward: Ward;
  let gateway: Gateway;
  let url: string;
  let epochs: SourceEpochs;
  let secrets: SourceSecrets;
  beforeAll(async () => {
    ward = await Ward.open();
    ({ gateway, url } = await ward.gateway());
    // As "phr gateway withdraw" does it: another process, beside the one that runs.
    epochs = new SourceEpochs(ward.directory, ward.home.keys.root);
    secrets = new SourceSecrets(ward.home.keys.root, (source) => epochs.epochOf(source));
  });
  afterAll(() => ward.close());
  const withSecret = async (source: string, n: number, secret: string) =>
    (await ward.post(url, source, pulse(1, n), secret)).status;

  it('is refused from the next message on, in the gateway that runs; its new one is taken, and no other changes', async () => {
    const [old, others] = [secrets.secretOf('watch-1'), secrets.secretOf('watch-2')];
    expect(await withSecret('watch-1', 1, old)).toBe(200);
    epochs.withdraw('watch-1');
    expect(await withSecret('watch-1', 2, old)).toBe(401);
    const renewed = secrets.secretOf('watch-1');
    expect(renewed).not.toBe(old);
    expect(await withSecret('watch-1', 2, renewed)).toBe(200);
    expect(await withSecret('watch-2', 1, others)).toBe(200);
    epochs.withdraw('watch-1');
    for (const secret of [old, renewed]) expect(await withSecret('watch-1', 3, secret)).toBe(401);
    // A source named like another one and its epoch does not get that one's secret.
    expect(secrets.secretOf('watch-12')).not.toBe(secrets.secretOf('watch-1'));
    // A gateway that starts anew knows it too.
    await ward.stop(gateway);
    ({ gateway, url } = await ward.gateway());
    expect(await withSecret('watch-1', 3, old)).toBe(401);
  });

  it('does not come back with an older, a changed or a missing file: nothing is taken at all', async () => {
    const file = join(ward.directory, 'sources.json');
    const sound = readFileSync(file, 'utf8');
    const none = new SourceSecrets(ward.home.keys.root).secretOf('watch-1');
    const changed = sound.replace('\\"watch-1\\",2', '\\"watch-1\\",1');
    expect(changed).not.toBe(sound);
    for (const text of [changed, '{}', 'nothing']) {
      writeFileSync(file, text);
      expect(await withSecret('watch-1', 9, none)).toBe(503);
      expect(await withSecret('watch-2', 9, ward.secrets.secretOf('watch-2'))).toBe(503);
    }
    rmSync(file);
    expect(await withSecret('watch-1', 9, none)).toBe(503);
    writeFileSync(file, sound);
    expect(await withSecret('watch-2', 9, ward.secrets.secretOf('watch-2'))).toBe(200);
  });
});
