import { type ReactNode, useEffect, useRef, useState } from 'react';
import classes from './popup.module.css';

interface PopupProps {
  label: string;
  button: ReactNode;
  children: (close: () => void) => ReactNode;
}

/** A button that opens a small panel below it; Escape, a click elsewhere and leaving it close the panel. */
export function Popup({ label, button, children }: PopupProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const onDown = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', onDown);
    return () => document.removeEventListener('pointerdown', onDown);
  }, [open]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: listens for what bubbles up from the panel
    <div
      ref={root}
      className={classes.popup}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        setOpen(false);
        trigger.current?.focus();
      }}
      onBlur={(event) => {
        if (event.relatedTarget && !root.current?.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={trigger}
        type="button"
        className={classes.button}
        aria-label={label}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && <div className={classes.panel}>{children(() => setOpen(false))}</div>}
    </div>
  );
}
