/**
 * A part of the page that most visits do not need: its file is loaded when it is drawn for the first time. Nothing is shown until then.
 */
import { Component, type ComponentType } from 'preact';

interface Missing {
  /** The file cannot be loaded: there is no connection to the gateway. */
  onMissing?: () => void;
}

export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props & Missing> {
  let Loaded: ComponentType<Props> | undefined;
  return class Later extends Component<Props & Missing> {
    override componentDidMount(): void {
      if (Loaded) return;
      load().then(
        (loaded) => {
          Loaded = loaded;
          this.forceUpdate();
        },
        () => this.props.onMissing?.(),
      );
    }

    override render() {
      return Loaded ? <Loaded {...this.props} /> : null;
    }
  };
}
