import {
  decode,
  DOMAIN,
  encode,
  equalBytes,
  expectBytes,
  expectList,
  expectMap,
  hash,
  linkOf,
  openBox,
  personIdOf,
  sealBox,
} from '#crypto';

import type { CID, PublicKeys } from '#crypto';
import { readFormerKeys, stateKeys } from '#consensus/ledger';
import type { Person, PersonRole } from '#consensus/ledger';
import { PROFILE_BYTES_MAX } from './api.ts';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { withOneOf } from './former-keys.ts';
import { choice, object, text } from './wire-shape.ts';
import type { ShapeOf } from './wire-shape.ts';

const RECIPIENTS_MAX = 12;

const line = (max: number, min = 0) => text({ isTrimmed: true, min, max });

/** Empty, or a day of the calendar. */
const dayOrNothing = text({
  pattern: /^(?:\d{4}-\d{2}-\d{2})?$/,
  isGood: (day) => day === '' || isDay(day),
});

function isDay(day: string): boolean {
  const timeMs = Date.parse(`${day}T00:00:00Z`);
  // Some engines take 31 February for a day of March.
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(day);
}

/** Who somebody says she is when she applies. Empty texts where nothing was said. */
export const profileSchema = object({
  family: line(80, 1),
  given: line(80, 1),
  /** `YYYY-MM-DD`. */
  birthDate: dayOrNothing,
  /** FHIR administrative gender. */
  sex: choice(['', 'female', 'male', 'other', 'unknown']),
  /** Number that the institution knows her by: a record number, or a licence to practise. */
  number: line(60),
  speciality: line(120),
  /** Telephone or e-mail, for the institution's office. */
  contact: line(120),
  /** For the administrators who decide. */
  message: line(1000),
});
export type Profile = ShapeOf<typeof profileSchema>;

export const emptyProfile: Profile = {
  family: '',
  given: '',
  birthDate: '',
  sex: '',
  number: '',
  speciality: '',
  contact: '',
  message: '',
};

/**
 * Professionals answer for their acts by name, to every member of the network: their name, speciality and number are in
 * the clear. Everything about a patient is sealed to the administrators who decide, and to herself.
 */
const isPublic = (role: PersonRole): boolean => role !== 'patient';

const contextOf = (chainId: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array =>
  hash(DOMAIN.profile, chainId, from, to);

/**
 * The block that a registration links. Sealed to the first administrators of the home institution: others who join
 * later do not see it.
 * @throws ClientError `input-invalid`
 */
export function profileBlock(
  { backend, chainId, keys }: Connection,
  init: {
    readonly role: PersonRole;
    /** Of the home institution. */
    readonly administrators: readonly PublicKeys[];
    readonly profile: Profile;
  },
): Uint8Array {
  const parsed = profileSchema.safeParse(init.profile);
  if (!parsed.success) throw new ClientError('input-invalid', { what: 'profile' });
  const shown = { ...parsed.data, birthDate: '', sex: '', contact: '', message: '' } satisfies Profile;
  const boxes = [keys.publicKeys, ...init.administrators].slice(0, RECIPIENTS_MAX).map((recipient) => {
    const to = personIdOf(recipient);
    const box = sealBox(backend, {
      sender: { id: keys.id, secretKey: keys.sign.secretKey },
      recipientSeal: recipient.seal,
      context: contextOf(chainId, keys.id, to),
      plaintext: encode({ profile: parsed.data, salt: backend.random(16) }),
    });
    return { to, box };
  });
  const block = encode({ version: 1, shown: isPublic(init.role) ? shown : null, boxes });
  if (block.length > PROFILE_BYTES_MAX) throw new ClientError('input-invalid', { what: 'profile' });
  return block;
}

export const profileLink = (block: Uint8Array): CID => linkOf('raw', block);

/** Profiles of people, each read once. */
export class Profiles {
  readonly #connection: Connection;
  readonly #known = new Map<string, Profile | undefined>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * What somebody said of herself, as far as this person may read it; undefined when there is nothing for her.
   * @throws ClientError `record-invalid` when the block is not one of that person
   */
  async of(person: Person, options: CallOptions = {}): Promise<Profile | undefined> {
    if (person.profile === null) return undefined;
    const link = person.profile.toString();
    if (this.#known.has(link)) return this.#known.get(link);
    const block = await this.#connection.blocks.get(person.profile, options);
    const profile = await this.#read(block, person, options);
    this.#known.set(link, profile);
    return profile;
  }

  async #read(block: Uint8Array, person: Person, options: CallOptions): Promise<Profile | undefined> {
    const { keys, state } = this.#connection;
    const { shown, boxes } = decodeBlock(block);
    const mine = boxes.find(({ to }) => equalBytes(to, keys.id));
    if (mine === undefined) return shown ?? undefined;
    const proven = await state.read([stateKeys.person(person.id), stateKeys.keyHistory(person.id)], options);
    // Sealed when she registered, or when she asked to move: with whatever keys she had then.
    const former = readFormerKeys(proven.get, person.id).map(({ sign }) => sign);
    return this.#open(mine.box, person.id, [person.keys.sign, ...former]);
  }

  #open(box: Uint8Array, senderId: Uint8Array, signKeys: readonly PublicKeys['sign'][]): Profile {
    const { backend, chainId, keys } = this.#connection;
    try {
      const plaintext = withOneOf(signKeys, (senderPublicKey) =>
        openBox(backend, {
          senderPublicKey,
          senderId,
          recipient: keys.seal,
          context: contextOf(chainId, senderId, keys.id),
          box,
        }),
      );
      const map = expectMap(decode(plaintext, PROFILE_BYTES_MAX), ['profile', 'salt'], 'profile');
      return profileSchema.parse(map.profile);
    } catch (cause) {
      throw new ClientError('record-invalid', { what: 'profile' }, { cause });
    }
  }
}

function decodeBlock(block: Uint8Array): {
  shown: Profile | null;
  boxes: { to: Uint8Array; box: Uint8Array }[];
} {
  try {
    const map = expectMap(decode(block, PROFILE_BYTES_MAX), ['version', 'shown', 'boxes'], 'profile');
    if (map.version !== 1) throw new ClientError('record-invalid', { what: 'profile' });
    return {
      shown: map.shown === null ? null : profileSchema.parse(map.shown),
      boxes: expectList(map.boxes, 0, RECIPIENTS_MAX, 'boxes').map((value) => {
        const entry = expectMap(value, ['to', 'box'], 'box');
        if (!(entry.box instanceof Uint8Array)) throw new ClientError('record-invalid', { what: 'profile' });
        return { to: expectBytes(entry.to, 32, 'to'), box: entry.box };
      }),
    };
  } catch (cause) {
    throw new ClientError('record-invalid', { what: 'profile' }, { cause });
  }
}
