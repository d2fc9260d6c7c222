/**
 * The console: devices and conversations, for operators and viewers.
 */
import { render } from 'preact';

render(<h1>Earshot</h1>, document.body);
