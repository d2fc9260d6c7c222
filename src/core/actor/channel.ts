/**
 * A bounded mailbox of the data plane: one receiver, events in order.
 *
 * While a receiver is attached and nothing waits, an event goes straight through (a call, no copy). While it is not (an
 * actor that still opens, or restarts), events wait, up to a limit; what happens then is the channel's policy, and is counted.
 */
export interface ChannelStats {
  name: string;
  depth: number;
  limit: number;
  sent: number;
  dropped: number;
}

export interface Channel<Event> {
  send(event: Event): void;
  /** Attaches the receiver, in place of the one before, and hands over what waits. An actor does it by its scope. */
  receive(receiver: (event: Event) => void): void;
  /** From now on events wait, also those that are being handed over; unless another receiver has taken its place. */
  detach(receiver: (event: Event) => void): void;
  /** Forgets what waits, without counting it as dropped: what a turn left behind when it was aborted. */
  clear(): void;
  stats(): ChannelStats;
}

export interface ChannelOptions {
  name: string;
  /** Events that may wait. */
  limit: number;
  /** Which end is lost when the limit is reached. */
  whenFull: 'drop-oldest' | 'drop-newest';
}

export function createChannel<Event>(options: ChannelOptions): Channel<Event> {
  return new Mailbox(options);
}

class Mailbox<Event> implements Channel<Event> {
  readonly #options: ChannelOptions;
  /** Made when something has to wait: most never need it. */
  #waiting: Event[] | undefined;
  #receiver: ((event: Event) => void) | undefined;
  #sent = 0;
  #dropped = 0;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  send(event: Event): void {
    this.#sent += 1;
    const receiver = this.#receiver;
    if (receiver && !this.#waiting?.length) receiver(event);
    else this.#keep(event);
  }

  receive(next: (event: Event) => void): void {
    this.#receiver = next;
    while (this.#receiver === next && this.#waiting?.length) next(this.#waiting.shift() as Event);
  }

  detach(attached: (event: Event) => void): void {
    if (this.#receiver === attached) this.#receiver = undefined;
  }

  clear(): void {
    this.#waiting = undefined;
  }

  stats(): ChannelStats {
    const { name, limit } = this.#options;
    return { name, depth: this.#waiting?.length ?? 0, limit, sent: this.#sent, dropped: this.#dropped };
  }

  #keep(event: Event): void {
    const { limit, whenFull } = this.#options;
    this.#waiting ??= [];
    if (this.#waiting.length >= limit) {
      this.#dropped += 1;
      if (whenFull === 'drop-newest') return;
      this.#waiting.shift();
    }
    this.#waiting.push(event);
  }
}
