/** Two pointers move and scale the canvas together. */

import type { CameraChange } from '../viewport';
import { distance, type PointerSample } from './tap';

/** Fingers closer than this (CSS pixels) give no usable scale. */
const MIN_SPREAD_PX = 8;

/**
 * Turns the movement of two pointers into one translation and scale about their middle. It does
 * not turn the canvas: the camera can, but no gesture asks for it yet.
 */
export class PinchGesture {
  private first: PointerSample | null = null;
  private second: PointerSample | null = null;

  /** Whether two pointers are down. */
  get active(): boolean {
    return this.first !== null && this.second !== null;
  }

  down(first: PointerSample, second: PointerSample): void {
    this.first = first;
    this.second = second;
  }

  move(sample: PointerSample): CameraChange | null {
    const { first, second } = this;
    if (first === null || second === null) {
      return null;
    }
    const movesFirst = sample.id === first.id;
    if (!movesFirst && sample.id !== second.id) {
      return null;
    }
    const other = movesFirst ? second : first;
    const before = movesFirst ? first : second;
    this.first = movesFirst ? sample : first;
    this.second = movesFirst ? second : sample;
    const spreadBefore = Math.max(distance(before, other), MIN_SPREAD_PX);
    const spread = Math.max(distance(sample, other), MIN_SPREAD_PX);
    return {
      x: (before.x + other.x) / 2,
      y: (before.y + other.y) / 2,
      dx: (sample.x - before.x) / 2,
      dy: (sample.y - before.y) / 2,
      factor: spread / spreadBefore,
      angle: 0,
    };
  }

  cancel(): void {
    this.first = null;
    this.second = null;
  }
}
