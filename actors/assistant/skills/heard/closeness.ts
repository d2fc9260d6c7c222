/**
 * How close two sequences of phonemes are: an edit distance that knows which sounds are confused.
 */

/** Sounds within a group are easily taken for one another. */
const GROUPS: readonly [sounds: string, cost: number][] = [
  ['aeiouAEIOUWY', 0.35],
  ['pb', 0.3],
  ['td', 0.3],
  ['kg', 0.3],
  ['fv', 0.3],
  ['szTSCJ', 0.45],
  ['mnN', 0.35],
  ['lr', 0.5],
  ['wu', 0.4],
  ['TftdsD', 0.55],
  ['pkt', 0.65],
  ['bdg', 0.65],
  ['wvlr', 0.6],
];
/** Sounds that a recogniser often loses or adds. */
const WEAK: Record<string, number> = {
  a: 0.35,
  e: 0.35,
  i: 0.35,
  o: 0.4,
  u: 0.4,
  h: 0.4,
  r: 0.5,
  y: 0.5,
  w: 0.6,
  t: 0.7,
  d: 0.7,
  s: 0.75,
  z: 0.75,
  n: 0.8,
};

const CODES = 128;
const substitution = new Float32Array(CODES * CODES).fill(1);
for (let code = 0; code < CODES; code++) substitution[code * CODES + code] = 0;
for (const [sounds, cost] of GROUPS) {
  for (const one of sounds) {
    for (const other of sounds) {
      const at = one.charCodeAt(0) * CODES + other.charCodeAt(0);
      substitution[at] = Math.min(substitution[at] ?? 1, one === other ? 0 : cost);
    }
  }
}
const gap = new Float32Array(CODES).fill(1);
for (const [sound, cost] of Object.entries(WEAK)) gap[sound.charCodeAt(0)] = cost;

const code = (sounds: string, at: number): number => sounds.charCodeAt(at) & (CODES - 1);
let above = new Float32Array(64);
let row = new Float32Array(64);

/** 0: the same. Infinite when it is certain to be above `limit`. */
export function soundDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (a === b) return 0;
  if (b.length >= row.length) {
    above = new Float32Array(b.length * 2);
    row = new Float32Array(b.length * 2);
  }
  above[0] = 0;
  for (let j = 1; j <= b.length; j++) above[j] = (above[j - 1] ?? 0) + (gap[code(b, j - 1)] ?? 1);
  for (let i = 1; i <= a.length; i++) {
    const from = code(a, i - 1);
    const dropped = gap[from] ?? 1;
    row[0] = (above[0] ?? 0) + dropped;
    let least = row[0];
    for (let j = 1; j <= b.length; j++) {
      const to = code(b, j - 1);
      const best = Math.min(
        (above[j - 1] ?? 0) + (substitution[from * CODES + to] ?? 1),
        (above[j] ?? 0) + dropped,
        (row[j - 1] ?? 0) + (gap[to] ?? 1),
      );
      row[j] = best;
      if (best < least) least = best;
    }
    if (least > limit) return Number.POSITIVE_INFINITY;
    [above, row] = [row, above];
  }
  return above[b.length] ?? 0;
}

/** 1: they sound the same; 0: nothing in common. `worst` is the least that interests the caller. */
export function soundCloseness(heard: string, meant: string, worst: number): number {
  const length = Math.max(heard.length, meant.length);
  if (length === 0) return 0;
  const limit = (1 - worst) * length;
  if (Math.abs(heard.length - meant.length) * 0.35 > limit) return 0;
  return Math.max(0, 1 - soundDistance(heard, meant, limit) / length);
}

/** Kinds of consonants, and the least that it costs when one of a kind is lost or becomes one of another kind. */
const KINDS: readonly [sounds: string, cost: number][] = [
  ['pb', 0.6],
  ['tdTD', 0.5],
  ['kg', 0.65],
  ['fv', 0.55],
  ['szSCJ', 0.45],
  ['mnN', 0.8],
  ['lr', 0.5],
];
const kindOfCode = new Uint8Array(CODES);
KINDS.forEach(([sounds], at) => {
  for (const sound of sounds) kindOfCode[sound.charCodeAt(0)] = 1 << at;
});
const costOfKinds = Float32Array.from({ length: 1 << KINDS.length }, (_, kinds) =>
  KINDS.reduce((sum, [, cost], at) => sum + (kinds & (1 << at) ? cost : 0), 0),
);

/** Which kinds of consonants there are, as bits. */
export function kindsOf(sounds: string): number {
  let kinds = 0;
  for (let at = 0; at < sounds.length; at++) kinds |= kindOfCode[code(sounds, at)] ?? 0;
  return kinds;
}

/** False: the distance is certainly larger, because consonants of some kinds are missing. */
export function canBeClose(heard: number, meant: number, limit: number): boolean {
  return (costOfKinds[meant & ~heard] ?? 0) <= limit && (costOfKinds[heard & ~meant] ?? 0) <= limit;
}
