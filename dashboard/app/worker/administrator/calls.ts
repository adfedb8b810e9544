import { toHex } from '#crypto';
import type { NodeBackup } from '#node/client';
import { institutionsOf } from '../institutions.ts';
import type { WorkerContext } from '../context.ts';
import { idOf } from '../directory.ts';
import { actOnEmergency, emergencyLines } from '../emergencies.ts';
import type { EmergencyAct, EmergencyLine } from '../emergencies.ts';
import { actOnGuardian, guardianships } from './guardians.ts';
import type { OfficeView } from './guardians.ts';
import { home } from './home.ts';
import type { AdministratorHome } from './home.ts';
import { lookFor, move, moves, receive } from './moves.ts';
import type { MovesView } from './moves.ts';
import { assign, decide, doctors, endAssignment, people, person, queue } from './people.ts';
import { actOnRecovery, readRecovery, recoveries } from './recovery.ts';
import type { RecoveryLine } from './recovery.ts';

/** What the members agreed on in the genesis. */
export interface Settings {
  grantThresholdMin: number;
  accessWindowHeights: number;
  /** Institutions that must sign for having a record before it counts. */
  receiptsNeeded: number;
  institutions: { id: string; name: string; administrators: number }[];
}

/** What was backed up of the node, and which release of its pages the institution declared. */
export interface BackupsView {
  backups: NodeBackup[];
  /** Hex; empty while nothing was declared. */
  declared: string;
  declaredHeight: number;
}

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
  'administrator.recoveries': (context: WorkerContext, _input: void): Promise<RecoveryLine[]> =>
    recoveries(context),
  'administrator.read-recovery': readRecovery,
  'administrator.recovery-act': actOnRecovery,
  'administrator.guardianships': (context: WorkerContext, _input: void): Promise<OfficeView> =>
    guardianships(context),
  'administrator.guardian-act': actOnGuardian,
  'administrator.moves': (context: WorkerContext, _input: void): Promise<MovesView> => moves(context),
  'administrator.move': move,
  'administrator.look-for': lookFor,
  'administrator.receive': receive,
  'administrator.end-sessions': async (
    { signedIn, signal }: WorkerContext,
    { id }: { id: string },
  ): Promise<void> => signedIn().client.account.endSessionsOf(idOf(id), { signal }),
  'administrator.backups': async (
    { signedIn, signal }: WorkerContext,
    _input: void,
  ): Promise<BackupsView> => {
    const { client } = signedIn();
    const backups = await client.consortium.backups({ signal });
    const declared = await client.consortium.declaredDashboard(client.nodeId, { signal });
    return {
      backups,
      declared: declared === undefined ? '' : toHex(declared.release),
      declaredHeight: declared?.height ?? 0,
    };
  },
  'administrator.settings': async ({ signedIn }: WorkerContext, _input: void): Promise<Settings> => {
    const { client } = signedIn();
    const { genesis } = client;
    const institutions = institutionsOf(client);
    return {
      ...genesis.parameters,
      // f + 1: one of them is honest.
      receiptsNeeded: Math.floor((institutions.length - 1) / 3) + 1,
      institutions: institutions.map(({ id, name, administrators }) => ({
        id: toHex(id),
        name,
        administrators: administrators.length,
      })),
    };
  },
};
