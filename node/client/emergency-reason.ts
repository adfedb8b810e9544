import {
  decode,
  DOMAIN,
  encode,
  equalBytes,
  expectBytes,
  expectInteger,
  expectList,
  expectMap,
  expectText,
  hash,
  openBox,
  personIdOf,
  sealBox,
  toHex,
} from '#crypto';
import type { CID } from '#crypto';
import {
  readCovers,
  readCustodians,
  readGuardians,
  readPerson,
  readSignKeysAt,
  stateKeys,
} from '#consensus/ledger';
import type { Emergency, Person } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { withOneOf } from './former-keys.ts';
import { readRoster } from './roster.ts';
import { purposeCommitment } from './sealed-note.ts';

/** Letters of a reason. */
const REASON_LENGTH_MAX = 2000;
/** Boxes in one block: patient, doctor, guardians, doctors in charge, and who reviews at two institutions. */
const READERS_MAX = 64;
const REASON_BYTES_MAX = 16 * 1024;
const BLOCK_READ_BYTES_MAX = 1024 * 1024;

/** `sealed`: there is a reason, and it was not sealed to the reader. `none`: the request named no text. */
export type EmergencyReasonText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'sealed' }
  | { readonly kind: 'none' };

const contextOf = ({ chainId }: Connection, doctor: Uint8Array, to: Uint8Array): Uint8Array =>
  hash(DOMAIN.message, chainId, doctor, to);

/**
 * Seals a doctor's reason to everybody who may judge it, and stores the block that the request links: patient and
 * guardians, her doctors in charge and who covers for them, the doctor himself, the first administrators of both
 * institutions, and `readers`. Each box holds the salt of the commitment on the ledger, so all of them are shown to have
 * read the same text (SCHEME 7).
 * @throws ClientError `input-invalid` when the text is too long
 */
export async function storeReason(
  connection: Connection,
  init: {
    readonly text: string;
    readonly salt: Uint8Array;
    readonly patient: Person;
    readonly readers: readonly Uint8Array[];
  },
  options: CallOptions,
): Promise<CID> {
  const { text, salt, patient } = init;
  if (text.length > REASON_LENGTH_MAX) throw new ClientError('input-invalid', { what: 'text too long' });
  const { backend, keys, blocks } = connection;
  const readers = await readersOf(connection, patient, init.readers, options);
  const plaintext = encode({ version: 1, text, salt });
  const boxes = readers.map(({ id, keys: { seal } }) => ({
    to: id,
    box: sealBox(backend, {
      sender: { id: keys.id, secretKey: keys.sign.secretKey },
      recipientSeal: seal,
      context: contextOf(connection, keys.id, id),
      plaintext,
    }),
  }));
  const [link] = await blocks.put([{ codec: 'raw', bytes: encode({ version: 1, boxes }) }], options);
  if (!link) throw new ClientError('answer-malformed', { what: 'store' });
  return link;
}

/** People who are active now, each once, in the order in which they must not be left out. */
async function readersOf(
  connection: Connection,
  patient: Person,
  named: readonly Uint8Array[],
  options: CallOptions,
): Promise<Person[]> {
  const { keys, state } = connection;
  const proven = await state.read(
    [
      stateKeys.custodians(patient.id),
      stateKeys.guardians(patient.id),
      stateKeys.covers(patient.id),
      stateKeys.person(keys.id),
    ],
    options,
  );
  const nowMs = proven.header?.time ?? 0;
  const homes = [readPerson(proven.get, keys.id)?.home, patient.home];
  // Of the roster, not of the genesis: one of the two may have joined later.
  const administrators = (await readRoster(connection, options))
    .filter(({ id }) => homes.some((home) => home !== undefined && equalBytes(home, id)))
    .flatMap((institution) => institution.administrators.map(personIdOf));
  const ids = [
    keys.id,
    patient.id,
    ...readGuardians(proven.get, patient.id, nowMs),
    ...readCustodians(proven.get, patient.id),
    ...administrators,
    ...named,
    ...readCovers(proven.get, patient.id).map(({ doctor }) => doctor),
  ];
  const distinct = [...new Map(ids.map((id) => [toHex(id), id])).values()].slice(0, READERS_MAX);
  const people = await state.read(distinct.map(stateKeys.person), options);
  return distinct.flatMap((id) => {
    const person = readPerson(people.get, id);
    return person !== undefined && (person.status === 'active' || equalBytes(id, patient.id)) ? [person] : [];
  });
}

/**
 * What the doctor of an emergency wrote, if it was sealed to the reader.
 * @throws ClientError `record-invalid` when the block is no reason of that doctor, or not the one that the ledger commits to
 */
export async function openReason(
  connection: Connection,
  emergency: Emergency,
  options: CallOptions,
): Promise<EmergencyReasonText> {
  const { doctor, text: link, textCommitment, height } = emergency;
  if (link === null) return { kind: 'none' };
  const { backend, blocks, keys, state } = connection;
  const block = await blocks.get(link, options);
  const proven = await state.read([stateKeys.person(doctor), stateKeys.keyHistory(doctor)], options);
  const signKeys = readSignKeysAt(proven.get, doctor, height);
  try {
    const boxes = boxesOf(block);
    const mine = boxes.find(({ to }) => equalBytes(to, keys.id));
    if (mine === undefined) return { kind: 'sealed' };
    const context = contextOf(connection, doctor, keys.id);
    const plaintext = withOneOf(signKeys, (senderPublicKey) =>
      openBox(backend, { senderPublicKey, senderId: doctor, recipient: keys.seal, context, box: mine.box }),
    );
    const map = expectMap(decode(plaintext, REASON_BYTES_MAX), ['version', 'text', 'salt'], 'reason');
    expectInteger(map.version, 1, 1, 'version');
    const text = expectText(map.text, REASON_LENGTH_MAX, 'text');
    const commitment = purposeCommitment(expectBytes(map.salt, 32, 'salt'), text);
    if (!equalBytes(commitment, textCommitment))
      throw new ClientError('record-invalid', { what: 'reason: not what the ledger commits to' });
    return { kind: 'text', text };
  } catch (cause) {
    throw cause instanceof ClientError
      ? cause
      : new ClientError('record-invalid', { what: 'reason' }, { cause });
  }
}

function boxesOf(block: Uint8Array): { to: Uint8Array; box: Uint8Array }[] {
  const map = expectMap(decode(block, BLOCK_READ_BYTES_MAX), ['version', 'boxes'], 'reason');
  expectInteger(map.version, 1, 1, 'version');
  return expectList(map.boxes, 1, READERS_MAX, 'boxes').map((value) => {
    const entry = expectMap(value, ['to', 'box'], 'box');
    if (!(entry.box instanceof Uint8Array)) throw new ClientError('record-invalid', { what: 'reason' });
    return { to: expectBytes(entry.to, 32, 'to'), box: entry.box };
  });
}
