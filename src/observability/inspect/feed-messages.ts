/**
 * The messages between the page and its server besides entries: greeting and notices in one direction, commands in the
 * other.
 */

/** First on every connection. */
export interface Greeting {
  k: 'hello';
  mode: 'live' | 'replay';
  /** What is watched: a host's name, or a file's. */
  title: string;
  software: string;
  /** The server's monotonic clock, for time-outs that run. */
  now: number;
  /** Payloads to begin a form with, by type of event. */
  templates: Record<string, object>;
  /** Whether there is a flight recorder. */
  records: boolean;
  /** Whether there is a conversation to talk to. */
  talks: boolean;
}

export type Notice =
  | Greeting
  /** Lines were left out because the page did not keep up; the state follows. */
  | { k: 'behind'; missed: number }
  /** The answer to a command. */
  | { k: 'note'; ok: boolean; text: string };

export type Command =
  | { k: 'send'; a: number; event: { type: string } }
  | { k: 'talk'; action: 'press' | 'release' | 'cancel' }
  | { k: 'keep' };
