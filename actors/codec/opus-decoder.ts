/** A decoder of one stream of Opus frames. What a function returns is valid until the next call. */
export interface OpusDecoder {
  /** @throws EarshotError `frame_size` for an empty or overlong frame, `codec_failed` for one that is not Opus. */
  decode(frame: Uint8Array): Int16Array;
  /** Samples for one lost frame, by Opus' own concealment. Silence before the first frame. */
  conceal(): Int16Array;
  /** Another stream begins: the decoder then decodes like a new one. */
  restart(): void;
}
