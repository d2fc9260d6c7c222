/**
 * A command for a terminal, to be copied.
 */
import { showToast } from '../../design/toasts.tsx';

export function TerminalCommand({ line }: { line: string }) {
  // Without a secure context there is no clipboard; the text can be selected.
  const { clipboard } = navigator as { clipboard?: Clipboard };
  async function copy(): Promise<void> {
    try {
      await clipboard?.writeText(line);
      showToast('Copied');
    } catch {
      showToast('The browser does not let this page copy. Select the text instead.', { tone: 'warning' });
    }
  }
  return (
    <div class="command">
      <code>
        {line
          .split(' ')
          .flatMap((word) => [
            ' ',
            <span key={word} class="word">
              {word}
            </span>,
          ])
          .slice(1)}
      </code>
      {clipboard && (
        <button type="button" class="bare" aria-label={`Copy ${line}`} onClick={() => void copy()}>
          Copy
        </button>
      )}
    </div>
  );
}
