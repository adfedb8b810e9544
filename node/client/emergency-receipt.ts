import { decode, encode, equalBytes, expectList, expectMap, toHex } from '#crypto';
import type { Backend } from '#crypto';
import {
  INSTITUTIONS_MAX,
  provenReader,
  readEmergency,
  readPerson,
  readSharing,
  stateKeys,
  verifyProof,
} from '#consensus/ledger';
import type {
  Emergency,
  EmergencyReason,
  EmergencySharing,
  Genesis,
  Get,
  SetChange,
  ValidatorHistory,
} from '#consensus/ledger';
import { committedFields, committedFrom, gatherCommitted, isSignedBy, verifyCommitted } from './committed.ts';
import type { CommittedTransaction } from './committed.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { holdersOf, institutionName, joinedHolders } from './proxy-judgement.ts';
import type { Holder } from './proxy-judgement.ts';
import type { StateEvidence } from './proven-state.ts';
import { bytesOf, demand, frameProof, PROOF_FILE_BYTES_MAX, verifyFramed } from './receipt-file.ts';
import type { ProofFacts } from './receipt-file.ts';
import { changesField, changesFrom, changesNames, historyAlong } from './set-changes.ts';
import { decodeReleasePayload, verifyReleaseAnswer } from './release-answer.ts';
import type { UnverifiedRelease } from './release-answer.ts';

/** What the receipt of an emergency proves to anybody who has the genesis. */
export interface VerifiedEmergency {
  /** Id of the request's transaction: the line in the patient's audit list. */
  readonly emergency: Uint8Array;
  readonly patient: Uint8Array;
  readonly doctor: Uint8Array;
  readonly reason: EmergencyReason;
  readonly countersignedBy: Uint8Array;
  /** The block of the countersignature, and its time. */
  readonly height: number;
  readonly timeMs: number;
  readonly expiresAtMs: number;
  /** Records whose keys were released; none when it was the index alone. */
  readonly records: readonly Uint8Array[];
  /** Institutions that put their names to a release of exactly these. */
  readonly nodes: readonly Uint8Array[];
  /** Their names, of the genesis or proven by the file itself for those that joined later. */
  readonly nodeNames: readonly string[];
}

/** Request and countersignature as committed, and what the state says of them. */
export interface EmergencyProof {
  readonly request: CommittedTransaction;
  readonly countersignature: CommittedTransaction;
  readonly state: StateEvidence;
  /** Changes of the validators from the genesis to the heads here. */
  readonly changes: readonly SetChange[];
}

function stateKeysOf(
  { id, patient, doctor, countersignedBy }: Emergency,
  joined: readonly Uint8Array[],
): Uint8Array[] {
  return [
    stateKeys.emergency(id),
    stateKeys.sharing(patient),
    stateKeys.person(doctor),
    stateKeys.person(countersignedBy ?? new Uint8Array(32)),
    ...joined.map((node) => stateKeys.institution(node)),
  ];
}

/**
 * Fetches what proves an open emergency to others; `joined` hold parts and came after the genesis. `sharesHeight` is the
 * deposit's in that state: another than `joined` are of, and it proves nothing about them.
 * @throws ClientError `proof-invalid`
 */
export async function gatherEmergencyProof(
  connection: Connection,
  emergency: Emergency,
  joined: readonly Uint8Array[],
  options: CallOptions,
): Promise<{ proof: EmergencyProof; sharesHeight: number }> {
  const { id, height, countersignedHeight } = emergency;
  const request = await gatherCommitted(connection, height, ({ hash }) => equalBytes(hash, id), options);
  const countersignature = await gatherCommitted(
    connection,
    countersignedHeight ?? 0,
    ({ transaction: { kind, body } }) =>
      kind === 'emergency.countersign' && 'emergency' in body && equalBytes(body.emergency, id),
    options,
  );
  const { state } = connection;
  const { evidence, values } = await state.readWithEvidence(stateKeysOf(emergency, joined), options);
  const proof = { request, countersignature, state: evidence, changes: state.changes };
  return {
    proof,
    sharesHeight: readSharing(provenReader(values), emergency.patient)?.sharesHeight ?? 0,
  };
}

/** The receipt file. @throws ClientError `proof-invalid` when what is given does not make a good one. */
export function encodeEmergencyReceipt(
  backend: Backend,
  genesis: Genesis,
  proof: EmergencyProof,
  answers: readonly UnverifiedRelease[],
): Uint8Array {
  const { header, certificate, proof: values } = proof.state;
  const bytes = encode({
    request: committedFields(proof.request),
    countersignature: committedFields(proof.countersignature),
    state: { header, certificate, proof: values },
    answers: answers.map(({ payload, signature }) => [payload, signature]),
    ...changesField(proof.changes),
  });
  return frameProof('phr-mesh-emergency-receipt', check(backend, genesis, bytes).facts, bytes);
}

/** Verifies the receipt of an emergency offline. @throws ClientError `input-invalid`, `proof-invalid`. */
export function verifyEmergencyReceipt(
  backend: Backend,
  genesis: Uint8Array,
  file: Uint8Array,
): VerifiedEmergency {
  return verifyFramed('phr-mesh-emergency-receipt', { genesis, file }, (known, proof) =>
    check(backend, known, proof),
  );
}

function check(
  backend: Backend,
  genesis: Genesis,
  proof: Uint8Array,
): { value: VerifiedEmergency; facts: ProofFacts; proof: Uint8Array } {
  const content = decode(proof, PROOF_FILE_BYTES_MAX);
  const fields = ['request', 'countersignature', 'state', 'answers', ...changesNames(content)];
  const map: Readonly<Record<string, unknown>> = expectMap(content, fields, 'receipt');
  const history = historyAlong(backend, genesis, changesFrom(content));
  const { emergency, sharing, block, holders } = checkLedger(backend, history, map);
  const answers = checkAnswers(backend, { emergency, sharing, holders }, map['answers']);
  const [first] = answers;
  demand(first !== undefined, 'an answer');
  const { id, patient, doctor, reason, countersignedBy, expiresAtMs } = emergency;
  demand(countersignedBy !== null && expiresAtMs !== null, 'a countersignature');
  const value: VerifiedEmergency = {
    emergency: id,
    patient,
    doctor,
    reason,
    countersignedBy,
    height: block.height,
    timeMs: block.time,
    expiresAtMs,
    records: [...new Map(first.items.map(({ record }) => [toHex(record), record])).values()],
    nodes: answers.map(({ node }) => node),
    nodeNames: answers.map(({ node }) => institutionName(genesis, node, holders)),
  };
  return { value, facts: factsOf(genesis, value), proof };
}

/** The doctor asked, somebody else of the institution vouched, both are committed, and the state agrees. */
function checkLedger(backend: Backend, history: ValidatorHistory, map: Readonly<Record<string, unknown>>) {
  const asked = verifyCommitted(history, committedFrom(map['request']));
  const vouched = verifyCommitted(history, committedFrom(map['countersignature']));
  const { transaction: request, hash: id } = asked.decoded;
  const { transaction: word } = vouched.decoded;
  demand(request.kind === 'emergency.request', 'not a request');
  demand(
    word.kind === 'emergency.countersign' && equalBytes(word.body.emergency, id),
    'not its countersignature',
  );
  const state = expectMap(map['state'], ['header', 'certificate', 'proof'], 'state');
  const head = history.verifyHead(bytesOf(state.header), bytesOf(state.certificate));
  demand(head.height >= vouched.block.height, 'a state before the countersignature');
  const { patient } = request.body;
  const keys = [
    stateKeys.emergency(id),
    stateKeys.sharing(patient),
    stateKeys.person(request.sender),
    stateKeys.person(word.sender),
  ];
  const provenState = (more: readonly Uint8Array[]): Get =>
    provenReader(
      verifyProof(head.stateRoot, bytesOf(state.proof), [...keys, ...more.map(stateKeys.institution)]),
    );
  const get = provenState([]);
  const [emergency, sharing] = [readEmergency(get, id), readSharing(get, patient)];
  const [doctor, second] = [readPerson(get, request.sender), readPerson(get, word.sender)];
  demand(emergency !== undefined && sharing !== undefined, 'absent from the state');
  demand(doctor !== undefined && second !== undefined, 'absent from the state');
  demand(isSignedBy(backend, asked.decoded, doctor.keys.sign), 'the doctor’s signature');
  demand(isSignedBy(backend, vouched.decoded, second.keys.sign), 'the countersigner’s signature');
  const { countersignedBy, countersignedHeight, height } = emergency;
  demand(equalBytes(emergency.doctor, doctor.id) && height === asked.block.height, 'the request');
  demand(
    countersignedBy !== null &&
      equalBytes(countersignedBy, second.id) &&
      countersignedHeight === vouched.block.height &&
      !equalBytes(second.id, doctor.id) &&
      equalBytes(second.home, doctor.home),
    'the countersignature',
  );
  demand(equalBytes(sharing.id, emergency.sharing), 'the deposit');
  const joined = joinedHolders(history.genesis, sharing);
  const holders = holdersOf(history.genesis, sharing, joined.length === 0 ? get : provenState(joined));
  return { emergency, sharing, block: vouched.block, holders };
}

function checkAnswers(
  backend: Backend,
  {
    emergency,
    sharing,
    holders,
  }: { emergency: Emergency; sharing: EmergencySharing; holders: readonly Holder[] },
  value: unknown,
): UnverifiedRelease[] {
  const answers = expectList(value, 1, INSTITUTIONS_MAX, 'answers').map((one) => {
    const [payload, signature] = expectList(one, 2, 2, 'answer');
    const answer = decodeReleasePayload(payload, signature);
    const node = holders.find(({ id }) => equalBytes(id, answer.node));
    demand(node !== undefined && node.index === answer.index, 'a node');
    demand(verifyReleaseAnswer(backend, answer, node.validatorKey), 'an answer that its node did not sign');
    demand(answer.ground === 'emergency' && equalBytes(answer.id, emergency.id), 'another emergency');
    demand(answer.height === emergency.countersignedHeight, 'the height');
    demand(answer.sharesHeight === sharing.sharesHeight, 'another share');
    demand(answer.view.height >= answer.height, 'a release before the countersignature');
    return answer;
  });
  const itemsOf = ({ items }: UnverifiedRelease): string =>
    items.map(({ record, slot }) => `${toHex(record)}/${slot}`).join();
  const [first] = answers;
  const areSame = answers.every((answer) => first !== undefined && itemsOf(answer) === itemsOf(first));
  demand(areSame, 'releases of different records');
  const isOrdered = answers.every(({ index }, i) => i === 0 || index > (answers[i - 1]?.index ?? 0));
  demand(isOrdered, 'order of the answers');
  demand(answers.length >= sharing.threshold, 'fewer institutions than the deposit demands');
  return answers;
}

function factsOf(genesis: Genesis, receipt: VerifiedEmergency): ProofFacts {
  return {
    network: genesis.name,
    emergency: toHex(receipt.emergency),
    reason: receipt.reason,
    height: receipt.height,
    time: new Date(receipt.timeMs).toISOString(),
    until: new Date(receipt.expiresAtMs).toISOString(),
    patient: toHex(receipt.patient),
    doctor: toHex(receipt.doctor),
    countersignedBy: toHex(receipt.countersignedBy),
    records: receipt.records.map(toHex),
    institutions: [...receipt.nodeNames],
  };
}
