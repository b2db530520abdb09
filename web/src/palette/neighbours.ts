/** Moving about a palette by keys, however its colours are laid out. */

/** Where a colour's button is. */
export interface ButtonBox {
  readonly left: number;
  readonly top: number;
}

/** Sideways distance counts this much more, so that an arrow stays in its row or column. */
const STRAIGHT = 4;

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The index that a key leads to from another one; `null` when it leads nowhere. */
export function neighbourOf(
  boxes: readonly ButtonBox[],
  index: number,
  key: string,
): number | null {
  if (key === 'Home' || key === 'End') {
    return boxes.length === 0 ? null : key === 'Home' ? 0 : boxes.length - 1;
  }
  const direction = DIRECTIONS[key];
  const from = boxes[index];
  if (direction === undefined || from === undefined) {
    return null;
  }
  const [right, down] = direction;
  const distances = boxes.map(({ left, top }) => {
    const ahead = (left - from.left) * right + (top - from.top) * down;
    const aside = Math.abs((left - from.left) * down) + Math.abs((top - from.top) * right);
    return ahead > 0 ? ahead + aside * STRAIGHT : Infinity;
  });
  const least = Math.min(...distances);
  // The end of a row is no wall: the next colour in order follows.
  const turn = index + right + down;
  return least < Infinity ? distances.indexOf(least) : turn in boxes ? turn : index;
}
