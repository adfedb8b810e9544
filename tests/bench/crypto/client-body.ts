import {
  decodeRecordHeader,
  deriveCompartment,
  derivePersonKeys,
  openRecord,
  sealRecordStream,
  writerKit,
} from '#crypto';
import type { Backend, CID } from '#crypto';
import type { Bodies } from '../../../crypto/backend/backend.ts';
import { contentPieces, decodeContent } from '../../../node/client/content.ts';

/** One record as the client seals and opens it, envelope, header and proof included; blocks go to and come from memory. */
export interface ClientBody {
  seal(bodies: Bodies): Promise<void>;
  open(bodies: Bodies): Promise<void>;
  /** The sealed blocks, for who knows their hashes. */
  readonly blocks: ReadonlyMap<string, Uint8Array>;
}

export async function clientBody(backend: Backend, resource: Uint8Array): Promise<ClientBody> {
  const writer = derivePersonKeys(backend, backend.random(32));
  const name = { category: 'document', generation: 0, period: 'all' };
  const compartment = deriveCompartment(backend, backend.random(32), name);
  const blocks = new Map<string, Uint8Array>();
  const sealWith = async (bodies: Bodies, keep: boolean) => {
    const pieces = contentPieces({ mediaType: 'application/dicom', resource, keywords: [] });
    return await sealRecordStream(
      { ...backend, bodies },
      {
        chainId: backend.random(32),
        recordId: backend.random(32),
        patient: writer.id,
        sequence: 0,
        previous: null,
        writer: { id: writer.id, secretKey: writer.sign.secretKey },
        slots: [writerKit(backend, compartment, writer.id, 0)],
        source: (async function* () {
          yield* pieces;
        })(),
        put: async ({ cid, bytes }) => {
          if (keep) blocks.set(cid.toString(), bytes.slice());
        },
        reuse: true,
      },
    );
  };
  const { header: bytes } = await sealWith(backend.bodies ?? (await import('#crypto')).webBodies, true);
  const header = decodeRecordHeader(bytes);
  const fetch = async (cid: CID): Promise<Uint8Array> => blocks.get(cid.toString()) ?? new Uint8Array(0);
  return {
    blocks,
    seal: async (bodies) => void (await sealWith(bodies, false)),
    open: async (bodies) => {
      const key = { kind: 'owner', compartment } as const;
      const opened = decodeContent(await openRecord({ ...backend, bodies }, { header, fetch, key }));
      if (opened.resource.length !== resource.length) throw new Error('the record lost bytes');
    },
  };
}
