import { decode, encode, expectList, expectMap, toHex } from '#crypto';
import type { Backend } from '#crypto';
import { INSTITUTIONS_MAX } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';
import { institutionName, judge, signedAnswer } from './proxy-judgement.ts';
import { accessProofFrom, accessProofValue, recordsOf, verifyAccessProof } from './receipt-access.ts';
import type { AccessProof } from './receipt-access.ts';
import { bytesOf, demand, frameProof, PROOF_FILE_BYTES_MAX, verifyFramed } from './receipt-file.ts';
import type { ProofFacts } from './receipt-file.ts';

/** What a receipt proves to anybody who has the genesis: a delegate's access, and who made it possible. */
export interface VerifiedReceipt {
  /** Id of the access request's transaction: the line in the patient's audit list. */
  readonly access: Uint8Array;
  /** The block that holds it, and that block's time. */
  readonly height: number;
  readonly timeMs: number;
  readonly grant: Uint8Array;
  readonly patient: Uint8Array;
  readonly delegate: Uint8Array;
  readonly records: readonly Uint8Array[];
  /** Nodes whose conversions are in the receipt, each with a proof that holds. */
  readonly proxies: readonly Uint8Array[];
  /** Their names, of the genesis or proven by the file itself for those that joined later. */
  readonly proxyNames: readonly string[];
  /** The grant was not revoked up to the access; this is the height of the state that says so. */
  readonly provenAtHeight: number;
}

/**
 * The receipt of one access: request, certificate, path to the block's root, grant, record headers, and the signed
 * answers of at least as many proxies as the grant demands, in the order of their share indices.
 * @throws ClientError `proof-invalid` when what is given does not make a good receipt.
 */
export function encodeReceipt(
  backend: Backend,
  genesis: Genesis,
  access: AccessProof,
  answers: readonly Uint8Array[],
): Uint8Array {
  const proof = encode({ access: accessProofValue(access), answers: [...answers] });
  return frameProof('phr-mesh-receipt', checkReceipt(backend, genesis, proof).facts, proof);
}

/** Verifies a receipt offline. @throws ClientError `input-invalid`, `proof-invalid`. */
export function verifyReceipt(backend: Backend, genesis: Uint8Array, file: Uint8Array): VerifiedReceipt {
  return verifyFramed('phr-mesh-receipt', { genesis, file }, (known, proof) =>
    checkReceipt(backend, known, proof),
  );
}

function checkReceipt(
  backend: Backend,
  genesis: Genesis,
  proof: Uint8Array,
): { value: VerifiedReceipt; facts: ProofFacts; proof: Uint8Array } {
  const map = expectMap(decode(proof, PROOF_FILE_BYTES_MAX), ['access', 'answers'], 'receipt');
  const { access, block, provenAtHeight } = verifyAccessProof(backend, genesis, accessProofFrom(map.access));
  const answers = expectList(map.answers, 1, INSTITUTIONS_MAX, 'answers').map((value) => {
    const answer = signedAnswer(backend, access, bytesOf(value));
    demand(answer !== undefined, 'an answer that its proxy did not sign');
    demand(judge(backend, access, answer).kind === 'honest', 'a conversion that is none');
    return answer;
  });
  const isOrdered = answers.every(({ index }, i) => i === 0 || index > (answers[i - 1]?.index ?? 0));
  demand(isOrdered, 'order of the answers');
  demand(answers.length >= access.grant.threshold, 'fewer proxies than the grant demands');
  const value: VerifiedReceipt = {
    access: access.id,
    height: block.height,
    timeMs: block.time,
    grant: access.grant.id,
    patient: access.grant.patient,
    delegate: access.grant.delegate,
    records: recordsOf(access),
    proxies: answers.map(({ node }) => node),
    proxyNames: answers.map(({ node }) => institutionName(genesis, node, access.holders)),
    provenAtHeight,
  };
  return { value, facts: receiptFacts(genesis, value), proof };
}

function receiptFacts(genesis: Genesis, receipt: VerifiedReceipt): ProofFacts {
  return {
    network: genesis.name,
    access: toHex(receipt.access),
    height: receipt.height,
    time: new Date(receipt.timeMs).toISOString(),
    patient: toHex(receipt.patient),
    delegate: toHex(receipt.delegate),
    grant: toHex(receipt.grant),
    records: receipt.records.map(toHex),
    proxies: [...receipt.proxyNames],
  };
}
