import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concatBytes, RECORD_NONCE_BYTES, recordIdOf, toHex, uint32, utf8 } from '#crypto';
import { bytesOf } from './cast.ts';

const [patient, writer, nonce] = [bytesOf('patient'), bytesOf('writer'), bytesOf('nonce')];

describe('the id of a record', () => {
  it('is the hash of its tag, patient, writer and nonce, each after its length (oracle: made by hand)', () => {
    const parts = [utf8('phr-mesh/v1/record-id'), patient, writer, nonce];
    const message = concatBytes(...parts.flatMap((part) => [uint32(part.length), part]));
    expect(toHex(recordIdOf(patient, writer, nonce))).toBe(
      createHash('sha256').update(message).digest('hex'),
    );
    expect(nonce).toHaveLength(RECORD_NONCE_BYTES);
  });

  it('is another one for another patient, writer or nonce: who saw a nonce cannot take the id', () => {
    const eve = bytesOf('eve');
    const ids = [
      recordIdOf(patient, writer, nonce),
      recordIdOf(eve, writer, nonce),
      recordIdOf(patient, eve, nonce),
      recordIdOf(patient, writer, eve),
      recordIdOf(writer, patient, nonce),
    ].map(toHex);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
