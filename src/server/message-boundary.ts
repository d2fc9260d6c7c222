/**
 * Where the messages of a WebSocket end (RFC 6455 §5.2), in bytes that come in pieces of any length. Looks at the headers of frames
 * only. Pure.
 */
const FINAL = 0x80;
const OPCODE = 0x0f;
const FIRST_CONTROL_OPCODE = 8;
const CLOSE = 8;
const MASKED = 0x80;
const MASK_BYTES = 4;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

export class MessageBoundary {
  /** The next byte: a frame's first, its second, one of its length, or one of its mask and content. */
  #next: 'first' | 'second' | 'length' | 'content' = 'first';
  #opcode = 0;
  #isMasked = false;
  /** Bytes of the part of the frame that is read now. */
  #left = 0;
  #length = 0;
  /** Further frames of the same message follow. */
  #isFragmented = false;

  /** All bytes so far are whole messages. */
  get isReached(): boolean {
    return this.#next === 'first' && !this.#isFragmented;
  }

  /** A whole close frame has passed: no message may follow. */
  get isClosed(): boolean {
    return this.#next === 'first' && this.#opcode === CLOSE;
  }

  /** Nothing passes after a close frame. */
  pass(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.isClosed; ) {
      if (this.#next === 'content') {
        const passed = Math.min(this.#left, bytes.length - at);
        at += passed;
        this.#left -= passed;
        if (this.#left === 0) this.#next = 'first';
      } else {
        this.#passHeader(bytes[at] ?? 0);
        at += 1;
      }
    }
  }

  #passHeader(byte: number): void {
    switch (this.#next) {
      case 'first':
        this.#opcode = byte & OPCODE;
        // Control frames may come between the fragments of a message.
        if (this.#opcode < FIRST_CONTROL_OPCODE) this.#isFragmented = (byte & FINAL) === 0;
        this.#next = 'second';
        return;
      case 'second':
        this.#isMasked = (byte & MASKED) !== 0;
        this.#length = byte & ~MASKED;
        if (this.#length < LENGTH_16) return this.#beginContent();
        this.#left = this.#length === LENGTH_64 ? 8 : 2;
        this.#length = 0;
        this.#next = 'length';
        return;
      case 'length':
        this.#length = this.#length * 0x100 + byte;
        this.#left -= 1;
        if (this.#left === 0) this.#beginContent();
    }
  }

  #beginContent(): void {
    this.#left = this.#length + (this.#isMasked ? MASK_BYTES : 0);
    this.#next = this.#left === 0 ? 'first' : 'content';
  }
}
