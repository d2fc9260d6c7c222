/**
 * The wire of Wyoming, the protocol of voice services in Home Assistant (github.com/rhasspy/wyoming): events over TCP, each a line of JSON, then
 * more data as JSON (`data_length` bytes), then a payload (`payload_length` bytes). Data stand in the line, behind it, or both.
 */
import * as v from 'valibot';

export interface WyomingEvent {
  type: string;
  data: Record<string, unknown>;
  payload: Uint8Array;
}

export type WyomingMessage = Pick<WyomingEvent, 'type'> & Partial<WyomingEvent>;

/** The version of the protocol whose events are written here. */
const VERSION = '1.5.4';
const NOTHING = new Uint8Array(0);

export function writeEvent({ type, data, payload }: WyomingMessage): Uint8Array {
  const more = data && Buffer.from(JSON.stringify(data));
  const lengths = { ...(more && { data_length: more.length }), ...(payload && { payload_length: payload.length }) };
  const line = `${JSON.stringify({ type, version: VERSION, ...lengths })}\n`;
  return Buffer.concat([Buffer.from(line), more ?? NOTHING, payload ?? NOTHING]);
}

/** What the other side sends is not Wyoming, or too long. */
export class WyomingError extends Error {}

const length = v.optional(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))));
const object = v.pipe(
  v.custom<unknown>((value) => !Array.isArray(value)),
  v.record(v.string(), v.unknown()),
);
const header = v.object({
  type: v.pipe(v.string(), v.nonEmpty()),
  data: v.optional(v.nullable(object)),
  data_length: length,
  payload_length: length,
});
type Header = v.InferOutput<typeof header>;

/** Cuts what arrives into events. Every byte is copied a fixed number of times, whatever the pieces. */
export class WyomingReader {
  readonly #maxBytes: number;
  #bytes = Buffer.alloc(1_024);
  #start = 0;
  #end = 0;
  /** So far there is no line end before here. */
  #searched = 0;
  #header: Header | undefined;

  /** `maxBytes`: of one event. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws WyomingError; then the reader must not be used any more */
  push(chunk: Uint8Array): WyomingEvent[] {
    this.#append(chunk);
    const events: WyomingEvent[] = [];
    for (let event = this.#next(); event; event = this.#next()) events.push(event);
    return events;
  }

  #next(): WyomingEvent | undefined {
    this.#header ??= this.#readHeader();
    if (!this.#header) return undefined;
    const { type, data, data_length, payload_length } = this.#header;
    const dataBytes = data_length ?? 0;
    const payloadBytes = payload_length ?? 0;
    if (dataBytes + payloadBytes > this.#maxBytes) throw new WyomingError('an event is too long');
    if (this.#end - this.#start < dataBytes + payloadBytes) return undefined;
    const more = dataBytes > 0 ? parse(this.#take(dataBytes), object) : {};
    this.#header = undefined;
    return { type, data: { ...data, ...more }, payload: Uint8Array.from(this.#take(payloadBytes)) };
  }

  #readHeader(): Header | undefined {
    const lineEnd = this.#bytes.subarray(0, this.#end).indexOf(10, Math.max(this.#searched, this.#start));
    if (lineEnd < 0 && this.#end - this.#start <= this.#maxBytes) {
      this.#searched = this.#end;
      return undefined;
    }
    if (lineEnd < 0 || lineEnd - this.#start > this.#maxBytes) throw new WyomingError('a line is too long');
    const line = this.#take(lineEnd - this.#start);
    this.#take(1);
    return parse(line, header);
  }

  #take(count: number): Uint8Array {
    this.#start += count;
    return this.#bytes.subarray(this.#start - count, this.#start);
  }

  #append(chunk: Uint8Array): void {
    const waiting = this.#end - this.#start;
    if (this.#end + chunk.length > this.#bytes.length) {
      const needed = waiting + chunk.length;
      const bytes = needed > this.#bytes.length / 2 ? Buffer.alloc(needed * 2) : this.#bytes;
      this.#bytes.copy(bytes, 0, this.#start, this.#end);
      this.#bytes = bytes;
      this.#searched = Math.max(0, this.#searched - this.#start);
      this.#start = 0;
      this.#end = waiting;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }
}

function parse<Schema extends v.GenericSchema>(bytes: Uint8Array, schema: Schema): v.InferOutput<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch {
    throw new WyomingError('a line is not JSON');
  }
  const { success, output } = v.safeParse(schema, value);
  if (!success) throw new WyomingError('a line is not an event');
  return output;
}
