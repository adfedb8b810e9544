import type { accountCalls } from './account/calls.ts';
import type { administratorCalls } from './administrator/calls.ts';
import type { auditorCalls } from './auditor/calls.ts';
import type { WorkerContext } from './context.ts';
import type { doctorCalls } from './doctor/calls.ts';
import type { draftCalls } from './draft/calls.ts';
import type { patientCalls } from './patient/calls.ts';
import type { researcherCalls } from './researcher/calls.ts';

/** Every call that the page can make, by name. */
export type Calls = typeof accountCalls &
  typeof draftCalls &
  typeof patientCalls &
  typeof doctorCalls &
  typeof researcherCalls &
  typeof administratorCalls &
  typeof auditorCalls;

export type CallName = keyof Calls;
export type InputOf<N extends CallName> = Parameters<Calls[N]>[1];
export type OutputOf<N extends CallName> = Awaited<ReturnType<Calls[N]>>;

type AnyCalls = Readonly<Record<string, (context: WorkerContext, input: never) => Promise<unknown>>>;

/** One map per role, loaded when the first call with its prefix comes. */
export const CALL_MAPS: Readonly<Record<string, () => Promise<AnyCalls>>> = {
  account: async () => (await import('./account/calls.ts')).accountCalls,
  draft: async () => (await import('./draft/calls.ts')).draftCalls,
  patient: async () => (await import('./patient/calls.ts')).patientCalls,
  doctor: async () => (await import('./doctor/calls.ts')).doctorCalls,
  researcher: async () => (await import('./researcher/calls.ts')).researcherCalls,
  administrator: async () => (await import('./administrator/calls.ts')).administratorCalls,
  auditor: async () => (await import('./auditor/calls.ts')).auditorCalls,
};
