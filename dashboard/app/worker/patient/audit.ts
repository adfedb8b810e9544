import { toHex } from '#crypto';
import { readPerson, stateKeys } from '#consensus/ledger';
import { ClientError, recordedBy } from '#node/client';
import type { NodeRefusal } from '#node/client';
import { institutionName, namesOf } from '../directory.ts';
import { proofAt } from '../record/proof.ts';
import type { ProofView } from '../record/proof.ts';
import type { WorkerContext } from '../context.ts';
import { selfOf } from './self.ts';
import type { Self } from './self.ts';

/**
 * How sure a line is. `construction`: the network does not do it without writing the line. `word`: a client or device
 * said so, and an honest node asked for it; somebody who changed her own program could have kept quiet.
 */
export type Certainty = 'construction' | 'word';

/** One line of who has seen or changed something. Ids are hex. */
export interface AccessLine {
  position: number;
  kind: string;
  /** What was reported, when it is a report: open, search, export, print. */
  action: string;
  actor: string;
  actorName: string;
  actorRole: string;
  /** Name of the institution. */
  actorHome: string;
  isOwn: boolean;
  subject: string;
  subjectName: string;
  records: string[];
  height: number;
  timeMs: number;
  transaction: string;
  grant: string;
  certainty: Certainty;
}

/** What this node's proxy refused: the node's word, since it started. */
export interface RefusalLine {
  code: string;
  delegate: string;
  delegateName: string;
  firstMs: number;
  lastMs: number;
  count: number;
}

export interface AuditView {
  /** Newest first. */
  lines: AccessLine[];
  refusals: RefusalLine[];
  proof: ProofView;
}

/** The whole list, newest first. */
export async function auditLines(self: Self): Promise<{ lines: AccessLine[]; height: number }> {
  const { client, patient, options } = self;
  const { lines, height } = await client.audit.whoHasSeen(patient, options);
  const ids = lines.flatMap(({ actor, subject }) => [
    toHex(actor),
    ...(subject === null ? [] : [toHex(subject)]),
  ]);
  const names = await namesOf(client, ids, options);
  const actors = [...new Map(lines.map(({ actor }) => [toHex(actor), actor])).values()];
  const people = await client.read(actors.map(stateKeys.person), options);
  const own = toHex(patient);
  return {
    height,
    lines: lines
      .map((line): AccessLine => {
        const person = readPerson(people.get, line.actor);
        const [actor, subject] = [toHex(line.actor), line.subject === null ? '' : toHex(line.subject)];
        return {
          position: line.position,
          kind: line.kind,
          action: line.action ?? '',
          actor,
          actorName: names.get(actor) ?? '',
          actorRole: person?.role ?? '',
          actorHome: person === undefined ? '' : institutionName(client, person.home),
          isOwn: actor === own,
          subject,
          subjectName: names.get(subject) ?? '',
          records: line.records.map(toHex),
          height: line.height,
          timeMs: line.timeMs,
          transaction: toHex(line.transaction),
          grant: line.grant === null ? '' : toHex(line.grant),
          certainty: recordedBy(line.kind) === 'client' ? 'word' : 'construction',
        };
      })
      .toReversed(),
  };
}

export async function audit(context: WorkerContext): Promise<AuditView> {
  const self = selfOf(context);
  const [{ lines, height }, refusals] = await Promise.all([
    auditLines(self),
    self.client.audit.refusals(self.options),
  ]);
  return {
    lines,
    refusals: await refusalLines(self, refusals),
    proof: await proofAt(self.client, height, self.options),
  };
}

async function refusalLines(self: Self, refusals: readonly NodeRefusal[]): Promise<RefusalLine[]> {
  const own = toHex(self.patient);
  const mine = refusals.filter(({ about }) => about?.patient === own);
  const delegates = mine.flatMap(({ about }) => (about === null ? [] : [about.delegate]));
  const names = await namesOf(self.client, delegates, self.options);
  return mine
    .map(({ code, about, firstMs, lastMs, count }) => ({
      code,
      delegate: about?.delegate ?? '',
      delegateName: names.get(about?.delegate ?? '') ?? '',
      firstMs,
      lastMs,
      count,
    }))
    .toSorted((a, b) => b.lastMs - a.lastMs);
}

/** "I don't recognise this": what to show the institution, and whether an access can be stopped at once. */
export async function lineProof(
  context: WorkerContext,
  input: { position: number },
): Promise<{ line: AccessLine; signers: string[]; blockHash: string }> {
  const self = selfOf(context);
  const { lines } = await auditLines(self);
  const line = lines.find(({ position }) => position === input.position);
  if (line === undefined) throw new ClientError('not-found', { what: 'line' });
  const block = await self.client.chain.block(line.height, self.options);
  const signers = block.signers.map((id) => institutionName(self.client, id));
  return { line, signers, blockHash: toHex(block.hash) };
}
