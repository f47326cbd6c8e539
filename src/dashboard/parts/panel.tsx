// A titled part of the page. What goes wrong while it is drawn stays in it: the others go on.
import { Component, type ComponentChildren } from 'preact';

export interface PanelProps {
  /** Also the start of the id of its heading. */
  readonly id: string;
  readonly title: string;
  /** A few words beside the title. */
  readonly note?: ComponentChildren;
  /** Controls at the right. */
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Panel({ id, title, note, tools, children }: PanelProps) {
  const heading = `${id}-title`;
  return (
    <section class="panel" id={id} aria-labelledby={heading}>
      <header class="panel-head">
        <h2 id={heading}>{title}</h2>
        {note !== undefined && <span class="note">{note}</span>}
        {tools !== undefined && <div class="tools">{tools}</div>}
      </header>
      <Fence>{children}</Fence>
    </section>
  );
}

interface FenceState {
  readonly error: string | null;
}

/** Shows an error in place of what threw it, until "Try again". */
export class Fence extends Component<{ readonly children: ComponentChildren }, FenceState> {
  override state: FenceState = { error: null };

  override componentDidCatch(error: unknown): void {
    this.setState({ error: error instanceof Error ? error.message : String(error) });
  }

  override render(): ComponentChildren {
    if (this.state.error === null) return this.props.children;
    return (
      <p class="empty">
        This part of the page failed: {this.state.error}{' '}
        <button type="button" onClick={() => this.setState({ error: null })}>
          Try again
        </button>
      </p>
    );
  }
}
