/** A level as a bar of text. */

const CELLS = 20;
const FLOOR_DB = -60;

export function levelMeter(peakDb: number | undefined): string {
  const share = peakDb === undefined ? 0 : Math.max(0, 1 - peakDb / FLOOR_DB);
  const cells = Math.round(share * CELLS);
  return '█'.repeat(cells) + '░'.repeat(CELLS - cells);
}
