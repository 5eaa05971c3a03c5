import { type ReactNode, useEffect, useId, useRef } from 'react';
import { IconButton } from './controls';
import classes from './Dialog.module.css';

interface DialogProps {
  title: string;
  kind?: 'drawer' | 'modal' | 'sheet';
  wide?: boolean;
  /** Asked before closing by Escape, by the cross or by a click outside. */
  mayClose?: () => boolean;
  onClose: () => void;
  children: ReactNode;
}

const FIRST_FIELD = 'input:not([type=hidden]):not(:disabled), select:not(:disabled), textarea';

/** The browser's own modal dialog: it keeps the focus inside and gives it back. */
export function Dialog({ title, kind = 'drawer', wide, mayClose, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (element && !element.open) element.showModal();
    // Work begins at the first field, not at the cross.
    element?.querySelector<HTMLElement>(FIRST_FIELD)?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const close = () => {
    if (!mayClose || mayClose()) onClose();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way, by onCancel
    <dialog
      ref={dialog}
      className={classes.dialog}
      data-kind={kind}
      data-wide={wide || undefined}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current) close();
      }}
      onClick={(event) => event.stopPropagation()}
    >
      <div className={classes.inner}>
        <header className={classes.head}>
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label="Close" onClick={close} />
        </header>
        <div className={classes.body}>{children}</div>
      </div>
    </dialog>
  );
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={classes.actions}>{children}</div>;
}
