/**
 * Seals many records and looks for a repetition: of a key and nonce pair of the body cipher, of a capsule, of a
 * commitment. Run: `node tests/bench/crypto/seals.ts [records]` (default 1,000,000); exit code 1 when one repeats.
 */
import {
  decodeRecordHeader,
  deriveCompartment,
  derivePersonKeys,
  sealRecord,
  writerKit,
  type Backend,
} from '#crypto';
import { createNativeBackend } from '#crypto/native';

import { chunkNonce, webBodies } from '../../../crypto/record/chunk-cipher.ts';

const count = Number(process.argv[2] ?? 1_000_000);
const PROGRESS = 100_000;
const native = await createNativeBackend();
const bodies = native.bodies ?? webBodies;

/** Texts of one byte a letter, a sixth of the memory of hex in sets this large. */
const compact = (...parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('latin1');
const seen = { pairs: new Set<string>(), capsules: new Set<string>(), commitments: new Set<string>() };

/** The native backend with every key and nonce of its body cipher noted. */
const watched: Backend = {
  ...native,
  bodies: {
    ...bodies,
    async chunkCipher(dek) {
      const [key, cipher] = [Uint8Array.from(dek), await bodies.chunkCipher(dek)];
      return {
        ...cipher,
        seal(chunk, index, isLast, target) {
          seen.pairs.add(compact(key, chunkNonce(index, isLast)));
          return cipher.seal(chunk, index, isLast, target);
        },
      };
    },
  },
};

const person = derivePersonKeys(native, native.random(32));
const name = { category: 'laboratory', generation: 0, period: '2026-11' };
const kit = writerKit(native, deriveCompartment(native, native.random(32), name), person.id, 0);
const init = {
  chainId: native.random(32),
  patient: person.id,
  sequence: 0,
  previous: null,
  writer: { id: person.id, secretKey: person.sign.secretKey },
  slots: [kit],
  plaintext: new Uint8Array(1),
};

const startMs = performance.now();
for (let i = 1; i <= count; i++) {
  // The same record id throughout: what keeps records apart must not be that.
  const sealed = await sealRecord(watched, { ...init, recordId: init.chainId });
  const { slots, commitment } = decodeRecordHeader(sealed.header);
  for (const { E } of slots) seen.capsules.add(compact(E));
  seen.commitments.add(compact(commitment));
  if (i % PROGRESS === 0 || i === count) {
    const minutes = (performance.now() - startMs) / 60_000;
    console.log(`${i} seals in ${minutes.toFixed(1)} min: ${seen.pairs.size} pairs of key and nonce`);
  }
}
const sizes = Object.values(seen).map((set) => set.size);
const isFresh = sizes.every((size) => size === count);
console.log(`${count} seals: ${sizes.join(', ')} different pairs, capsules and commitments`);
console.log(isFresh ? 'none repeats' : 'A REPETITION');
process.exitCode = isFresh ? 0 : 1;
