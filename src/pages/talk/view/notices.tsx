/**
 * What the person should know and need not act on: unsent turns, and a connection that will come back. And what the gateway wants to say while
 * the browser does not let it.
 */

import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import type { PageState } from '../model/page-state.ts';
import { lineText, microphoneText, noticeIcon, offeredText, unsentText } from '../model/words.ts';

export function TurnNotices({ state }: { state: PageState }) {
  const text = [lineText(state), microphoneText(state), unsentText(state)].filter((part) => part !== '').join(' ');
  const icon = noticeIcon(state);
  return (
    <div role="status" id="notices">
      {text !== '' && (
        <div class="banner" data-tone={icon === icons.checkIcon ? 'accent' : 'warning'}>
          <Icon path={icon} />
          <p>{text}</p>
        </div>
      )}
    </div>
  );
}

interface OfferedProps {
  state: PageState;
  /** There is something to do first: pairing, another tab. */
  isBlocked: boolean;
  hear(): void;
}

export function OfferedNotice({ state, isBlocked, hear }: OfferedProps) {
  const text = offeredText(state);
  return (
    <div role="status" id="offered">
      {text !== '' && (
        <div class="banner" data-tone="info">
          <Icon path={icons.announceIcon} />
          <p>{text}</p>
          {!isBlocked && (
            <button type="button" onClick={hear}>
              Hear it
            </button>
          )}
        </div>
      )}
    </div>
  );
}
