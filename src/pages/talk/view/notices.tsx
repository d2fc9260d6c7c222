/**
 * What the person should know and need not act on: unsent turns, and a connection that will come back.
 */
import { Icon } from '../../design/icon.tsx';
import type { PageState } from '../model/page-state.ts';
import { lineText, microphoneText, unsentText } from '../model/words.ts';

export function TurnNotices({ state }: { state: PageState }) {
  const text = [lineText(state), microphoneText(state), unsentText(state)].filter((part) => part !== '').join(' ');
  const isCut = state.link.state === 'reconnecting';
  const tone = state.unsent > 0 || isCut || microphoneText(state) !== '' ? 'warning' : 'accent';
  return (
    <div role="status" id="notices">
      {text !== '' && (
        <div class="banner" data-tone={tone}>
          <Icon name={isCut ? 'offline' : state.unsent > 0 ? 'clock' : 'check'} />
          <p>{text}</p>
        </div>
      )}
    </div>
  );
}
