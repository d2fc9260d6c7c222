/**
 * A bounded mailbox of the data plane: one receiver, events in order.
 *
 * While a receiver is attached and the queue is empty, an event is passed on directly (a call, no copy). While there is no receiver (an
 * actor that still opens, or restarts), events wait in the queue. At its limit the channel's policy decides which are dropped, and counts them.
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
  /** Attaches the receiver, in place of the one before, and delivers the queue. Actors call it through their scope. */
  receive(receiver: (event: Event) => void): void;
  /** From now on events wait in the queue, also those that are being delivered, unless there is another receiver. */
  detach(receiver: (event: Event) => void): void;
  /** Empties the queue without counting drops: for the events of an aborted turn. */
  clear(): void;
  stats(): ChannelStats;
}

export interface ChannelOptions {
  name: string;
  /** The limit of the queue, in events. */
  limit: number;
  /** Which event is dropped at the limit. */
  whenFull: 'drop-oldest' | 'drop-newest';
}

export function createChannel<Event>(options: ChannelOptions): Channel<Event> {
  return new Mailbox(options);
}

class Mailbox<Event> implements Channel<Event> {
  readonly #options: ChannelOptions;
  /** Created when the first event has to wait. Most channels never need it. */
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
