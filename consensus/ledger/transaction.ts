import { DOMAIN, encode, hash, signTagged, toHex, verifyTagged } from '#crypto';
import type { Backend } from '#crypto';
import { BODY_SHAPES, TRANSACTION_KINDS } from './body.ts';
import type { Bodies, TransactionKind } from './body.ts';
import { HEIGHT_MAX, NONCE_MAX, SIGNATURE_BYTES, TRANSACTION_BYTES_MAX } from './bounds.ts';
import { bytesShape, decodeShape, idShape, integerShape, listShape, objectShape, oneOf } from './shape.ts';

/** The envelope of one kind. All of it is signed. */
export interface TransactionOf<K extends TransactionKind> {
  readonly version: 1;
  /** 32 bytes: a transaction of another chain is refused. */
  readonly chainId: Uint8Array;
  /** Person or device id, 32 bytes. */
  readonly sender: Uint8Array;
  /** Exactly the sender's next one, see `readNonce`; 0 is the registration. */
  readonly nonce: number;
  /** The last height whose block may take it, at most EXPIRY_HEIGHTS_MAX ahead. */
  readonly expiresAtHeight: number;
  readonly kind: K;
  readonly body: Bodies[K];
}

export type Transaction = { [K in TransactionKind]: TransactionOf<K> }[TransactionKind];

/** A transaction of the right shape. Nothing is verified: see `verifyTransaction` and `checkTransaction`. */
export interface DecodedTransaction {
  readonly transaction: Transaction;
  /** hash(DOMAIN.transaction, wire): the id of the transaction. */
  readonly hash: Uint8Array;
  /** Canonical DAG-CBOR `[signedBytes, signature]`. */
  readonly wire: Uint8Array;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const wireShape = listShape(bytesShape(1, TRANSACTION_BYTES_MAX), 2, 2);
const signatureShape = bytesShape(SIGNATURE_BYTES);
const envelopeShape = objectShape<{
  version: number;
  chainId: Uint8Array;
  sender: Uint8Array;
  nonce: number;
  expiresAtHeight: number;
  kind: TransactionKind;
  body: unknown;
}>({
  version: integerShape(1, 1),
  chainId: idShape,
  sender: idShape,
  nonce: integerShape(0, NONCE_MAX),
  expiresAtHeight: integerShape(1, HEIGHT_MAX),
  kind: oneOf(TRANSACTION_KINDS),
  body: (value) => value,
});

/** Canonical bytes that the sender signs. */
export function encodeTransaction(transaction: Transaction): Uint8Array {
  const { version, chainId, sender, nonce, expiresAtHeight, kind, body } = transaction;
  return encode({ version, chainId, sender, nonce, expiresAtHeight, kind, body });
}

/** The wire form: canonical DAG-CBOR `[signedBytes, signature]`, signed under DOMAIN.transactionSignature. */
export function signTransaction(
  backend: Backend,
  transaction: Transaction,
  secretKey: Uint8Array,
): Uint8Array {
  const signedBytes = encodeTransaction(transaction);
  return encode([signedBytes, signTagged(backend, DOMAIN.transactionSignature, signedBytes, secretKey)]);
}

/** The id of a transaction: 32 bytes over its wire form. */
export function hashTransaction(wire: Uint8Array): Uint8Array {
  return hash(DOMAIN.transaction, wire);
}

/**
 * Shape, bounds and canonical form of a wire transaction of at most TRANSACTION_BYTES_MAX bytes.
 * Throws LedgerError('transaction-malformed') with the field that failed.
 */
export function decodeTransaction(wire: Uint8Array): DecodedTransaction {
  const code = 'transaction-malformed';
  const [signedBytes, signature] = decodeShape(code, wire, TRANSACTION_BYTES_MAX, (value) => {
    const parts = wireShape(value, 'wire');
    return [
      bytesShape(1, TRANSACTION_BYTES_MAX)(parts[0], 'signedBytes'),
      signatureShape(parts[1], 'signature'),
    ] as const;
  });
  const transaction = decodeShape(code, signedBytes, TRANSACTION_BYTES_MAX, (value) => {
    const envelope = envelopeShape(value, 'transaction');
    return { ...envelope, body: BODY_SHAPES[envelope.kind](envelope.body, 'body') } as Transaction;
  });
  return { transaction, hash: hashTransaction(wire), wire, signedBytes, signature };
}

/** Wire bytes of the transactions that a `TransactionDecoder` remembers. */
export const DECODED_BYTES_MAX = 16 * 1024 * 1024;

/**
 * `decodeTransaction` that remembers the newest answers by the transaction's id, so that a node decodes what comes over
 * gossip, in a proposal and in a block once. What it gives is shared and must not be changed.
 */
export class TransactionDecoder {
  readonly #known = new Map<string, DecodedTransaction>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number = DECODED_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** @throws LedgerError `transaction-malformed`, each time: only what is well-formed is remembered */
  decode(wire: Uint8Array): DecodedTransaction {
    const name = toHex(hashTransaction(wire));
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const decoded = decodeTransaction(wire);
    this.#known.set(name, decoded);
    this.#bytes += wire.length;
    for (const [oldest, { wire: gone }] of this.#known) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#known.delete(oldest);
      this.#bytes -= gone.length;
    }
    return decoded;
  }
}

/** True when `publicKey` (the sender's, 32 bytes) made the signature. */
export function verifyTransactionSignature(
  backend: Backend,
  decoded: DecodedTransaction,
  publicKey: Uint8Array,
): boolean {
  return verifyTagged(
    backend,
    DOMAIN.transactionSignature,
    decoded.signedBytes,
    decoded.signature,
    publicKey,
  );
}
