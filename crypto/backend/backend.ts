/**
 * The seam between the scheme and the libraries that do the arithmetic. Both implementations give the same bytes
 * and the same verdicts on every input (tests/property/crypto/backends.test.ts).
 */

/** One term of a sum: `coefficient * point`; the coefficient may be any integer and is taken mod l. */
export interface GroupTerm {
  readonly coefficient: bigint;
  readonly point: Uint8Array;
}

/**
 * ristretto255 (RFC 9496). Elements are 32 bytes and canonical; the identity is refused wherever an element comes
 * in. Scalars are 32 bytes little-endian, canonical, not zero.
 */
export interface Group {
  /** Encoding of the generator G. */
  readonly generator: Uint8Array;
  /** True for a canonical encoding of an element other than the identity. Never throws. */
  isElement(bytes: Uint8Array): boolean;
  /** `scalar * point`, for secret scalars. Throws CryptoError('point-invalid' | 'scalar-invalid'). */
  multiply(scalar: Uint8Array, point: Uint8Array): Uint8Array;
  /** `scalar * G`, for secret scalars. Throws CryptoError('scalar-invalid'). */
  multiplyBase(scalar: Uint8Array): Uint8Array;
  /**
   * The sum of all terms. Time depends on the coefficients: public values only. The result may be the identity
   * (32 zero bytes), which `isElement` refuses. Throws CryptoError('point-invalid') for a bad point.
   */
  sum(terms: readonly GroupTerm[]): Uint8Array;
}

export interface SignatureKeyPair {
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Uint8Array;
  /** 32 bytes: the seed of RFC 8032. */
  readonly secretKey: Uint8Array;
}

/** Ed25519 (RFC 8032) with one strict reading, equal in both backends: see `ed25519-strict.ts`. */
export interface Signatures {
  keyPair(seed: Uint8Array): SignatureKeyPair;
  /** 64 bytes, deterministic. */
  sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array;
  /** Never throws: a value of a wrong length is simply not a valid signature. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** AES-256-GCM over the chunks of one body (crypto/record/chunk-cipher.ts says which nonces). */
export interface ChunkCipher {
  /** Into `target` when given, which is 16 bytes longer than the chunk. */
  seal(
    chunk: Uint8Array,
    index: number,
    isLast: boolean,
    target?: Uint8Array,
  ): Uint8Array | Promise<Uint8Array>;
  /** Throws or rejects when the chunk is not the one sealed at this place. */
  open(sealed: Uint8Array, index: number, isLast: boolean): Uint8Array | Promise<Uint8Array>;
}

/** What a body of many megabytes is worked with. */
export interface Bodies {
  chunkCipher(dek: Uint8Array): ChunkCipher | Promise<ChunkCipher>;
  sha256(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

export interface Backend {
  readonly name: string;
  readonly group: Group;
  readonly signatures: Signatures;
  /** Absent: Web Crypto, which is everywhere. */
  readonly bodies?: Bodies;
  /** Bytes from the system's generator. */
  random(length: number): Uint8Array;
}
