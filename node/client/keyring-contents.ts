import {
  checkCompartmentName,
  decode,
  encode,
  expectBytes,
  expectInteger,
  expectList,
  expectMap,
  expectText,
} from '#crypto';
import type { WriterKit } from '#crypto';

/** One generation seed of one category (SCHEME 3). */
export interface Seed {
  category: string;
  generation: number;
  /** 32 bytes. */
  seed: Uint8Array;
}

/** What a device was given kits for, so that whoever starts a new generation can reach it too. */
export interface DevicePlan {
  device: Uint8Array;
  categories: string[];
  months: string[];
}

/** What a sealed keyring entry holds: seeds for the patient and her custodians, writer kits for a device. */
export interface KeyringContents {
  patient: Uint8Array;
  seeds: Seed[];
  kits: WriterKit[];
  /** Sealed to the patient and her custodians only. */
  devices: DevicePlan[];
}

export const KEYRING_CONTENTS_BYTES_MAX = 900 * 1024;
const SEEDS_MAX = 4096;
const KITS_MAX = 4096;
const DEVICES_MAX = 256;
const PLAN_MAX = 2048;

/** Canonical bytes, in the order in which they are given. */
export function contentsOf({ patient, seeds, kits, devices }: KeyringContents): Uint8Array {
  return encode({
    version: 1,
    patient,
    seeds: seeds.map(({ category, generation, seed }) => ({ category, generation, seed })),
    kits: kits.map(({ name, A, kappaLane, ixLane, serial, writer }) => ({
      name: { ...name },
      A,
      kappaLane,
      ixLane,
      serial,
      writer,
    })),
    devices: devices.map(({ device, categories, months }) => ({ device, categories, months })),
  });
}

/** Inverse of `contentsOf`. @throws CryptoError `encoding` or `input-invalid`. */
export function decodeContents(bytes: Uint8Array): KeyringContents {
  const map = expectMap(
    decode(bytes, KEYRING_CONTENTS_BYTES_MAX),
    ['version', 'patient', 'seeds', 'kits', 'devices'],
    'keyring',
  );
  expectInteger(map.version, 1, 1, 'version');
  return {
    patient: expectBytes(map.patient, 32, 'patient'),
    seeds: expectList(map.seeds, 0, SEEDS_MAX, 'seeds').map((value) => {
      const seed = expectMap(value, ['category', 'generation', 'seed'], 'seed');
      const name = nameOf(seed.category, seed.generation, 'all');
      return {
        category: name.category,
        generation: name.generation,
        seed: expectBytes(seed.seed, 32, 'seed'),
      };
    }),
    kits: expectList(map.kits, 0, KITS_MAX, 'kits').map(kitOf),
    devices: expectList(map.devices, 0, DEVICES_MAX, 'devices').map((value) => {
      const plan = expectMap(value, ['device', 'categories', 'months'], 'device');
      return {
        device: expectBytes(plan.device, 32, 'device'),
        categories: expectList(plan.categories, 0, PLAN_MAX, 'categories').map((text) =>
          expectText(text, 64, 'category'),
        ),
        months: expectList(plan.months, 0, PLAN_MAX, 'months').map((text) => expectText(text, 16, 'month')),
      };
    }),
  };
}

function nameOf(category: unknown, generation: unknown, period: unknown) {
  const name = {
    category: expectText(category, 64, 'category'),
    generation: expectInteger(generation, 0, 0xffff_ffff, 'generation'),
    period: expectText(period, 16, 'period'),
  };
  checkCompartmentName(name);
  return name;
}

function kitOf(value: unknown): WriterKit {
  const kit = expectMap(value, ['name', 'A', 'kappaLane', 'ixLane', 'serial', 'writer'], 'kit');
  const name = expectMap(kit.name, ['category', 'generation', 'period'], 'name');
  return {
    name: nameOf(name.category, name.generation, name.period),
    A: expectBytes(kit.A, 32, 'A'),
    kappaLane: expectBytes(kit.kappaLane, 32, 'kappaLane'),
    ixLane: expectBytes(kit.ixLane, 32, 'ixLane'),
    serial: expectInteger(kit.serial, 0, Number.MAX_SAFE_INTEGER, 'serial'),
    writer: expectBytes(kit.writer, 32, 'writer'),
  };
}
