import { decode, encode, equalBytes, expectInteger, expectList, expectMap, toHex } from '#crypto';
import type { Backend } from '#crypto';
import { decodeCertificate, hashHeader, signersOf } from '#consensus';
import { ACCESS_ITEMS_MAX, ValidatorHistory, verifyHead } from '#consensus/ledger';
import type { Genesis, SetChange } from '#consensus/ledger';
import { institutionName, judge, signedAnswer } from './proxy-judgement.ts';
import { accessProofFrom, accessProofValue, verifyAccessProof } from './receipt-access.ts';
import type { AccessProof } from './receipt-access.ts';
import { bytesOf, demand, frameProof, PROOF_FILE_BYTES_MAX, verifyFramed } from './receipt-file.ts';
import type { ProofFacts } from './receipt-file.ts';
import { changesField, changesFrom, changesNames } from './set-changes.ts';

/** A node signed, for a committed access request, a conversion that its own proof does not support. */
export interface FalseConversion {
  readonly node: Uint8Array;
  /** Its name, of the genesis or proven by the file itself for one that joined later. */
  readonly nodeName: string;
  readonly access: Uint8Array;
  /** Index into the items of the access request: the first that is false. */
  readonly item: number;
  readonly height: number;
}

/** A quorum certified two blocks of one height. */
export interface TwoCertificates {
  readonly height: number;
  /** Hashes of the two blocks. */
  readonly blocks: readonly [Uint8Array, Uint8Array];
  /** Validators that signed both; they outnumber the faults that the network is made to stand. */
  readonly signedBoth: readonly Uint8Array[];
}

interface Checked<T> {
  readonly value: T;
  readonly facts: ProofFacts;
  readonly proof: Uint8Array;
}

/** The evidence file against a lying proxy. @throws ClientError `proof-invalid` when the answer is no lie. */
export function encodeFalseConversion(
  backend: Backend,
  genesis: Genesis,
  access: AccessProof,
  answer: Uint8Array,
): Uint8Array {
  const { access: converted } = verifyAccessProof(backend, genesis, access);
  const signed = signedAnswer(backend, converted, answer);
  const verdict = signed === undefined ? undefined : judge(backend, converted, signed);
  demand(verdict?.kind === 'false', 'no lie');
  const proof = encode({ access: accessProofValue(access), answer, item: verdict.item });
  const { facts } = checkFalseConversion(backend, genesis, proof);
  return frameProof('phr-mesh-false-conversion', facts, proof);
}

/** Verifies such a file offline. @throws ClientError `input-invalid`, `proof-invalid`. */
export function verifyFalseConversion(
  backend: Backend,
  genesis: Uint8Array,
  file: Uint8Array,
): FalseConversion {
  return verifyFramed('phr-mesh-false-conversion', { genesis, file }, (known, proof) =>
    checkFalseConversion(backend, known, proof),
  );
}

function checkFalseConversion(
  backend: Backend,
  genesis: Genesis,
  proof: Uint8Array,
): Checked<FalseConversion> {
  const map = expectMap(decode(proof, PROOF_FILE_BYTES_MAX), ['access', 'answer', 'item'], 'evidence');
  const { access, block } = verifyAccessProof(backend, genesis, accessProofFrom(map.access));
  const answer = signedAnswer(backend, access, bytesOf(map.answer));
  demand(answer !== undefined, 'an answer that its proxy did not sign');
  const verdict = judge(backend, access, answer);
  const item = expectInteger(map.item, 0, ACCESS_ITEMS_MAX - 1, 'item');
  demand(verdict.kind === 'false' && verdict.item === item, 'no lie');
  const nodeName = institutionName(genesis, answer.node, access.holders);
  const value = { node: answer.node, nodeName, access: access.id, item, height: block.height };
  const facts = {
    network: genesis.name,
    proxy: nodeName,
    access: toHex(access.id),
    item,
    height: block.height,
    time: new Date(block.time).toISOString(),
  };
  return { value, facts, proof };
}

/** The head of a block: header and certificate, as a node gives them. */
export interface HeadBytes {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
}

/** The alarm: two certified blocks of one height. @throws ClientError `proof-invalid` when they are no such thing. */
export function encodeTwoCertificates(
  backend: Backend,
  genesis: Genesis,
  heads: readonly [HeadBytes, HeadBytes],
  changes: readonly SetChange[] = [],
): Uint8Array {
  const proof = encode({
    heads: heads.map(({ header, certificate }) => ({ header, certificate })),
    ...changesField(changes),
  });
  const { facts } = checkTwoCertificates(backend, genesis, proof);
  return frameProof('phr-mesh-two-certificates', facts, proof);
}

/** Verifies such a file offline. @throws ClientError `input-invalid`, `proof-invalid`. */
export function verifyTwoCertificates(
  backend: Backend,
  genesis: Uint8Array,
  file: Uint8Array,
): TwoCertificates {
  return verifyFramed('phr-mesh-two-certificates', { genesis, file }, (known, proof) =>
    checkTwoCertificates(backend, known, proof),
  );
}

function checkTwoCertificates(
  backend: Backend,
  genesis: Genesis,
  proof: Uint8Array,
): Checked<TwoCertificates> {
  const decoded = decode(proof, PROOF_FILE_BYTES_MAX);
  const map = expectMap(decoded, ['heads', ...changesNames(decoded)], 'evidence');
  const changes = changesFrom(decoded);
  const history = new ValidatorHistory(backend, genesis);
  for (const change of changes) history.follow(change);
  const heads = expectList(map['heads'], 2, 2, 'heads').map((value) => {
    const head = expectMap(value, ['header', 'certificate'], 'head');
    const certificate = bytesOf(head.certificate);
    const header = verifyHead(backend, genesis, bytesOf(head.header), certificate, changes);
    return { header, hash: hashHeader(header), certificate: decodeCertificate(certificate) };
  });
  const [first, second] = heads;
  demand(first !== undefined && second !== undefined, 'two heads');
  demand(first.header.height === second.header.height, 'two heights');
  demand(!equalBytes(first.hash, second.hash), 'one block twice');
  const validators = history.setAt(first.header.height);
  const others = new Set(signersOf(second.certificate.bitmap, validators.length));
  const both = (signersOf(first.certificate.bitmap, validators.length) ?? [])
    .filter((index) => others.has(index))
    .flatMap((index) => validators[index]?.id ?? []);
  const value: TwoCertificates = {
    height: first.header.height,
    blocks: [first.hash, second.hash],
    signedBoth: both,
  };
  const facts = {
    network: genesis.name,
    height: value.height,
    blocks: value.blocks.map(toHex),
    signedBoth: both.map((id) => institutionName(genesis, id)),
  };
  return { value, facts, proof };
}
