import { useState } from 'react';
import classes from './controls.module.css';
import { Icon } from './Icon';

export function CopyButton({ value, label, text }: { value: string; label: string; text?: string }) {
  const [done, setDone] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(value).then(() => {
      setDone(true);
      window.setTimeout(() => setDone(false), 1500);
    });
  };
  return (
    <button type="button" className={classes.iconButton} onClick={copy} aria-label={done ? 'Copied' : label}>
      <Icon name={done ? 'check' : 'copy'} size={14} />
      {text && <span>{done ? 'Copied' : text}</span>}
    </button>
  );
}
