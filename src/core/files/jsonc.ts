/**
 * JSON with comments and trailing commas, for files that people write. Each error names the line, and so can whoever checks the values.
 */

export type JsonPath = readonly (string | number)[];

export interface JsoncDocument {
  value: unknown;
  /** The line (from 1) of the value at this path; of its nearest parent that exists. */
  lineOf(path: JsonPath): number;
}

export class JsoncError extends Error {
  /** From 1. */
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** No configuration needs more; without a bound, a file of brackets would exhaust the stack. */
const MAX_DEPTH = 64;
const BLANKS = /(?:\s+|\/\/[^\n\r]*|\/\*[\s\S]*?\*\/)*/y;
const STRING = /"(?:[^"\\\n\r]|\\.)*"/y;
const LITERAL = /-?\d[\w.+-]*|[A-Za-z]+/y;

/** @throws JsoncError */
export function parseJsonc(text: string): JsoncDocument {
  const reader = new Reader(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const value = reader.document();
  return {
    value,
    lineOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const line = reader.lines.get(keyOf(path.slice(0, length)));
        if (line !== undefined) return line;
      }
      return reader.lines.get(keyOf([])) ?? 1;
    },
  };
}

const keyOf = (path: JsonPath): string => JSON.stringify(path.map(String));

class Reader {
  readonly lines = new Map<string, number>();
  readonly #text: string;
  #at = 0;
  #counted = 0;
  #lineNow = 1;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    this.#skip();
    const value = this.#value([]);
    this.#skip();
    if (this.#at < this.#text.length) throw this.#wrong('there is more after the end of the value');
    return value;
  }

  #value(path: JsonPath): unknown {
    if (path.length > MAX_DEPTH) throw this.#wrong(`values are nested more than ${MAX_DEPTH} deep`);
    this.lines.set(keyOf(path), this.#line());
    if (this.#take('{')) return this.#object(path);
    if (this.#take('[')) return this.#array(path);
    if (this.#text[this.#at] === '"') return this.#string();
    return this.#parse(this.#match(LITERAL), 'a value is missing here');
  }

  #object(path: JsonPath): unknown {
    const entries = new Map<string, unknown>();
    for (;;) {
      this.#skip();
      if (this.#take('}')) return Object.fromEntries(entries);
      const line = this.#line();
      if (this.#text[this.#at] !== '"') throw this.#wrong('expected a name in double quotes, or }');
      const name = this.#string();
      if (entries.has(name)) throw new JsoncError(`“${name}” is there twice`, line);
      this.#skip();
      if (!this.#take(':')) throw this.#wrong(`expected a colon after “${name}”`);
      this.#skip();
      entries.set(name, this.#value([...path, name]));
      this.#skip();
      if (!this.#take(',') && this.#text[this.#at] !== '}') throw this.#wrong('expected a comma or }');
    }
  }

  #array(path: JsonPath): unknown[] {
    const values: unknown[] = [];
    for (;;) {
      this.#skip();
      if (this.#take(']')) return values;
      values.push(this.#value([...path, values.length]));
      this.#skip();
      if (!this.#take(',') && this.#text[this.#at] !== ']') throw this.#wrong('expected a comma or ]');
    }
  }

  #string(): string {
    return this.#parse(this.#match(STRING), 'this text has no closing quote') as string;
  }

  #parse(text: string | undefined, missing: string): unknown {
    if (text === undefined) throw this.#wrong(missing);
    try {
      return JSON.parse(text);
    } catch {
      throw new JsoncError(`${text.slice(0, 40)} is not JSON`, this.#line());
    }
  }

  #skip(): void {
    this.#match(BLANKS);
    if (this.#text.startsWith('/*', this.#at)) throw this.#wrong('this comment has no end');
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  /** Counts on from where it was asked before. */
  #line(): number {
    for (; this.#counted < this.#at; this.#counted += 1) if (this.#text[this.#counted] === '\n') this.#lineNow += 1;
    return this.#lineNow;
  }

  #wrong(message: string): JsoncError {
    return new JsoncError(this.#at >= this.#text.length ? `${message}: the file ends` : message, this.#line());
  }
}
