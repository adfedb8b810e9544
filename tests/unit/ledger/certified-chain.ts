import { DOMAIN, sha256, signTagged, toHex, utf8 } from '#crypto';
import {
  bitmapOf,
  encodeCertificate,
  encodeHeader,
  evidenceHashOf,
  hashHeader,
  lastCommitHashOf,
  quorum,
  txRootOf,
  validatorSetOf,
  validatorsHashOf,
  voteBytes,
} from '#consensus';
import type { Header, ValidatorSet } from '#consensus';
import { chainIdOf } from '#consensus/ledger';
import type { Genesis, SetChange } from '#consensus/ledger';
import { backend, node } from './consortium.ts';

/** A set of institutions by name, from a height on. */
export interface NamedSet {
  readonly fromHeight: number;
  readonly names: readonly string[];
}

export interface Head {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
}

/** Certified heads of a chain whose sets a test lays out; anybody can be made to sign anything. */
export class CertifiedChain {
  readonly chainId: Uint8Array;
  readonly sets: readonly NamedSet[];
  /** Tells one branch from another. */
  readonly branch: string;

  constructor(genesis: Genesis, sets: readonly NamedSet[], branch = 'true') {
    this.chainId = chainIdOf(genesis);
    this.sets = sets;
    this.branch = branch;
  }

  namesAt(height: number): readonly string[] {
    return this.sets.findLast(({ fromHeight }) => fromHeight <= height)?.names ?? [];
  }

  header(height: number, changed: Partial<Header> = {}): Header {
    return {
      version: 1,
      chainId: this.chainId,
      height,
      parentHash: sha256(utf8(`${this.branch} ${height - 1}`)),
      time: 1_790_000_000_000 + 1000 * height,
      proposer: 0,
      txRoot: txRootOf([]),
      stateRoot: sha256(utf8(`${this.branch} state ${height}`)),
      validatorsHash: validatorsHashOf(setOf(this.namesAt(height))),
      nextValidatorsHash: validatorsHashOf(setOf(this.namesAt(height + 1))),
      lastCommitHash: lastCommitHashOf(null),
      evidenceHash: evidenceHashOf([]),
      ...changed,
    };
  }

  /** A head certified by a quorum of its set, or by the `signers` of another set. */
  head(
    height: number,
    changed: Partial<Header> = {},
    by: { set?: readonly string[]; signers?: readonly string[] } = {},
  ): Head {
    const header = this.header(height, changed);
    const names = by.set ?? this.namesAt(height);
    const set = setOf(names);
    const signers = by.signers ?? names.slice(0, quorum(names.length));
    const blockHash = hashHeader(header);
    const message = voteBytes(this.chainId, 'commit', height, 0, blockHash);
    const signed = signers
      .map((name) => ({ name, index: set.findIndex(({ id }) => toHex(id) === toHex(node(name).id)) }))
      .toSorted((a, b) => a.index - b.index);
    const certificate = {
      height,
      round: 0,
      blockHash,
      scheme: 1 as const,
      bitmap: bitmapOf(
        signed.map(({ index }) => index),
        set.length,
      ),
      signatures: signed.map(({ name }) =>
        signTagged(backend, DOMAIN.vote, message, node(name).validator.secretKey),
      ),
    };
    return { header: encodeHeader(header), certificate: encodeCertificate(certificate) };
  }

  /** The change to the set that begins at `fromHeight`. */
  change(fromHeight: number): SetChange {
    return { ...this.head(fromHeight - 1), validators: setOf(this.namesAt(fromHeight)) };
  }

  /** Every change, in order. */
  changes(): SetChange[] {
    return this.sets.slice(1).map(({ fromHeight }) => this.change(fromHeight));
  }
}

export function setOf(names: readonly string[]): ValidatorSet {
  return validatorSetOf(
    names.map((name) => ({ id: node(name).id, publicKey: node(name).validator.publicKey })),
  );
}
