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

export function createChannel<Event>({ name, limit, whenFull }: ChannelOptions): Channel<Event> {
  const waiting: Event[] = [];
  let receiver: ((event: Event) => void) | undefined;
  let sent = 0;
  let dropped = 0;

  function keep(event: Event): void {
    if (waiting.length >= limit) {
      dropped += 1;
      if (whenFull === 'drop-newest') return;
      waiting.shift();
    }
    waiting.push(event);
  }

  return {
    send(event) {
      sent += 1;
      if (receiver && waiting.length === 0) receiver(event);
      else keep(event);
    },
    receive(next) {
      receiver = next;
      while (receiver === next && waiting.length > 0) next(waiting.shift() as Event);
    },
    detach(attached) {
      if (receiver === attached) receiver = undefined;
    },
    clear() {
      waiting.length = 0;
    },
    stats: () => ({ name, depth: waiting.length, limit, sent, dropped }),
  };
}
