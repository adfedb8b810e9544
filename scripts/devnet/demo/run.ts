import { join } from 'node:path';
import { startCapture } from '../canary/capture.ts';
import { drawCanaries } from '../canary/needles.ts';
import { peopleStep } from './step-01-people.ts';
import { assignmentStep } from './step-02-assignment.ts';
import { uploadStep } from './step-03-upload.ts';
import { searchStep } from './step-04-search.ts';
import { grantStep } from './step-05-grant.ts';
import { delegateStep } from './step-06-delegate.ts';
import { faultsStep } from './step-07-faults.ts';
import { revokeStep } from './step-08-revoke.ts';
import { auditStep } from './step-09-audit.ts';
import { canariesStep } from './step-10-canaries.ts';
import { Untrue } from './step.ts';
import type { DemoStep } from './step.ts';
import type { World } from './world.ts';

export const STEPS: readonly DemoStep[] = [
  peopleStep,
  assignmentStep,
  uploadStep,
  searchStep,
  grantStep,
  delegateStep,
  faultsStep,
  revokeStep,
  auditStep,
  canariesStep,
];

export type StepOutcome = { number: number; title: string; ms: number } & (
  | { kind: 'true'; facts: string }
  | { kind: 'untrue'; expected: string; came: string }
  | { kind: 'not-tried'; because: number[] }
);

/**
 * Plays the steps in order. A step whose needs did not hold is not tried; nothing is called true that was not seen.
 *
 * @param onOutcome called after each step, in order
 */
export async function playSteps(
  world: World,
  steps: readonly DemoStep[],
  onOutcome: (outcome: StepOutcome) => void,
): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  for (const step of steps) {
    const because = step.needs.filter(
      (need) => outcomes.find(({ number }) => number === need)?.kind !== 'true',
    );
    const outcome = because.length > 0 ? notTried(step, because) : await play(world, step);
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  return outcomes;
}

/** Starts to capture loopback traffic, or notes why not. */
export async function beginCapture(world: World): Promise<void> {
  const capture = await startCapture(join(world.peopleDir, 'loopback.capture'), drawCanaries('ct').stem);
  if ('skipped' in capture) world.captureSkipped = capture.skipped;
  else world.capture = capture;
}

/** One readable line. */
export function outcomeText(outcome: StepOutcome): string {
  const head = `${String(outcome.number).padStart(2)}.`;
  switch (outcome.kind) {
    case 'true':
      return `${head} true (${(outcome.ms / 1000).toFixed(1)} s): ${outcome.title}: ${outcome.facts}`;
    case 'untrue':
      return `${head} UNTRUE: ${outcome.title}: expected ${outcome.expected}; came ${outcome.came}`;
    case 'not-tried':
      return `${head} not tried: ${outcome.title}: needs ${outcome.because.join(', ')}`;
  }
}

async function play(world: World, step: DemoStep): Promise<StepOutcome> {
  const begun = performance.now();
  const base = { number: step.number, title: step.title };
  try {
    const facts = await step.run(world);
    return { ...base, kind: 'true', facts, ms: performance.now() - begun };
  } catch (error) {
    world.signal.throwIfAborted();
    const [expected, came] =
      error instanceof Untrue
        ? [error.expected, error.came]
        : ['the step to go through', error instanceof Error ? error.message : 'an unknown failure'];
    return { ...base, kind: 'untrue', expected, came, ms: performance.now() - begun };
  }
}

function notTried(step: DemoStep, because: number[]): StepOutcome {
  return { number: step.number, title: step.title, kind: 'not-tried', because, ms: 0 };
}
