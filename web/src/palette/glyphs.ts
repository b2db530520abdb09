/**
 * One sign for each colour, for eyes that do not tell the colours apart. The palette and the canvas
 * show the same ones.
 */

/** Told apart at 8 pixels; without pairs that look alike, such as 0 and O or 1, I and L. */
const SIGNS = (
  'A B C D E F G H J K M N P Q R S T U V W X Y Z 2 3 4 5 6 7 8 9 ' +
  '+ × = # % & ? ! / < > * @ $ ~ ^'
).split(' ');

/** The signs of a palette of `count` colours, by index; a second round of signs is in pairs. */
export function glyphsFor(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const sign = SIGNS[index % SIGNS.length] ?? '';
    const round = Math.floor(index / SIGNS.length);
    return round === 0 ? sign : `${sign}${SIGNS[round - 1] ?? ''}`;
  });
}
