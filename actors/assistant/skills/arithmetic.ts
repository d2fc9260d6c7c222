/**
 * Evaluates `12 * (3 + 4) ^ 2`, `sqrt(2)`, `15% of 80`.
 */
const TOKEN = /\s*(?:(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)|([a-z]+)|(\*\*|[-+*/^%()×÷−]))/iy;
const MAX_LENGTH = 500;
const MAX_DEPTH = 50;
const FUNCTIONS: Record<string, (value: number) => number> = {
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  abs: Math.abs,
  round: Math.round,
};

/** @returns undefined if it is no expression; may be infinite or NaN */
export function evaluate(expression: string): number | undefined {
  const tokens = tokensOf(expression);
  if (!tokens || tokens.length === 0) return undefined;
  const parser = new Parser(tokens);
  const value = parser.sum();
  return parser.isAtEnd() ? value : undefined;
}

function tokensOf(expression: string): string[] | undefined {
  if (expression.length > MAX_LENGTH) return undefined;
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const text = expression.trim();
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    const [, number, word, sign] = match;
    const token =
      number ?? word?.toLowerCase() ?? { '**': '^', '×': '*', '÷': '/', '−': '-' }[sign ?? ''] ?? sign ?? '';
    tokens.push(token);
  }
  return tokens;
}

/** Recursive descent. A part that is missing is `undefined`, and so is then the whole. */
class Parser {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  #take(...wanted: string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || !wanted.includes(token)) return undefined;
    this.#at++;
    return token;
  }

  sum(): number | undefined {
    if (++this.#depth > MAX_DEPTH) return undefined;
    let left = this.#product();
    for (let sign = this.#take('+', '-'); sign && left !== undefined; sign = this.#take('+', '-')) {
      const right = this.#product();
      if (right === undefined) left = undefined;
      else left = sign === '+' ? left + right : left - right;
    }
    this.#depth--;
    return left;
  }

  #product(): number | undefined {
    let left = this.#signed();
    for (let sign = this.#take('*', '/', 'of'); sign && left !== undefined; sign = this.#take('*', '/', 'of')) {
      const right = this.#signed();
      if (right === undefined) left = undefined;
      else left = sign === '/' ? left / right : left * right;
    }
    return left;
  }

  #signed(): number | undefined {
    if (++this.#depth > MAX_DEPTH) return undefined;
    const sign = this.#take('-', '+');
    const value = sign ? this.#signed() : this.#power();
    this.#depth--;
    return sign === '-' && value !== undefined ? -value : value;
  }

  #power(): number | undefined {
    let base = this.#atom();
    while (base !== undefined && this.#take('%')) base /= 100;
    if (base === undefined || !this.#take('^')) return base;
    const exponent = this.#signed();
    return exponent === undefined ? undefined : base ** exponent;
  }

  #atom(): number | undefined {
    const token = this.#tokens[this.#at] ?? '';
    if (/^[\d.]/.test(token)) {
      this.#at++;
      return Number(token);
    }
    const work = Object.hasOwn(FUNCTIONS, token) ? FUNCTIONS[token] : undefined;
    if (work) this.#at++;
    if (token === 'pi') {
      this.#at++;
      return Math.PI;
    }
    if (!this.#take('(')) return undefined;
    const value = this.sum();
    if (!this.#take(')') || value === undefined) return undefined;
    return work ? work(value) : value;
  }
}
