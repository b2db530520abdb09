/** Two pointers move, scale and turn the canvas together. */

import type { CameraChange } from '../viewport';
import { distance, type PointerSample } from './tap';

/** Fingers closer than this (CSS pixels) give no usable scale. */
const MIN_SPREAD_PX = 8;

/** Fingers turn this far before the canvas turns with them: a pinch is never quite straight. */
const TURN_DEAD_ZONE = (12 * Math.PI) / 180;

/**
 * Turns the movement of two pointers into one similarity about their middle: both stay on what
 * they touch. Only the first 12 degrees of a turn are swallowed, so that a pinch does not tilt.
 */
export class PinchGesture {
  private first: PointerSample | null = null;
  private second: PointerSample | null = null;
  private mayTurn = true;
  private isTurning = false;
  /** Radians turned since the fingers came down, while still in the dead zone. */
  private swallowed = 0;
  /** The finger whose last movement may be half of one by both: they are told one by one. */
  private halfMoved: number | null = null;

  /** Whether two pointers are down. */
  get active(): boolean {
    return this.first !== null && this.second !== null;
  }

  /** Whether a turn of the fingers turns the canvas; it does unless told. */
  allowTurn(isAllowed: boolean): void {
    this.mayTurn = isAllowed;
  }

  down(first: PointerSample, second: PointerSample): void {
    this.first = first;
    this.second = second;
    this.isTurning = false;
    this.swallowed = 0;
    this.halfMoved = null;
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
    const isWhole = this.halfMoved !== null;
    this.halfMoved = isWhole && this.halfMoved !== sample.id ? null : sample.id;
    const turn = shortTurn(directionBetween(sample, other) - directionBetween(before, other));
    const spreadBefore = Math.max(distance(before, other), MIN_SPREAD_PX);
    const spread = Math.max(distance(sample, other), MIN_SPREAD_PX);
    return {
      x: (before.x + other.x) / 2,
      y: (before.y + other.y) / 2,
      dx: (sample.x - before.x) / 2,
      dy: (sample.y - before.y) / 2,
      factor: spread / spreadBefore,
      angle: this.turnBy(turn, isWhole),
    };
  }

  cancel(): void {
    this.first = null;
    this.second = null;
  }

  private turnBy(turn: number, isWhole: boolean): number {
    if (!this.mayTurn) {
      return 0;
    }
    if (this.isTurning) {
      return turn;
    }
    this.swallowed += turn;
    const beyond = Math.abs(this.swallowed) - TURN_DEAD_ZONE;
    if (beyond <= 0 || !isWhole) {
      return 0;
    }
    this.isTurning = true;
    return Math.sign(this.swallowed) * beyond;
  }
}

function directionBetween(from: PointerSample, to: PointerSample): number {
  return Math.atan2(to.y - from.y, to.x - from.x);
}

/** The same turn by the shorter way, in radians. */
export function shortTurn(angle: number): number {
  return angle - Math.round(angle / (2 * Math.PI)) * 2 * Math.PI;
}
