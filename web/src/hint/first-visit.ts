/** The three steps that a newcomer is shown, and who is one. */

/** In their order; `done` is the end. */
export type HintStep = 'move' | 'colour' | 'place' | 'done';

/** What has been seen of the reader since the page was opened. */
export interface Progress {
  /** Whether the camera was moved by hand. */
  readonly hasMoved: boolean;
  readonly hasColour: boolean;
  readonly hasPlaced: boolean;
}

const STEPS: readonly HintStep[] = ['move', 'colour', 'place', 'done'];

/**
 * The step to show: the first that the reader has not done by themselves, and none before `step`.
 * Who does a later thing needs no word about the earlier ones.
 */
export function nextStep(step: HintStep, progress: Progress): HintStep {
  const reached = progress.hasPlaced
    ? 'done'
    : progress.hasColour
      ? 'place'
      : progress.hasMoved
        ? 'colour'
        : 'move';
  return STEPS.indexOf(reached) > STEPS.indexOf(step) ? reached : step;
}

/** The step after one that the reader has read. */
export function stepAfter(step: HintStep): HintStep {
  return STEPS[STEPS.indexOf(step) + 1] ?? 'done';
}

/** Number of a step from 1, of the three that are shown. */
export function numberOf(step: HintStep): number {
  return STEPS.indexOf(step) + 1;
}

/** Reads a kept step; `null` when there is none. */
export function readStep(text: string | null): HintStep | null {
  return STEPS.find((step) => step === text) ?? null;
}

/**
 * The step that a page begins with. `kept` is of this device; `inTab` is of this tab and outlives
 * the way to a provider and back. Who is signed in on arrival has played before.
 */
export function firstStep(
  kept: HintStep | null,
  inTab: HintStep | null,
  isSignedIn: boolean,
): HintStep {
  if (kept === 'done') {
    return 'done';
  }
  return inTab ?? (isSignedIn ? 'done' : 'move');
}
