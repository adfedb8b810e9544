import {
  decode,
  DOMAIN,
  encode,
  expectInteger,
  expectMap,
  expectText,
  hash,
  openBox,
  sealBox,
  utf8,
} from '#crypto';
import type { CID, PublicKeys } from '#crypto';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';

/** Messages, reasons and profiles: short texts that only one person may read; the ledger has their links. */
export const NOTE_LENGTH_MAX = 4000;
const NOTE_BYTES_MAX = 32 * 1024;

const contextOf = (connection: Connection, from: Uint8Array, to: Uint8Array): Uint8Array =>
  hash(DOMAIN.message, connection.chainId, from, to);

/** Seals a text to one person and stores it. @throws ClientError `input-invalid` when it is too long. */
export async function storeNote(
  connection: Connection,
  text: string,
  to: { readonly id: Uint8Array; readonly keys: PublicKeys },
  options: CallOptions,
): Promise<CID> {
  if (text.length > NOTE_LENGTH_MAX) throw new ClientError('input-invalid', { what: 'text too long' });
  const { backend, keys, blocks } = connection;
  const box = sealBox(backend, {
    sender: { id: keys.id, secretKey: keys.sign.secretKey },
    recipientSeal: to.keys.seal,
    context: contextOf(connection, keys.id, to.id),
    plaintext: encode({ version: 1, text, salt: backend.random(16) }),
  });
  const [link] = await blocks.put([{ codec: 'raw', bytes: box }], options);
  if (!link) throw new ClientError('answer-malformed', { what: 'store' });
  return link;
}

/** Opens a text that `from` sealed to us. @throws ClientError `record-invalid` */
export async function openNote(
  connection: Connection,
  link: CID,
  from: { readonly id: Uint8Array; readonly keys: PublicKeys },
  options: CallOptions,
): Promise<string> {
  const { backend, keys, blocks } = connection;
  const box = await blocks.get(link, options);
  try {
    const plaintext = openBox(backend, {
      senderPublicKey: from.keys.sign,
      senderId: from.id,
      recipient: keys.seal,
      context: contextOf(connection, from.id, keys.id),
      box,
    });
    const map = expectMap(decode(plaintext, NOTE_BYTES_MAX), ['version', 'text', 'salt'], 'note');
    expectInteger(map.version, 1, 1, 'version');
    return expectText(map.text, NOTE_LENGTH_MAX, 'text');
  } catch (cause) {
    throw new ClientError('record-invalid', { what: 'sealed text' }, { cause });
  }
}

/** A salted commitment to a purpose: the salt shows later what was committed to, and nothing before. */
export function purposeCommitment(salt: Uint8Array, purpose: string): Uint8Array {
  return hash(DOMAIN.purpose, salt, utf8(purpose));
}
