import type { CID } from 'multiformats/cid';
import type { Backend } from '../backend/backend.ts';
import { concatBytes, equalBytes, wipe } from '../bytes.ts';
import type { WriterKit } from '../compartment.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { kdf, type Hash } from '../hash.ts';
import { linkOf } from '../link.ts';
import { prove } from '../schnorr.ts';
import { sealBody, type BodyBlock, type BodyOptions } from './body.ts';
import {
  bodyKey,
  capsuleScalar,
  recordContext,
  slotContext,
  slotHint,
  slotMask,
  xorBytes,
} from './context.ts';
import { RECORD_SLOTS_MAX } from '../bounds.ts';
import { proofContext, signHeader, type RecordSlot } from './header.ts';

interface RecordInit {
  /** 32 bytes. */
  readonly chainId: Hash;
  /** 32 random bytes. */
  readonly recordId: Uint8Array;
  /** 32 bytes. */
  readonly patient: Uint8Array;
  /** Position in the lane (patient, writer), from 0. */
  readonly sequence: number;
  /** Header of the version that this one amends. */
  readonly previous: CID | null;
  readonly writer: { readonly id: Uint8Array; readonly secretKey: Uint8Array };
  /** 1 to 8 kits of this writer, of different compartments. */
  readonly slots: readonly WriterKit[];
}

export interface SealRecordInit extends RecordInit {
  readonly plaintext: Uint8Array;
}

export interface SealRecordStreamInit extends RecordInit, BodyOptions {
  /** Pieces of any size, below 1 GiB together; each is used before the next is asked for. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Takes every block of the body as soon as it is sealed. */
  readonly put: (block: BodyBlock) => Promise<void>;
}

export interface SealedRecordHeader {
  readonly header: Uint8Array;
  readonly headerCid: CID;
  readonly bodyCid: CID;
}

export interface SealedRecord extends SealedRecordHeader {
  /** The blocks of the body, each below 1 MiB: raw leaves in order, then the root when there are several. */
  readonly blocks: readonly BodyBlock[];
}

function checkInit(init: RecordInit): void {
  const { chainId, recordId, patient, writer, slots } = init;
  if ([chainId, recordId, patient, writer.id].some((id) => id.length !== 32)) {
    throw new CryptoError('input-invalid', 'ids have 32 bytes');
  }
  if (slots.length < 1 || slots.length > RECORD_SLOTS_MAX) throw new CryptoError('input-invalid', 'slots');
  if (slots.some((kit) => !equalBytes(kit.writer, writer.id))) {
    throw new CryptoError('input-invalid', 'the kit of another writer');
  }
  if (slots.some((kit, i) => slots.slice(0, i).some((other) => equalBytes(other.A, kit.A)))) {
    throw new CryptoError('input-invalid', 'a compartment twice');
  }
}

/** sigma of SCHEME 4: random bytes and the writer's secret together, so that a weak generator is forgiven. */
function freshSigma(backend: Backend, init: RecordInit): Uint8Array {
  const random = backend.random(32);
  const sigma = kdf(DOMAIN.sigma, concatBytes(random, init.writer.secretKey), [init.recordId], 32);
  wipe(random);
  return sigma;
}

function sealSlot(
  backend: Backend,
  kit: WriterKit,
  context: Hash,
  sigma: Uint8Array,
): { slot: RecordSlot; r: Uint8Array } {
  const slotBinding = slotContext(context, kit.A);
  const r = capsuleScalar(slotBinding, sigma);
  const E = backend.group.multiplyBase(r);
  const Y = backend.group.multiply(r, kit.A);
  const box = xorBytes(sigma, slotMask(Y, kit.kappaLane, slotBinding, E));
  wipe(Y);
  return { slot: { E, hint: slotHint(kit.ixLane, E), box }, r };
}

/**
 * Seals a record of any length with bounded memory (SCHEME 4): the body first, block by block through `put`, then
 * the header over it, at most 4096 bytes. Ids have 32 bytes. Throws CryptoError('input-invalid' | 'too-large' |
 * 'point-invalid').
 */
export async function sealRecordStream(
  backend: Backend,
  init: SealRecordStreamInit,
): Promise<SealedRecordHeader> {
  checkInit(init);
  const context = recordContext({ ...init, writer: init.writer.id });
  const sigma = freshSigma(backend, init);
  const { dek, commitment } = bodyKey(sigma, context);
  const body = await sealBody(dek, init.source, init.put, backend.bodies, init);
  const sealed = init.slots.map((kit) => sealSlot(backend, kit, context, sigma));
  const statement = {
    chainId: init.chainId,
    recordId: init.recordId,
    patient: init.patient,
    sequence: init.sequence,
    previous: init.previous,
    slots: sealed.map(({ slot }) => slot),
    commitment,
    ...body,
    writer: init.writer.id,
  };
  const claims = sealed.map(({ slot, r }) => ({ witness: r, pairs: [{ image: slot.E }] }));
  const proof = prove(backend, proofContext(statement), claims);
  wipe(sigma, dek, ...sealed.map(({ r }) => r));
  const header = signHeader(backend, statement, proof, init.writer.secretKey);
  return { header, headerCid: linkOf('dag-cbor', header), bodyCid: body.bodyCid };
}

/**
 * `sealRecordStream` for the bytes of a plaintext in memory; the blocks are part of the result (SCHEME 4). Throws
 * CryptoError('input-invalid' | 'too-large' | 'point-invalid').
 */
export async function sealRecord(backend: Backend, init: SealRecordInit): Promise<SealedRecord> {
  const blocks: BodyBlock[] = [];
  const { plaintext, ...record } = init;
  const sealed = await sealRecordStream(backend, {
    ...record,
    source: once(plaintext),
    put: (block) => {
      blocks.push(block);
      return Promise.resolve();
    },
  });
  return { ...sealed, blocks };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
