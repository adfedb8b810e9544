import { deriveCompartment, DOMAIN, equalBytes, hash, openBox, sealBox, toHex, writerKit } from '#crypto';
import type { Compartment, SealKeyPair, WriterKit } from '#crypto';
import {
  KEYRING_ENTRIES_MAX,
  KEYRING_PLACES,
  readCount,
  readCovers,
  readCustodians,
  readGuardians,
  readItem,
  readKeyring,
  readKitSerial,
  readPerson,
  readSignKeysAt,
  stateKeys,
} from '#consensus/ledger';
import type { KeyringEntry, Person } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { contentsOf, decodeContents, KEYRING_CONTENTS_BYTES_MAX } from './keyring-contents.ts';
import type { DevicePlan, KeyringContents, Seed } from './keyring-contents.ts';
import type { CallOptions } from './deadline.ts';
import { withOneOf } from './former-keys.ts';
import type { Submitted } from './submission.ts';
import type { VaultKeyring } from './vault.ts';

/** Devices of one patient, revoked ones included, that are looked at. */
const DEVICES_MAX = 256;
/** A guardianship or cover that ends sooner than this gets no keys any more. */
const COVER_MARGIN_MS = 60_000;
/** What a keyring may hold with what somebody else sealed: half of what a box takes, or less. */
const FOREIGN_SEEDS_MAX = 2048;
const FOREIGN_CATEGORIES_MAX = 64;
const FOREIGN_BYTES_MAX = KEYRING_CONTENTS_BYTES_MAX / 2;
/** Derived compartments that are kept. */
const COMPARTMENTS_MAX = 20_000;
/** Fact of a box that does not open, as one sealed to a former key does not. */
const SHUT = 'keyring-shut';

interface OpenEntry {
  readonly patient: Uint8Array;
  readonly senderId: Uint8Array;
  readonly signKeys: readonly Uint8Array[];
}

function entryContext(connection: Connection, patient: Uint8Array, recipient: Uint8Array): Uint8Array {
  return hash(DOMAIN.keyring, connection.chainId, patient, recipient);
}

/**
 * The sealed keyring (SCHEME 7): seeds for the patient and her custodians, writer kits for her devices, as X-Wing
 * boxes whose links are in the proven state. Kept in the vault, refreshed when the ledger names another box.
 */
export class Keyrings {
  readonly #connection: Connection;
  /** Derived compartments: a multiplication each, and a search over years asks for hundreds. */
  readonly #compartments = new Map<string, Compartment>();
  /** Serial of the entry that was loaded last, by patient. */
  readonly #serials = new Map<string, number>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** What an anchor names: the serial of the keyring from which `kit` takes its kits (SCHEME 3). */
  kitSerial(patient: Uint8Array): number {
    return this.#serials.get(toHex(patient)) ?? 0;
  }

  /** What the vault holds for this patient, without asking anybody. */
  remembered(patient: Uint8Array): VaultKeyring {
    const { keyrings } = this.#connection.vault;
    const found = keyrings.find((keyring) => equalBytes(keyring.patient, patient));
    if (found) return found;
    const fresh: VaultKeyring = {
      patient: Uint8Array.from(patient),
      boxes: [],
      seeds: [],
      kits: [],
      devices: [],
      isPublished: true,
    };
    keyrings.push(fresh);
    return fresh;
  }

  /**
   * The keyring as the ledger has it now, merged into what is remembered. Empty when nothing was ever sealed to us.
   * `seal`: the key that it was sealed to, if that is a former one.
   *
   * What a custodian sealed to the patient is worth a look and no more: her own place holds what she sealed herself, so
   * a box that does not open, or contradicts what she knows, is left aside.
   * @throws ClientError `record-invalid` when nothing opens, or a box contradicts what is known
   */
  async load(
    patient: Uint8Array,
    options: CallOptions = {},
    seal: SealKeyPair = this.#connection.keys.seal,
  ): Promise<VaultKeyring> {
    const { state, keys } = this.#connection;
    const mine = this.remembered(patient);
    const isPatient = equalBytes(patient, keys.id);
    const places = KEYRING_PLACES.map((place) => stateKeys.keyring(patient, keys.id, place));
    const proven = await state.read(places, options);
    const seen: KeyringEntry[] = [];
    let fault: ClientError | undefined;
    for (const place of KEYRING_PLACES) {
      const entry = readKeyring(proven.get, patient, keys.id, place);
      if (entry === undefined) continue;
      const isKnown = seal === keys.seal && mine.boxes.includes(entry.box.toString());
      const found = isKnown ? undefined : await this.#take(mine, entry, seal, options);
      if (found !== undefined && !(isPatient && place === 'custodian')) {
        if (found.facts['what'] !== SHUT) throw found;
        fault ??= found;
      } else seen.push(entry);
    }
    if (seen.length === 0 && fault !== undefined) throw fault;
    this.#serials.set(toHex(patient), Math.max(0, ...seen.map(({ kitSerial }) => kitSerial ?? 0)));
    mine.boxes = seen.map(({ box }) => box.toString());
    return mine;
  }

  /** Opens an entry and merges it into `mine`; gives what is wrong with it, and then nothing was merged. */
  async #take(
    mine: VaultKeyring,
    entry: KeyringEntry,
    seal: SealKeyPair,
    options: CallOptions,
  ): Promise<ClientError | undefined> {
    const { state, keys, blocks } = this.#connection;
    const { patient } = mine;
    // Whoever sealed it may have other keys by now: what counts is the one of the entry's block.
    const sender = await state.read([stateKeys.person(entry.by), stateKeys.keyHistory(entry.by)], options);
    const signKeys = readSignKeysAt(sender.get, entry.by, entry.height);
    const box = await blocks.get(entry.box, options);
    try {
      const contents = this.#open(box, seal, { patient, senderId: entry.by, signKeys });
      if (!equalBytes(contents.patient, patient))
        throw new ClientError('record-invalid', { what: 'keyring' });
      const next = merged(mine, contents);
      if (!equalBytes(entry.by, keys.id)) requireRoom(next);
      Object.assign(mine, next);
      return undefined;
    } catch (error) {
      if (error instanceof ClientError && error.code === 'record-invalid') return error;
      throw error;
    }
  }

  /** @throws ClientError `record-invalid` unless one of the keys signed the box for us. */
  #open(
    box: Uint8Array,
    recipient: SealKeyPair,
    { patient, senderId, signKeys }: OpenEntry,
  ): KeyringContents {
    const { backend, keys } = this.#connection;
    const context = entryContext(this.#connection, patient, keys.id);
    try {
      return withOneOf(signKeys, (senderPublicKey) => {
        const init = { senderPublicKey, senderId, recipient, context, box };
        return decodeContents(openBox(backend, init));
      });
    } catch (cause) {
      throw new ClientError('record-invalid', { what: SHUT }, { cause });
    }
  }

  /** A person or device in the proven state. @throws ClientError `not-found` */
  async person(id: Uint8Array, options: CallOptions): Promise<Person> {
    const proven = await this.#connection.state.read([stateKeys.person(id)], options);
    const person = readPerson(proven.get, id);
    if (!person) throw new ClientError('not-found', { what: 'person', id: toHex(id) });
    return person;
  }

  /** Compartments of the categories and months, in every generation that is held, newest generation first. */
  compartments(patient: Uint8Array, categories: readonly string[], months: readonly string[]): Compartment[] {
    const seeds = this.remembered(patient)
      .seeds.filter(({ category }) => categories.includes(category))
      .toSorted((a, b) => b.generation - a.generation);
    return seeds.flatMap((seed) => months.map((period) => this.#derive(seed, period)));
  }

  #derive({ category, generation, seed }: Seed, period: string): Compartment {
    // Overwritten when a session ended: what were sealed under it, anybody could open.
    if (seed.every((byte) => byte === 0)) throw new ClientError('no-keys');
    const name = `${toHex(seed)}/${category}/${generation}/${period}`;
    const known = this.#compartments.get(name);
    if (known) return known;
    const derived = deriveCompartment(this.#connection.backend, seed, { category, generation, period });
    if (this.#compartments.size >= COMPARTMENTS_MAX) this.#compartments.clear();
    this.#compartments.set(name, derived);
    return derived;
  }

  /** The kit with which this client writes into a category and month now: its own as a device, else derived. */
  kit(patient: Uint8Array, category: string, period: string): WriterKit {
    const { backend, keys } = this.#connection;
    const { seeds, kits } = this.remembered(patient);
    const newest = newestSeed(seeds, category);
    if (newest) {
      return writerKit(backend, this.#derive(newest, period), keys.id, newest.generation);
    }
    const [kit] = kits
      .filter(
        ({ name, writer }) =>
          name.category === category && name.period === period && equalBytes(writer, keys.id),
      )
      .toSorted((a, b) => b.name.generation - a.name.generation);
    if (!kit) throw new ClientError('no-access', { what: 'no writer kit for this category and month' });
    return kit;
  }

  /** Adds a fresh seed for every category that has none. */
  ensureSeeds(patient: Uint8Array, categories: readonly string[]): void {
    const mine = this.remembered(patient);
    const missing = categories.filter((category) => !newestSeed(mine.seeds, category));
    for (const category of missing) {
      mine.seeds.push({ category, generation: 0, seed: this.#connection.backend.random(32) });
      mine.isPublished = false;
    }
  }

  /** A new generation of the categories: what is written from now on is out of reach of every older key. */
  renewSeeds(patient: Uint8Array, categories: readonly string[]): void {
    const mine = this.remembered(patient);
    for (const category of categories) {
      const generation = (newestSeed(mine.seeds, category)?.generation ?? -1) + 1;
      mine.seeds.push({ category, generation, seed: this.#connection.backend.random(32) });
      mine.isPublished = false;
    }
  }

  /** Replaces what a device is given kits for. No categories: it gets none any more. */
  planDevice(patient: Uint8Array, plan: DevicePlan): void {
    const mine = this.remembered(patient);
    const others = mine.devices.filter(({ device }) => !equalBytes(device, plan.device));
    mine.devices = plan.categories.length === 0 ? others : [...others, plan];
    mine.isPublished = false;
  }

  /**
   * Seals seeds to the patient and her custodians and kits to her devices, stores the boxes and puts their links on
   * the ledger. `renewed` counts the kit serial up: the kits given before are superseded.
   */
  async publish(
    patient: Uint8Array,
    init: { renewed: boolean },
    options: CallOptions = {},
  ): Promise<Submitted> {
    const mine = this.remembered(patient);
    const { keys, submission, blocks, state } = this.#connection;
    const proven = await state.read([stateKeys.kits(patient)], options);
    const kitSerial = readKitSerial(proven.get, patient) + (init.renewed ? 1 : 0);
    const recipients = await this.#recipients(patient, options);
    const sealed = recipients.flatMap((recipient) => this.#seal(mine, recipient, kitSerial));
    const links = await blocks.put(
      sealed.map(({ box }) => ({ codec: 'raw', bytes: box })),
      options,
    );
    const entries = sealed.flatMap(({ recipient }, i) => {
      const box = links[i];
      return box ? [{ recipient, box }] : [];
    });
    // The patient's own entry is in the first update. Anybody in charge can name more people than one update takes.
    const submit = (part: typeof entries): Promise<Submitted> =>
      submission.submit('keyring.update', { patient, entries: part, kitSerial }, options);
    let submitted = await submit(entries.slice(0, KEYRING_ENTRIES_MAX));
    for (let i = KEYRING_ENTRIES_MAX; i < entries.length; i += KEYRING_ENTRIES_MAX)
      submitted = await submit(entries.slice(i, i + KEYRING_ENTRIES_MAX));
    const own = entries.find(({ recipient }) => equalBytes(recipient, keys.id));
    if (own) mine.boxes = [...mine.boxes.slice(1 - KEYRING_PLACES.length), own.box.toString()];
    this.#serials.set(toHex(patient), kitSerial);
    mine.isPublished = true;
    return submitted;
  }

  #seal(mine: VaultKeyring, recipient: Person, serial: number): { recipient: Uint8Array; box: Uint8Array }[] {
    const { backend, keys } = this.#connection;
    const isDevice = recipient.role === 'device';
    const kits = isDevice ? this.#kitsFor(mine, recipient.id, serial) : [];
    if (isDevice && kits.length === 0) return [];
    const contents = {
      patient: mine.patient,
      seeds: isDevice ? [] : mine.seeds,
      kits,
      devices: isDevice ? [] : mine.devices,
    };
    const box = sealBox(backend, {
      sender: { id: keys.id, secretKey: keys.sign.secretKey },
      recipientSeal: recipient.keys.seal,
      context: entryContext(this.#connection, mine.patient, recipient.id),
      plaintext: contentsOf(contents),
    });
    return [{ recipient: recipient.id, box }];
  }

  /** Kits of the newest generation for what the device was enrolled for. */
  #kitsFor(mine: VaultKeyring, device: Uint8Array, serial: number): WriterKit[] {
    const { backend } = this.#connection;
    const plan = mine.devices.find((known) => equalBytes(known.device, device));
    return (plan?.categories ?? []).flatMap((category) => {
      const newest = newestSeed(mine.seeds, category);
      if (!newest || !plan) return [];
      return plan.months.map((period) => writerKit(backend, this.#derive(newest, period), device, serial));
    });
  }

  /** The patient, whoever is in charge of her or covers for one who is, and her active devices, from the proven state. */
  async #recipients(patient: Uint8Array, options: CallOptions): Promise<Person[]> {
    const { state } = this.#connection;
    const first = await state.read(
      [
        stateKeys.custodians(patient),
        stateKeys.devicesOfCount(patient),
        stateKeys.guardians(patient),
        stateKeys.covers(patient),
      ],
      options,
    );
    const custodians = readCustodians(first.get, patient);
    const count = Math.min(readCount(first.get, 'devices-of', patient), DEVICES_MAX);
    const positions = Array.from({ length: count }, (_, i) => i);
    const list = await state.read(
      positions.map((i) => stateKeys.devicesOf(patient, i)),
      options,
    );
    const devices = positions.flatMap((i) => readItem(list.get, 'devices-of', patient, i) ?? []);
    // What ends in these minutes is left out: the ledger would refuse the whole update for one recipient.
    const untilMs = (first.header?.time ?? 0) + COVER_MARGIN_MS;
    const guardians = readGuardians(first.get, patient, untilMs);
    const inCharge = [patient, ...custodians, ...guardians];
    const covers = readCovers(first.get, patient).filter((cover) => untilMs < cover.untilMs);
    const ids = distinct([...inCharge, ...covers.map(({ doctor }) => doctor), ...devices]);
    const people = await state.read(
      distinct([...ids, ...covers.map(({ by }) => by)]).map(stateKeys.person),
      options,
    );
    const isBacked = (id: Uint8Array): boolean =>
      [...inCharge, ...devices].some((one) => equalBytes(one, id)) ||
      covers.some(
        ({ doctor, by }) =>
          equalBytes(doctor, id) &&
          inCharge.some((one) => equalBytes(one, by)) &&
          readPerson(people.get, by)?.status === 'active',
      );
    return ids.filter(isBacked).flatMap((id) => {
      const person = readPerson(people.get, id);
      return person?.status === 'active' ? [person] : [];
    });
  }
}

const distinct = (ids: readonly Uint8Array[]): Uint8Array[] => [
  ...new Map(ids.map((id) => [toHex(id), id])).values(),
];

const newestSeed = (seeds: readonly Seed[], category: string): Seed | undefined =>
  seeds.filter((seed) => seed.category === category).toSorted((a, b) => b.generation - a.generation)[0];

/**
 * What somebody else seals leaves room for many new generations, and leaves none out: else one box under a made-up
 * generation, or full of whatever, would keep the patient from ever starting anew.
 * @throws ClientError `record-invalid`
 */
function requireRoom(merged: VaultKeyring): void {
  const generations = new Map<string, number[]>();
  for (const { category, generation } of merged.seeds)
    generations.set(category, [...(generations.get(category) ?? []), generation]);
  const isWhole = [...generations.values()].every((all) => Math.max(...all) === all.length - 1);
  const hasRoom =
    generations.size <= FOREIGN_CATEGORIES_MAX &&
    merged.seeds.length <= FOREIGN_SEEDS_MAX &&
    contentsOf({ ...merged, kits: [] }).length <= FOREIGN_BYTES_MAX;
  if (!isWhole || !hasRoom) throw new ClientError('record-invalid', { what: 'keyring without room' });
}

/** With what is new. A seed that is known is never replaced: whoever sealed another one under its name is wrong. */
function merged(mine: VaultKeyring, contents: KeyringContents): VaultKeyring {
  const knownOf = ({ category, generation }: Seed): Seed | undefined =>
    mine.seeds.find((known) => known.category === category && known.generation === generation);
  for (const seed of contents.seeds) {
    const known = knownOf(seed);
    if (known && !equalBytes(known.seed, seed.seed)) {
      throw new ClientError('record-invalid', { what: 'keyring conflict' });
    }
  }
  const seeds = [...mine.seeds, ...contents.seeds.filter((seed) => !knownOf(seed))];
  const devices = [...mine.devices, ...contents.devices];
  const isSame = (a: WriterKit, b: WriterKit): boolean =>
    equalBytes(a.A, b.A) && equalBytes(a.writer, b.writer);
  const kits = contents.kits.filter((kit) => !mine.kits.some((known) => isSame(known, kit)));
  return {
    ...mine,
    seeds,
    devices: [...new Map(devices.map((plan) => [toHex(plan.device), plan])).values()],
    kits: [...mine.kits, ...kits],
  };
}
