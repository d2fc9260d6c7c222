/**
 * What the person should know and need not act on: unsent turns, and a connection that will come back.
 */

import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import type { PageState } from '../model/page-state.ts';
import { lineText, microphoneText, noticeIcon, unsentText } from '../model/words.ts';

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
