import type { CallOptions } from '#node/client';
import type { WorkerContext } from '../context.ts';
import { accesses } from './accesses.ts';
import { exportStudy } from './export.ts';
import type { StudyExport } from './export.ts';
import { ask, sentRequests } from './requests.ts';
import type { AskInput, SentLine } from './requests.ts';
import { studies } from './studies.ts';
import type { StudyView } from './studies.ts';

const optionsOf = ({ signal, progress }: WorkerContext): CallOptions => ({ signal, onProgress: progress });

/** What a researcher's pages ask of the worker. */
export const researcherCalls = {
  'researcher.studies': (context: WorkerContext, _input: void): Promise<StudyView[]> =>
    studies(context.signedIn().client, optionsOf(context)),
  'researcher.requests': (context: WorkerContext, _input: void): Promise<SentLine[]> =>
    sentRequests(context.signedIn().client, optionsOf(context)),
  'researcher.ask': (context: WorkerContext, input: AskInput): Promise<{ height: number }> =>
    ask(context.signedIn().client, input, optionsOf(context)),
  'researcher.export': (context: WorkerContext, input: { protocol: string }): Promise<StudyExport> =>
    exportStudy(context.signedIn().client, input, optionsOf(context)),
  'researcher.accesses': (context: WorkerContext, _input: void) =>
    accesses(context.signedIn().client, optionsOf(context)),
};
