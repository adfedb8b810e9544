import { beforeAll, describe, expect, it } from 'vitest';
import { decodeRecordHeader, sha256, toHex } from '#crypto';
import { blobSource, FILE_PART_BYTES, fileInUrl } from '#node/client';
import type { FileProgress, FileSource, FileUpload, PhrClient, StoredFile } from '#node/client';
import { CLIENT_ERROR_CODES } from '#node/client';
import { decodeManifest, encodeManifest, fileIdOf } from '../../../node/client/file-manifest.ts';
import { everything, failure, NOVEMBER, openClinic } from './clinic.ts';
import type { Clinic } from './clinic.ts';
import { bytesOf, SIZE, sourceOf } from './file-bytes.ts';

const PLACE = { category: 'document', month: NOVEMBER };

function uploadOf(client: PhrClient, bytes: Uint8Array, more: Partial<FileUpload> = {}): FileUpload {
  return {
    patient: client.keys.id,
    source: sourceOf(bytes),
    mediaType: 'application/dicom',
    describe: ({ url, size }) => ({
      ...PLACE,
      resource: new TextEncoder().encode(JSON.stringify({ resourceType: 'DocumentReference', url, size })),
      keywords: ['type:documentreference'],
    }),
    ...more,
  };
}

async function contentOf(file: StoredFile, range: { from?: number; to?: number } = {}): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.pieces(range)) pieces.push(piece.slice());
  return new Uint8Array(Buffer.concat(pieces));
}

/** A client over a wire that counts what is sent to be stored, and that can be cut. */
function watched(clinic: Clinic, name = 'maria') {
  const wire = { stored: 0, blocks: 0, cut: (_path: string): boolean => false };
  const under = clinic.network.fetchOf();
  const client = clinic.network.clientOver(clinic.network.person(name), async (input, init) => {
    const path = new URL(input instanceof Request ? input.url : String(input)).pathname;
    if (wire.cut(path)) throw new TypeError('cut');
    if (path.endsWith('/store')) {
      wire.stored += init?.body instanceof Uint8Array ? init.body.length : 0;
      wire.blocks += 1;
    }
    return await under(input, init);
  });
  return { client, wire };
}

let clinic: Clinic;
beforeAll(async () => {
  clinic = await openClinic();
}, 60_000);

describe('a file in parts', () => {
  it('comes back byte for byte, whole and by ranges, and stands in the chart once', async () => {
    const { maria } = clinic;
    const bytes = bytesOf(1);
    const seen: FileProgress[] = [];
    const init = uploadOf(maria, bytes, { onProgress: (progress) => seen.push(progress) });
    const { file, holders, known } = await maria.files.upload(init);
    expect([known, holders]).toEqual([0, 3]);
    const { hits } = await maria.records.search({ ...everything(maria.keys.id), keywords: '*' });
    const opened = await maria.records.openAll(hits);
    expect(opened).toHaveLength(1);
    const { url } = JSON.parse(new TextDecoder().decode(opened[0]!.resource)) as { url: string };
    expect(fileInUrl(url)).toBe(file);
    const stored = await maria.files.open({ patient: maria.keys.id, ...PLACE, file });
    expect([stored.size, stored.mediaType]).toEqual([SIZE, 'application/dicom']);
    expect(Buffer.compare(await contentOf(stored), bytes)).toBe(0);
    const from = FILE_PART_BYTES - 7;
    const range = await contentOf(stored, { from, to: from + 20 });
    expect([...range]).toEqual([...bytes.subarray(from, from + 20)]);
    const last = seen.at(-1)!;
    expect([last.stored, last.committed, last.size, last.holders]).toEqual([SIZE, SIZE, SIZE, 3]);
    expect(seen.every(({ stored: now }, i) => now >= (seen[i - 1]?.stored ?? 0))).toBe(true);
  });

  it('is the same file for every device: nothing is sent a second time', async () => {
    const { client, wire } = watched(clinic);
    const again = await client.files.upload(uploadOf(client, bytesOf(1)));
    expect(again.known).toBe(SIZE);
    expect(wire.stored).toBe(0);
  });

  it('has parts that all look alike but the last: lengths tell no more than their number', async () => {
    const { network } = clinic;
    const lengths = [...network.blocks.values()].flatMap((block) => {
      try {
        return [decodeRecordHeader(block).bodyLength];
      } catch {
        return [];
      }
    });
    const full = lengths.filter((length) => length > FILE_PART_BYTES);
    expect(full.length).toBeGreaterThanOrEqual(2);
    expect(new Set(full).size).toBe(1);
  });
});

describe('an upload that breaks off', () => {
  it('goes on behind what was committed, on another device with the same keys', async () => {
    const bytes = bytesOf(2);
    const first = watched(clinic);
    const stop = new AbortController();
    const committed: number[] = [];
    const broken = first.client.files.upload(
      uploadOf(first.client, bytes, {
        onProgress: (progress) => {
          committed.push(progress.committed);
          if (progress.committed > 0) stop.abort();
        },
      }),
      { signal: stop.signal },
    );
    expect(await failure(broken)).toBe('aborted');
    const second = watched(clinic);
    const done = await second.client.files.upload(uploadOf(second.client, bytes));
    expect(done.known).toBeGreaterThanOrEqual(FILE_PART_BYTES);
    expect(second.wire.stored).toBeLessThan(SIZE - done.known + 2_500_000);
    const stored = await second.client.files.open({
      patient: second.client.keys.id,
      ...PLACE,
      file: done.file,
    });
    expect(Buffer.compare(await contentOf(stored), bytes)).toBe(0);
  });

  it('sends nothing twice within one call when the node is away for a while, whatever it was asked', async () => {
    const bytes = bytesOf(3);
    const whole = watched(clinic);
    const { client, wire } = watched(clinic);
    const away = new Set(['/store', '/receipts', '/transactions', '/state']);
    const failed: string[] = [];
    wire.cut = (path) => {
      const name = [...away].find((each) => path.endsWith(each));
      if (name === undefined || wire.blocks < 20) return false;
      away.delete(name);
      failed.push(name);
      return true;
    };
    const phases = new Set<string>();
    const { file } = await client.files.upload(
      uploadOf(client, bytes, { onProgress: ({ phase }) => phases.add(phase) }),
      { patienceMs: 60_000 },
    );
    expect(failed).toHaveLength(4);
    expect(phases.has('waiting')).toBe(true);
    // Sealed bytes, a manifest, headers and the frames of requests; a part more would be 15 MiB.
    expect(wire.stored).toBeLessThan(SIZE * 1.05 + 200_000);
    const stored = await whole.client.files.open({ patient: client.keys.id, ...PLACE, file });
    expect(Buffer.compare(await contentOf(stored), bytes)).toBe(0);
  });

  it('gives up when its patience is over, and does not wait at all without any', async () => {
    const { client, wire } = watched(clinic);
    wire.cut = (path) => path.endsWith('/store');
    expect(await failure(client.files.upload(uploadOf(client, bytesOf(4, 5_000))))).toBe('unreachable');
    const impatient = client.files.upload(uploadOf(client, bytesOf(4, 5_000)), { patienceMs: 1 });
    expect(await failure(impatient)).toBe('unreachable');
  });

  it('stores nothing while it is paused', async () => {
    const { client, wire } = watched(clinic);
    const paused = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    let gates = 0;
    const upload = client.files.upload(
      uploadOf(client, bytesOf(5), {
        gate: async () => {
          gates += 1;
          if (gates < 6) return;
          reached.resolve();
          await paused.promise;
        },
      }),
    );
    await reached.promise;
    const before = wire.blocks;
    // Other calls of the same client are answered meanwhile.
    await client.head();
    expect(wire.blocks).toBe(before);
    paused.resolve();
    await upload;
    expect(wire.blocks).toBeGreaterThan(before);
  });

  it('can be discarded, and sent anew under other ids after that', async () => {
    const { maria } = clinic;
    const bytes = bytesOf(6, 3_000_000);
    const { file } = await maria.files.upload(uploadOf(maria, bytes));
    const place = { patient: maria.keys.id, ...PLACE, file };
    const { parts, height } = await maria.files.discard(place);
    expect([parts, await maria.files.discard(place)]).toEqual([2, { parts: 0, height: null }]);
    expect(height).toBe((await maria.head()).height);
    expect(await failure(maria.files.open(place))).toBe('not-found');
    const again = await maria.files.upload(uploadOf(maria, bytes));
    expect([again.file, again.known]).toEqual([file, 0]);
    expect(Buffer.compare(await contentOf(await maria.files.open(place)), bytes)).toBe(0);
  });
});

describe('a file that is not what it was', () => {
  it('is refused before anything of it is sent when another one is chosen to go on with', async () => {
    const { client, wire } = watched(clinic);
    const { file } = await client.files.upload(uploadOf(client, bytesOf(7, 100_000)));
    const sent = wire.stored;
    const other = client.files.upload(uploadOf(client, bytesOf(8, 100_000), { resumes: file }));
    expect(await failure(other)).toBe('file-changed');
    expect(wire.stored).toBe(sent);
  });

  it('is refused when it changes or shrinks while it is sent', async () => {
    const { maria } = clinic;
    const bytes = bytesOf(9, 100_000);
    let reads = 0;
    const changing: FileSource = {
      size: bytes.length,
      read: async (start, end) => {
        reads += 1;
        const part = bytes.slice(start, end);
        if (reads > 1) part[50] = (part[50] ?? 0) ^ 1;
        return part;
      },
    };
    expect(await failure(maria.files.upload(uploadOf(maria, bytes, { source: changing })))).toBe(
      'file-changed',
    );
    const short: FileSource = { size: bytes.length, read: async (start, end) => bytes.slice(start, end - 1) };
    expect(await failure(maria.files.upload(uploadOf(maria, bytes, { source: short })))).toBe('file-changed');
    expect(CLIENT_ERROR_CODES).toContain('file-changed');
  });

  it('has at least a byte and less than 2 GiB', async () => {
    const { maria } = clinic;
    for (const size of [0, 2 ** 31]) {
      const source: FileSource = { size, read: () => Promise.reject(new Error('read')) };
      expect(await failure(maria.files.upload(uploadOf(maria, bytesOf(1, 4), { source })))).toBe(
        'input-invalid',
      );
    }
  });
});

describe('a stored file', () => {
  it('does not open with a bit, a block or a part of another file in its place', async () => {
    const { maria, network } = clinic;
    const before = new Set(network.blocks.keys());
    const { file } = await maria.files.upload(uploadOf(maria, bytesOf(10, 2_500_000)));
    const fresh = [...network.blocks.keys()].filter((cid) => !before.has(cid));
    const bodies = fresh.filter((cid) => network.blocks.get(cid)!.length === 983_280);
    expect(bodies).toHaveLength(2);
    const open = async () => contentOf(await maria.files.open({ patient: maria.keys.id, ...PLACE, file }));
    const [one, two] = bodies.map((cid) => network.blocks.get(cid)!);
    const flipped = Uint8Array.from(one!);
    flipped[500_000] = flipped[500_000]! ^ 1;
    const other = [...before].find((cid) => network.blocks.get(cid)!.length === 983_280)!;
    for (const wrong of [flipped, two!, one!.subarray(0, 900_000), network.blocks.get(other)!]) {
      network.blocks.set(bodies[0]!, wrong);
      expect(await failure(open())).toBe('proof-invalid');
    }
    network.blocks.set(bodies[0]!, one!);
    expect(await open()).toHaveLength(2_500_000);
  });

  it('does not open when a part was erased, and says so', async () => {
    const { maria } = clinic;
    const { file } = await maria.files.upload(uploadOf(maria, bytesOf(11, 50_000)));
    const place = { patient: maria.keys.id, ...PLACE, file };
    const [part] = (
      await maria.records.search({
        patient: maria.keys.id,
        categories: [PLACE.category],
        months: [PLACE.month],
        keywords: `file:${file}`,
      })
    ).hits;
    await maria.erasure.erase(maria.keys.id, [part!.recordId]);
    expect(await failure(maria.files.open(place).then((stored) => contentOf(stored)))).toBe('not-found');
  });

  it('has a manifest that its own name pins: order, digests and size', () => {
    const digests = [sha256(bytesOf(1, 10)), sha256(bytesOf(2, 10))];
    const file = fileIdOf(20, 10, digests);
    const parts = digests.map((digest, i) => ({ digest, record: new Uint8Array(32).fill(i) }));
    const manifest = { mediaType: 'a/b', size: 20, partBytes: 10, parts };
    expect(decodeManifest(encodeManifest(manifest), file)).toEqual(manifest);
    const lies = [
      { ...manifest, parts: parts.toReversed() },
      { ...manifest, parts: parts.slice(0, 1) },
      { ...manifest, size: 19 },
      { ...manifest, size: 10, parts: parts.slice(0, 1) },
      { ...manifest, partBytes: 11 },
    ];
    for (const lie of lies) {
      expect(() => decodeManifest(encodeManifest(lie), file)).toThrowError(/record-invalid/);
    }
  });

  it('opens for a delegate through the proxies, in one access for its parts, and for nobody outside', async () => {
    const { maria, bob, alice } = clinic;
    const bytes = bytesOf(12, FILE_PART_BYTES + 10);
    const { file } = await maria.files.upload(uploadOf(maria, bytes));
    const grantOf = async (categories: string[]) => {
      const init = { patient: maria.keys.id, delegate: bob.keys.id, categories, months: [NOVEMBER] };
      return await maria.sharing.grant({ ...init, purpose: 'TREAT', expiresAtMs: Date.UTC(2026, 11, 1) });
    };
    const { grant } = await grantOf([PLACE.category]);
    const stored = await bob.files.openShared({ grant, ...PLACE, file });
    expect(Buffer.compare(await contentOf(stored), bytes)).toBe(0);
    const { lines } = await maria.audit.whoHasSeen(maria.keys.id);
    const accesses = lines.filter(({ kind }) => kind === 'access.request');
    expect(accesses).toHaveLength(2);
    const other = await grantOf(['vital-signs']);
    expect(await failure(bob.files.openShared({ grant: other.grant, ...PLACE, file }))).toBe('no-access');
    // The doctor in charge opens with the seeds that she holds; her client says so on the ledger.
    const own = await alice.files.open({ patient: maria.keys.id, ...PLACE, file });
    expect(Buffer.compare(await contentOf(own), bytes)).toBe(0);
    const after = (await maria.audit.whoHasSeen(maria.keys.id)).lines;
    expect(
      after.some(({ kind, actor }) => kind === 'access.report' && toHex(actor) === toHex(alice.keys.id)),
    ).toBe(true);
  });

  it('is sent anew by another writer, who takes nobody’s word for what lies under an id', async () => {
    const { maria, alice } = clinic;
    const patient = maria.keys.id;
    const bytes = bytesOf(14, 20_000);
    const mine = await maria.files.upload(uploadOf(maria, bytes));
    const hers = await alice.files.upload(uploadOf(alice, bytes, { patient }));
    expect([hers.file, hers.known]).toEqual([mine.file, 0]);
    expect(toHex(hers.recordId)).not.toBe(toHex(mine.recordId));
    for (const reader of [maria, alice]) {
      const stored = await reader.files.open({ patient, ...PLACE, file: mine.file });
      expect(Buffer.compare(await contentOf(stored), bytes)).toBe(0);
    }
    expect((await maria.files.upload(uploadOf(maria, bytes))).known).toBe(20_000);
  });

  it('can come out of a Blob', async () => {
    const { maria } = clinic;
    const bytes = bytesOf(13, 70_000);
    const source = blobSource(new Blob([bytes as BlobPart]));
    const { file } = await maria.files.upload(uploadOf(maria, bytes, { source }));
    const stored = await maria.files.open({ patient: maria.keys.id, ...PLACE, file });
    expect(Buffer.compare(await contentOf(stored), bytes)).toBe(0);
  });
});
