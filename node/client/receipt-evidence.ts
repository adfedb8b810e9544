import { decode, encode, equalBytes, expectInteger, expectList, expectMap, toHex } from '#crypto';
import type { Backend } from '#crypto';
import { decodeCertificate, decodeHeader, hashHeader, signersOf } from '#consensus';
import {
  ACCESS_ITEMS_MAX,
  provenReader,
  readInstitution,
  stateKeys,
  verifyHead,
  verifyProof,
} from '#consensus/ledger';
import type { Genesis, SetChange, ValidatorHistory } from '#consensus/ledger';
import type { StateEvidence } from './proven-state.ts';
import { institutionName, judge, signedAnswer } from './proxy-judgement.ts';
import { accessProofFrom, accessProofValue, verifyAccessProof } from './receipt-access.ts';
import type { AccessProof } from './receipt-access.ts';
import { bytesOf, demand, frameProof, PROOF_FILE_BYTES_MAX, verifyFramed } from './receipt-file.ts';
import type { ProofFacts } from './receipt-file.ts';
import { changesField, changesFrom, changesNames, historyAlong } from './set-changes.ts';

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
  /**
   * Their names, in the same order: of the genesis, or proven by the file itself for those that joined later; the id in
   * hex where it proves none. The ids are what the signatures bind; a name is what a certified state says of an id, and
   * a quorum that signs two blocks could have certified a false one.
   */
  readonly signedBothNames: readonly string[];
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

/** Two certified heads of one height. */
export type ForkHeads = readonly [HeadBytes, HeadBytes];

/** What a file about two heads says besides them. */
export interface ForkContext {
  /** From the genesis to the heads. */
  readonly changes?: readonly SetChange[];
  /** The institutions of `unnamedSigners`, in its order, out of a certified state. */
  readonly names?: StateEvidence;
}

/** Who signed both heads and is not of the genesis: what `ForkContext.names` has to prove. @throws ClientError `proof-invalid` */
export function unnamedSigners(
  backend: Backend,
  genesis: Genesis,
  heads: ForkHeads,
  changes: readonly SetChange[],
): Uint8Array[] {
  const { value } = checkTwoCertificates(backend, genesis, forkProof(heads, { changes }));
  return joinedOf(genesis, value.signedBoth);
}

function forkProof(heads: ForkHeads, { changes = [], names }: ForkContext): Uint8Array {
  return encode({
    heads: heads.map(({ header, certificate }) => ({ header, certificate })),
    ...changesField(changes),
    ...(names && {
      names: { header: names.header, certificate: names.certificate, proof: names.proof },
    }),
  });
}

/** The alarm: two certified blocks of one height. @throws ClientError `proof-invalid` when they are no such thing. */
export function encodeTwoCertificates(
  backend: Backend,
  genesis: Genesis,
  heads: ForkHeads,
  context: ForkContext = {},
): Uint8Array {
  const proof = forkProof(heads, context);
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
  const map: Readonly<Record<string, unknown>> = expectMap(
    decoded,
    ['heads', ...changesNames(decoded), ...namesName(decoded)],
    'evidence',
  );
  const changes = changesFrom(decoded);
  const heads = expectList(map['heads'], 2, 2, 'heads').map((value) => {
    const head = expectMap(value, ['header', 'certificate'], 'head');
    const [bytes, certificate] = [bytesOf(head.header), bytesOf(head.certificate)];
    // A block of a set's last height may promise another set than the one that came: later changes say nothing of it.
    const { height } = decodeHeader(bytes);
    const before = changes.filter((change) => decodeHeader(change.header).height < height);
    const header = verifyHead(backend, genesis, bytes, certificate, before);
    return { header, hash: hashHeader(header), certificate: decodeCertificate(certificate) };
  });
  const [first, second] = heads;
  demand(first !== undefined && second !== undefined, 'two heads');
  demand(first.header.height === second.header.height, 'two heights');
  demand(!equalBytes(first.hash, second.hash), 'one block twice');
  const history = historyAlong(backend, genesis, changes);
  const validators = history.setAt(first.header.height);
  const others = new Set(signersOf(second.certificate.bitmap, validators.length));
  const both = (signersOf(first.certificate.bitmap, validators.length) ?? [])
    .filter((index) => others.has(index))
    .flatMap((index) => validators[index]?.id ?? []);
  const named = namedIn(history, joinedOf(genesis, both), map['names']);
  const names = both.map((id) => institutionName(genesis, id, named));
  const value: TwoCertificates = {
    height: first.header.height,
    blocks: [first.hash, second.hash],
    signedBoth: both,
    signedBothNames: names,
  };
  const facts = {
    network: genesis.name,
    height: value.height,
    blocks: value.blocks.map(toHex),
    signedBoth: names,
  };
  return { value, facts, proof };
}

const namesName = (value: unknown): string[] =>
  typeof value === 'object' && value !== null && 'names' in value ? ['names'] : [];

const joinedOf = (genesis: Genesis, ids: readonly Uint8Array[]): Uint8Array[] =>
  ids.filter((id) => !genesis.institutions.some((institution) => equalBytes(institution.id, id)));

/** The institutions as the state under a certified head has them; none when the file proves no names. */
function namedIn(
  history: ValidatorHistory,
  joined: readonly Uint8Array[],
  names: unknown,
): { id: Uint8Array; name: string }[] {
  if (names === undefined) return [];
  demand(joined.length > 0, 'names of nobody');
  const map = expectMap(names, ['header', 'certificate', 'proof'], 'names');
  const head = history.verifyHead(bytesOf(map.header), bytesOf(map.certificate));
  const keys = joined.map(stateKeys.institution);
  const get = provenReader(verifyProof(head.stateRoot, bytesOf(map.proof), keys));
  return joined.map((id) => {
    const institution = readInstitution(get, id);
    demand(institution !== undefined, 'a name');
    return institution;
  });
}
