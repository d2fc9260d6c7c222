/** The most events that are expected in the same time, with 95 % confidence, when so many were counted (Poisson, one-sided, exact). Pure. */
const LEFT = 0.05;

export function mostExpected(count: number): number {
  let [low, high] = [count, 3 * count + 10];
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (chanceOfAtMost(count, middle) > LEFT) low = middle;
    else high = middle;
  }
  return high;
}

function chanceOfAtMost(count: number, expected: number): number {
  let term = Math.exp(-expected);
  let sum = term;
  for (let k = 1; k <= count; k++) {
    term *= expected / k;
    sum += term;
  }
  return sum;
}
