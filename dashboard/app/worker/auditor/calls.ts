import type { CallOptions } from '#node/client';
import type { NodeRefusal } from '#node/client';
import type { WorkerContext } from '../context.ts';
import { actOnEmergency, emergencyLines } from '../emergencies.ts';
import type { EmergencyAct, EmergencyLine } from '../emergencies.ts';
import { namesOf } from '../directory.ts';
import { eventPage } from './events.ts';
import type { EventFilter, EventPage } from './events.ts';
import { exportBlocks, exportCsv, exportFhir, exportProof } from './export.ts';
import type { ExportedFile } from './export.ts';
import { verifyChain } from './replay.ts';
import type { ChainReport } from './replay.ts';

export type ExportInput =
  | { format: 'csv' | 'fhir'; filter: EventFilter }
  | { format: 'proof'; patient: string }
  | { format: 'blocks' };

export type RefusalLine = NodeRefusal & { delegateName: string };

const optionsOf = ({ signal, progress }: WorkerContext): CallOptions => ({ signal, onProgress: progress });

/** What an auditor's pages ask of the worker. */
export const auditorCalls = {
  'auditor.verify': (context: WorkerContext, _input: void): Promise<ChainReport> =>
    verifyChain(context.signedIn().client, optionsOf(context)),
  'auditor.events': (
    context: WorkerContext,
    input: { filter: EventFilter; shown: number },
  ): Promise<EventPage> => eventPage(context.signedIn().client, input, optionsOf(context)),
  'auditor.emergencies': (context: WorkerContext, _input: void): Promise<EmergencyLine[]> =>
    emergencyLines(context.signedIn().client, { onlyOurs: false }, optionsOf(context)),
  'auditor.review': (
    context: WorkerContext,
    input: { id: string; act: EmergencyAct },
  ): Promise<{ height: number }> => actOnEmergency(context, input),
  /** What the proxy of this node refused since it started: its own word. */
  'auditor.refusals': async (context: WorkerContext, _input: void): Promise<RefusalLine[]> => {
    const { client } = context.signedIn();
    const refusals = await client.audit.refusals(optionsOf(context));
    const delegates = refusals.flatMap(({ about }) => (about === null ? [] : [about.delegate]));
    const names = await namesOf(client, delegates, optionsOf(context));
    return refusals.map((one) => ({ ...one, delegateName: names.get(one.about?.delegate ?? '') ?? '' }));
  },
  'auditor.export': (context: WorkerContext, input: ExportInput): Promise<ExportedFile> => {
    const { client } = context.signedIn();
    const options = optionsOf(context);
    switch (input.format) {
      case 'csv':
        return exportCsv(client, input.filter, options);
      case 'fhir':
        return exportFhir(client, input.filter, options);
      case 'proof':
        return exportProof(client, input, options);
      case 'blocks':
        return exportBlocks(client, options);
    }
  },
};
