/**
 * The page's end of the feed: connects with the token from the address, and reconnects when the connection is lost.
 */
import type { Entry } from '../entries.ts';
import type { Command, Notice } from '../feed-messages.ts';

const RETRY_MS = 1_500;
const INSPECT_SUBPROTOCOL = 'earshot.inspect.1';

export interface FeedHandlers {
  onNotice(notice: Notice): void;
  onEntries(entries: Entry[]): void;
  onState(state: 'connecting' | 'connected' | 'lost' | 'no-token' | 'wrong-token'): void;
}

export interface Feed {
  send(command: Command): void;
}

export function connectFeed({ onNotice, onEntries, onState }: FeedHandlers): Feed {
  let socket: WebSocket | undefined;

  function connect(): void {
    const token = location.hash.slice(1);
    if (token === '') return onState('no-token');
    onState('connecting');
    const mine = new WebSocket(`ws://${location.host}/feed`, [INSPECT_SUBPROTOCOL, `token.${token}`]);
    socket = mine;
    mine.onopen = () => onState('connected');
    mine.onmessage = ({ data }) => {
      const message = JSON.parse(data as string) as Notice | Entry[];
      if (Array.isArray(message)) onEntries(message);
      else onNotice(message);
    };
    mine.onclose = () => void lose(mine, token);
  }

  /** A browser does not say why a WebSocket was refused: so the server is asked. */
  async function lose(lost: WebSocket, token: string): Promise<void> {
    if (socket !== lost) return;
    if (await isRefused(token)) return onState('wrong-token');
    onState('lost');
    setTimeout(connect, RETRY_MS);
  }

  addEventListener('hashchange', () => location.reload());
  connect();
  return {
    send(command) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
    },
  };
}

async function isRefused(token: string): Promise<boolean> {
  try {
    return (await fetch('/token', { headers: { authorization: `Bearer ${token}` } })).status === 403;
  } catch {
    // The process has ended, or the network is cut.
    return false;
  }
}
