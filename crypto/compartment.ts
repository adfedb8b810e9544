import type { Backend } from './backend/backend.ts';
import { uint32, utf8 } from './bytes.ts';
import { CryptoError } from './crypto-error.ts';
import { DOMAIN } from './domain-tags.ts';
import { hashToScalar, prf } from './hash.ts';

export const GENERATION_SEED_BYTES = 32;

/** What a condition is made of: patient x category x period x generation (the patient is in the seed). */
export interface CompartmentName {
  /** 1 to 64 of a-z, 0-9, `-`. */
  readonly category: string;
  /** 0 to 2^32-1. */
  readonly generation: number;
  /** A clinical month `2026-11`, a year of grouped past months `2019`, or `all`. */
  readonly period: string;
}

/** What the patient and her custodians can derive. */
export interface Compartment {
  readonly name: CompartmentName;
  /** The opening scalar. Never leaves the patient's side. */
  readonly a: Uint8Array;
  /** A = a*G. */
  readonly A: Uint8Array;
  /** The second lock. */
  readonly kappa: Uint8Array;
  /** The search key. */
  readonly ix: Uint8Array;
}

/** What a grant hands over: everything but `a`. */
export type DelegateCompartment = Omit<Compartment, 'a'>;

/** What a device or doctor needs to write into a compartment, in its own lane only (SCHEME 3). */
export interface WriterKit {
  readonly name: CompartmentName;
  readonly A: Uint8Array;
  /** PRF(kappa, writer). */
  readonly kappaLane: Uint8Array;
  /** PRF(ix, writer). */
  readonly ixLane: Uint8Array;
  readonly serial: number;
  /** The writer's id, 32 bytes. */
  readonly writer: Uint8Array;
}

/**
 * Refuses a name that is not of the form of SCHEME 3 (category of 1 to 64 bytes, generation below 2^32, period);
 * throws CryptoError('input-invalid').
 */
export function checkCompartmentName(name: CompartmentName): void {
  const categoryIsValid = /^[a-z0-9-]{1,64}$/.test(name.category);
  const generationIsValid =
    Number.isInteger(name.generation) && name.generation >= 0 && name.generation <= 0xffff_ffff;
  if (!categoryIsValid || !generationIsValid || !/^(all|\d{4}(-(0[1-9]|1[0-2]))?)$/.test(name.period)) {
    throw new CryptoError('input-invalid', 'compartment name');
  }
}

/**
 * All keys of a compartment, 32 bytes each, out of the 32-byte generation seed of its category (SCHEME 3). Category
 * and generation are bound in as well as the period, so that even one seed used twice by mistake opens one
 * compartment only. Throws CryptoError('input-invalid' | 'key-invalid').
 */
export function deriveCompartment(
  backend: Backend,
  generationSeed: Uint8Array,
  name: CompartmentName,
): Compartment {
  checkCompartmentName(name);
  if (generationSeed.length !== GENERATION_SEED_BYTES)
    throw new CryptoError('key-invalid', 'generation seed');
  const seed = prf(
    DOMAIN.period,
    generationSeed,
    utf8(name.category),
    uint32(name.generation),
    utf8(name.period),
  );
  const a = hashToScalar(DOMAIN.open, seed);
  return {
    name,
    a,
    A: backend.group.multiplyBase(a),
    kappa: prf(DOMAIN.body, seed),
    ix: prf(DOMAIN.index, seed),
  };
}

/** The lane's part of the second lock: kappa_m of SCHEME 3, PRF(kappa, writer), 32 bytes. Never throws. */
export function laneBodyKey(kappa: Uint8Array, writer: Uint8Array): Uint8Array {
  return prf(DOMAIN.laneBody, kappa, writer);
}

/** The lane's search key: ix_m of SCHEME 3, PRF(ix, writer), 32 bytes of 32 and 32. Never throws. */
export function laneIndexKey(ix: Uint8Array, writer: Uint8Array): Uint8Array {
  return prf(DOMAIN.laneIndex, ix, writer);
}

/**
 * The kit of one writer (id of 32 bytes) for one compartment (SCHEME 3); the serial counts from 0. Throws
 * CryptoError('input-invalid' | 'point-invalid').
 */
export function writerKit(
  backend: Backend,
  from: Compartment | DelegateCompartment,
  writer: Uint8Array,
  serial: number,
): WriterKit {
  if (writer.length !== 32) throw new CryptoError('input-invalid', 'writer id');
  if (!Number.isSafeInteger(serial) || serial < 0) throw new CryptoError('input-invalid', 'kit serial');
  if (!backend.group.isElement(from.A)) throw new CryptoError('point-invalid', 'compartment key');
  return {
    name: from.name,
    A: from.A,
    kappaLane: laneBodyKey(from.kappa, writer),
    ixLane: laneIndexKey(from.ix, writer),
    serial,
    writer: Uint8Array.from(writer),
  };
}

/** A compartment without its opening scalar: name, A, kappa, ix of 32 bytes each (SCHEME 3). Never throws. */
export function delegateCompartment(compartment: Compartment): DelegateCompartment {
  const { name, A, kappa, ix } = compartment;
  return { name, A, kappa, ix };
}
