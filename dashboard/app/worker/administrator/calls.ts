import type { WorkerContext } from '../context.ts';
import { actOnEmergency, emergencyLines } from '../emergencies.ts';
import type { EmergencyAct, EmergencyLine } from '../emergencies.ts';
import { home } from './home.ts';
import type { AdministratorHome } from './home.ts';
import { assign, decide, doctors, endAssignment, people, person, queue } from './people.ts';
import { actOnRecovery, readRecovery } from './recovery.ts';

/** What an administrator's pages ask of the worker. */
export const administratorCalls = {
  'administrator.home': (context: WorkerContext, _input: void): Promise<AdministratorHome> => home(context),
  'administrator.queue': (context: WorkerContext, _input: void) => queue(context),
  'administrator.people': (context: WorkerContext, _input: void) => people(context),
  'administrator.person': person,
  'administrator.decide': decide,
  'administrator.doctors': (context: WorkerContext, _input: void) => doctors(context),
  'administrator.assign': assign,
  'administrator.end-assignment': endAssignment,
  'administrator.emergencies': (
    { signedIn, signal }: WorkerContext,
    _input: void,
  ): Promise<EmergencyLine[]> => emergencyLines(signedIn().client, { onlyOurs: true }, { signal }),
  'administrator.emergency-act': (
    context: WorkerContext,
    input: { id: string; act: EmergencyAct },
  ): Promise<{ height: number }> => actOnEmergency(context, input),
  'administrator.read-recovery': readRecovery,
  'administrator.recovery-act': actOnRecovery,
};
